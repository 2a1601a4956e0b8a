/** `cardea scan` over the demo's own tables, on every engine. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import knexFactory, { type Knex } from 'knex'
import { seed } from '../../examples/demo/seed.js'
import { parsePolicy } from '../../src/policy/load.js'
import type { ScanReport } from '../../src/profiling/report.js'
import { describeMariadb, describePostgres, mariadb, postgres } from '../support/databases.js'
import { expectNoNumber } from './scan-kit.js'
import { cardea, inDirectory } from './support.js'

const DEMO_POLICY = 'examples/demo/policy.yaml'

async function seeded(config: Knex.Config): Promise<void> {
  const knex = knexFactory(config)
  try {
    await seed(knex)
  } finally {
    await knex.destroy()
  }
}

/** Exactly the labelled columns are found, the note apart, and the demo's policy leaves nothing to do. */
async function findsTheDemo(url: string, schema: string): Promise<void> {
  const json = await cardea('scan', url, '--json')
  expect([json.code, json.err]).toEqual([1, ''])
  const report: ScanReport = JSON.parse(json.out)
  expect(report).toMatchObject({ version: 1, complete: true, tables: 4, skipped: [], unread: [] })
  expect(report.found.map(({ relation, column, verdict }) => [relation, column, verdict])).toEqual([
    ['cards', 'pan', 'pan'],
    ['terminal_captures', 'cvv', 'sad'],
  ])
  // The shape that docs/cli.md promises to programs.
  expect(Object.keys(report)).toEqual(
    'version dialect complete tables columns rows found holding skipped unread'.split(' '),
  )
  expect(report.found[0]).toMatchObject({
    schema,
    type: expect.stringContaining('char'),
    label: 'pan',
    reason: expect.stringContaining('4 of 4'),
    labelled: [],
    covered: false,
    ignored: false,
    rows: 4,
    sample: 'whole',
    figures: {
      values: 4,
      whole: 4,
      containing: 4,
      numbers: 4,
      luhn: 4,
      brands: ['amex', 'mastercard', 'visa'],
    },
  })
  expect(report.holding).toMatchObject([
    { schema, relation: 'payments', column: 'note', holds: 'pan', values: 1, of: 4 },
  ])

  const policy = await cardea('scan', url, '--policy')
  expect(parsePolicy(policy.out).labels).toEqual([
    { column: `${schema}.cards.pan`, label: 'pan' },
    { column: `${schema}.terminal_captures.cvv`, label: 'sad' },
  ])
  await inDirectory(async at => {
    await writeFile(at('policy.yaml'), policy.out)
    for (const file of [DEMO_POLICY, at('policy.yaml')]) {
      const covered = await cardea('scan', url, '--policy-file', file)
      expect([covered.code, covered.err]).toEqual([0, ''])
      expect(covered.out).toContain('0 columns to label, 0 to look at')
      expect((await cardea('scan', url, '--policy-file', file, '--policy')).out).toContain('labels: []')
    }
  })

  const table = await cardea('scan', url)
  expect([table.code, table.err]).toEqual([1, ''])
  expect(table.out).toMatch(new RegExp(`^${schema}\\.cards\\.pan +pan +not labelled +4 of 4 values`, 'm'))
  for (const { out } of [json, policy, table]) expectNoNumber(out)
}

describePostgres('cardea scan of the demo on PostgreSQL', () => {
  test('finds exactly the labelled columns', async () => {
    const database = await postgres.database()
    try {
      await seeded({ client: 'pg', connection: database.url })
      await findsTheDemo(database.url, 'public')
    } finally {
      await database.drop()
    }
  })
})

describeMariadb('cardea scan of the demo on MariaDB', () => {
  test('finds exactly the labelled columns', async () => {
    const database = await mariadb.database()
    try {
      await seeded({ client: 'mysql2', connection: database.url })
      await findsTheDemo(database.url, database.database)
    } finally {
      await database.drop()
    }
  })
})

describe('cardea scan of the demo on SQLite', () => {
  test('finds exactly the labelled columns, and leaves the file as it was', () =>
    inDirectory(async at => {
      const filename = at('shop.db')
      await seeded({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true })
      const before = await digest(filename)
      await findsTheDemo(`sqlite:${filename}`, 'main')
      expect(await digest(filename)).toBe(before)
    }))
})

async function digest(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}

describe('cardea scan without a database', () => {
  test.each([
    [[], 'which database'],
    [['postgres://alice:hunter2@127.0.0.1:1/shop', '--config', 'cardea.yaml'], 'which database'],
    [['postgres://alice:hunter2@127.0.0.1:1/shop', '--data-source', 'x'], '--config'],
    [['postgres://alice:hunter2@127.0.0.1:1/shop'], 'ECONNREFUSED'],
    [['mysql://alice:hunter2@127.0.0.1:1/shop'], 'ECONNREFUSED'],
    [['sqlite:/alice/hunter2/127.0.0.1.db'], 'not there'],
    [['oracle://alice:hunter2@127.0.0.1/shop'], 'must look like'],
    [['sqlite:x.db', '--rows', '1'], 'from 2 to'],
    [['sqlite:x.db', '--ignore', 'orders'], 'relation.column'],
    [['sqlite:x.db', '--json', '--policy'], 'cannot be used with'],
  ])('says %j what is wrong, and nothing of the address', async (argv, words) => {
    const { code, out, err } = await cardea('scan', ...argv)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(words)
    for (const secret of ['alice', 'hunter2', '127.0.0.1']) expect(err).not.toContain(secret)
  })
})
