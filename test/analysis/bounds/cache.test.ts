/**
 * Facts and verdicts are remembered, and neither outlives the schema that it is about: what a statement
 * of the caller's changes counts at once, what somebody else changes counts at the next comparison.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import knexFactory, { type Knex } from 'knex'
import { fileTrail, GovernedConnection, parsePolicy } from '../../../src/index.js'
import type { Explanation } from '../../../src/model/governor.js'
import { lineageLabels } from '../../../src/model/lineage.js'
import { TestClock } from '../../catalog/support.js'
import { describeMariadb, describePostgres, mariadb, postgres } from '../../support/databases.js'

const PAN = '4111111111111111'
const ALICE = { subject: 'alice', issuer: 'https://login.corp.example' }
/** Twice as long as a picture may go uncompared. */
const LONG_MS = 120_000

const POLICY = `
version: 1
labels:
  - { column: '*.*.pan', label: pan }
rules:
  - { id: reads, effect: allow, when: { kind: select } }
  - { id: changes, effect: allow, when: { kind: ddl } }
`

const SCHEMA = [
  'create table cards (id int primary key, pan varchar(20), brand varchar(20))',
  'create table accounts (id int primary key, number varchar(20))',
  `insert into cards values (1, '${PAN}', 'visa')`,
  `insert into accounts values (1, '${PAN}')`,
  'create view shown as select id, brand as label from cards',
]

interface Change {
  readonly name: string
  readonly statement: string
  /** Made one after the other. */
  readonly by: readonly string[]
}

/** After each, the second column of the statement shows card numbers; before, it does not as far as the catalog knows. */
const CHANGES: readonly Change[] = [
  {
    name: 'a view that is replaced',
    statement: 'select id, label from shown where id = 1',
    by: ['drop view shown', 'create view shown as select id, pan as label from cards'],
  },
  {
    name: 'a column that is renamed',
    statement: 'select * from accounts where id = 1',
    by: ['alter table accounts rename column number to pan'],
  },
  {
    name: 'a table that is dropped and made again',
    statement: 'select * from accounts where id = 1',
    by: ['drop table accounts', 'create table accounts (id int primary key, pan varchar(20))'],
  },
  {
    name: 'a table that takes the name of another',
    statement: 'select * from accounts where id = 1',
    by: ['drop view shown', 'alter table accounts rename to gone', 'alter table cards rename to accounts'],
  },
]

interface Place {
  readonly config: Knex.Config
  readonly drop: () => Promise<void> | void
}

function describeCache(place: () => Promise<Place>, more: readonly Change[]): void {
  let raw: Knex
  let governed: GovernedConnection
  let clock: TestClock
  let drop: () => Promise<void> | void
  let directory: string

  beforeEach(async () => {
    const placed = await place()
    drop = placed.drop
    directory = mkdtempSync(join(tmpdir(), 'cardea-cache-'))
    raw = knexFactory({ ...placed.config, pool: { min: 0, max: 1 } })
    for (const sql of SCHEMA) await raw.raw(sql)
    clock = new TestClock()
    governed = await GovernedConnection.wrap(raw, {
      policy: parsePolicy(POLICY, { file: 'policy.yaml' }),
      audit: fileTrail({ directory, durability: 'os' }),
      clock,
    })
  })
  afterEach(async () => {
    await governed.close()
    await raw.destroy()
    await drop()
    rmSync(directory, { recursive: true, force: true })
  })

  const explained = (statement: string): Promise<Explanation> => governed.explain(statement, [], ALICE)

  /** Hot: the same facts object, so that everything remembered about it would be used again. */
  async function warmed(statement: string): Promise<Explanation> {
    const first = await explained(statement)
    const second = await explained(statement)
    expect(second.facts).toBe(first.facts)
    expect(labels(first)).toEqual([])
    expect([first.decision.effect, masked(first)]).toEqual(['allow', false])
    return first
  }

  async function expectSeen(statement: string, before: Explanation): Promise<void> {
    const after = await explained(statement)
    expect(after.facts).not.toBe(before.facts)
    expect(after.facts.catalogVersion).not.toBe(before.facts.catalogVersion)
    expect(labels(after)).toEqual(['pan'])
    expect([after.decision.effect, masked(after)]).toEqual(['allow', true])
  }

  test.each([...CHANGES, ...more])('$name through the governed connection counts at once', async change => {
    const before = await warmed(change.statement)
    const db = governed.as(ALICE)
    for (const sql of change.by) await db.raw(sql)
    await expectSeen(change.statement, before)
  })

  test.each([...CHANGES, ...more])('$name beside it counts when the catalog is compared', async change => {
    const before = await warmed(change.statement)
    for (const sql of change.by) await raw.raw(sql)
    clock.pass(LONG_MS)
    await expectSeen(change.statement, before)
  })

  test('statements that are remembered as refused are judged anew', async () => {
    const statement = 'select id, number from fresh where id = 1'
    expect((await explained(statement)).facts).toMatchObject({ analyzable: false, code: 'unknown_relation' })
    await raw.raw('create table fresh (id int primary key, number varchar(20))')
    // A name that the catalog does not know is looked for again at once.
    expect((await explained(statement)).facts).toMatchObject({ analyzable: true })
    await raw.raw('drop table fresh')
    clock.pass(LONG_MS)
    expect((await explained(statement)).facts).toMatchObject({ analyzable: false, code: 'unknown_relation' })
  })

  test('a schema that comes back brings back what was remembered about it, and nothing else', async () => {
    const statement = 'select * from accounts where id = 1'
    const before = await warmed(statement)
    await raw.raw('alter table accounts rename column number to pan')
    clock.pass(LONG_MS)
    await expectSeen(statement, before)
    await raw.raw('alter table accounts rename column pan to number')
    clock.pass(LONG_MS)
    const back = await explained(statement)
    expect([back.facts, masked(back)]).toEqual([before.facts, false])
  })
}

/** Labels that the output columns carry. */
function labels({ facts }: Explanation): readonly string[] {
  if (!facts.analyzable) return [`unanalyzable ${facts.code}`]
  return [...new Set(facts.output.flatMap(({ lineage }) => lineageLabels(lineage)))]
}

/** Whether a column is masked for what it is, besides being searched for card numbers as all are. */
function masked({ decision }: Explanation): boolean {
  const { mask } = decision.obligations
  return typeof mask === 'object' && mask.some(({ method }) => method !== 'scan')
}

const functionShadow =
  'create function lower(varchar) returns text language sql as $$select pan from cards limit 1$$'

describePostgres('what is remembered of PostgreSQL', () => {
  describeCache(async () => {
    const database = await postgres.database()
    return { config: { client: 'pg', connection: database.url }, drop: () => database.drop() }
  }, [])

  describe('functions', () => {
    test('that are shadowed are no longer built in, once compared', async () => {
      const database = await postgres.database()
      const raw = knexFactory({ client: 'pg', connection: database.url, pool: { min: 0, max: 1 } })
      const directory = mkdtempSync(join(tmpdir(), 'cardea-cache-'))
      const clock = new TestClock()
      for (const sql of SCHEMA) await raw.raw(sql)
      const governed = await GovernedConnection.wrap(raw, {
        policy: parsePolicy(POLICY, { file: 'policy.yaml' }),
        audit: fileTrail({ directory, durability: 'os' }),
        clock,
      })
      const standing = async () => {
        const { facts } = await governed.explain('select lower(brand) from cards', [], ALICE)
        return facts.analyzable ? facts.functions : facts.code
      }
      try {
        expect(await standing()).toEqual([{ name: 'lower', standing: 'listed' }])
        await raw.raw(functionShadow)
        clock.pass(LONG_MS)
        expect(await standing()).toEqual([{ name: 'lower', standing: 'user' }])
        await raw.raw('drop function lower(varchar)')
        clock.pass(LONG_MS)
        expect(await standing()).toEqual([{ name: 'lower', standing: 'listed' }])
      } finally {
        await governed.close()
        await raw.destroy()
        await database.drop()
        rmSync(directory, { recursive: true, force: true })
      }
    })
  })
})

describeMariadb('what is remembered of MariaDB', () => {
  describeCache(async () => {
    const { host, port, user, password, database, drop } = await mariadb.database()
    return { config: { client: 'mysql2', connection: { host, port, user, password, database } }, drop }
  }, [])
})

describe('what is remembered of SQLite', () => {
  describeCache(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cardea-cache-'))
    return {
      config: {
        client: 'better-sqlite3',
        connection: { filename: join(directory, 'shop.db') },
        useNullAsDefault: true,
      },
      drop: () => rmSync(directory, { recursive: true, force: true }),
    }
  }, [
    {
      name: 'a temporary table that stands before one of the same name',
      statement: 'select * from accounts where id = 1',
      by: ['create temp table accounts (id int primary key, pan varchar(20))'],
    },
  ])
})
