/**
 * Card numbers in everything that a caller, a database and an approver can write, and every byte that comes out beside
 * the rows: errors, notices, field names, explanations, approval requests, spans, the console and the trail.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import type { ApprovalRequest, GovernedConnection } from '../../src/index.js'
import { bob, openHouse, POLICY, type TestHouse } from '../main-job/house.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { keepSpans } from '../telemetry/spans.js'
import { CARD, everything, leaks, SPELLINGS } from './spellings.js'

type Engine = 'postgres' | 'mysql' | 'sqlite'

const issuer = 'https://login.corp.example'

const policy = `${POLICY}
exceptions:
  - { id: write-notes, lifts: pci/write-approval, when: { kind: [insert, update], writes: '*.notes' }, reason: notes }
  - { id: write-odd, lifts: pci/write-approval, when: { kind: [insert, update], writes: '*.*${CARD}*' }, reason: odd }
`

/** A table, a column, a constraint and an index that are named after a card, and what quotes values in errors. */
const SETUP: Readonly<Record<Engine, string>> = {
  postgres: `
create table "t${CARD}" (id int primary key, "c${CARD}" text constraint "k${CARD}" check ("c${CARD}" <> 'x'));
insert into "t${CARD}" values (1, 'harmless');
create table notes (id int primary key, n int, body text unique, amount numeric(4, 2),
  constraint few check (n < 100));
insert into notes values (1, 1, 'card ${CARD}', 1), (2, 2, 'other', 2);
create function speak() returns trigger language plpgsql as $$
begin
  if new.n = 77 then
    raise notice 'card %', '${CARD}' using detail = '${CARD}', hint = '4532 0151 1283 0366', constraint = '${CARD}';
  elsif new.n = 78 then
    raise exception 'no %', '${CARD}' using detail = '${CARD}', hint = '${CARD}', column = '${CARD}',
      constraint = '${CARD}', datatype = '${CARD}', table = '${CARD}', schema = '${CARD}', errcode = '22023';
  elsif new.n = 79 then
    execute format('select %L::int', '${CARD}');
  end if;
  return new;
end $$;
create trigger speaks before update on notes for each row execute function speak();`,
  mysql: `
create table \`t${CARD}\` (id int primary key, \`c${CARD}\` varchar(40), constraint \`k${CARD}\` check (\`c${CARD}\` <> 'x'));
insert into \`t${CARD}\` values (1, 'harmless');
create table notes (id int primary key, n int, body varchar(100) unique, amount decimal(4, 2),
  constraint few check (n < 100));
insert into notes values (1, 1, 'card ${CARD}', 1), (2, 2, 'other', 2);
`,
  sqlite: `
create table "t${CARD}" (id int primary key, "c${CARD}" text constraint "k${CARD}" check ("c${CARD}" <> 'x'));
insert into "t${CARD}" values (1, 'harmless');
create table notes (id int primary key, n int, body text unique, amount numeric, constraint few check (n < 100));
insert into notes values (1, 1, 'card ${CARD}', 1), (2, 2, 'other', 2);
`,
}

const quoted = (engine: Engine, name: string) => (engine === 'mysql' ? `\`${name}\`` : `"${name}"`)

type Asked = readonly [sql: string, bindings?: readonly unknown[]]

/** Statements that hold a card somewhere, or make the database say one. */
function statements(engine: Engine): readonly Asked[] {
  const q = (name: string) => quoted(engine, name)
  const table = q(`t${CARD}`)
  const column = q(`c${CARD}`)
  return [
    ...Object.values(SPELLINGS).flatMap(spelling => {
      const literal = `'${spelling}'`
      return [
        [`select id from notes where body = ${literal}`],
        [`select ${literal} as x`],
        [`select 1 as ${q(spelling)}`],
        [`select n as ${q(spelling)} from notes where id = 1`],
        [`select id /* ${spelling} */ from notes`],
        [`select id from notes -- ${spelling}`],
        [`select ${q(spelling)} from notes`],
        [`select id from ${q(spelling)}`],
        [`select id from notes where body = ?`, [spelling]],
        [`select id from notes where body in (?, ?)`, ['x', spelling]],
        [`select ? as x`, [spelling]],
        [`select id from notes where id = ${literal}`],
        [`select cast(? as int) as x`, [spelling]],
        [`insert into notes values (1, 1, ${literal}, 1)`],
        [`insert into notes (id, n, body) values (?, ?, ?)`, [1, 1, spelling]],
        [`update notes set body = ${literal} where id = 2 and n > 1000`],
        [`delete from notes where body = ${literal}`],
        [`drop table ${q(spelling)}`],
        [`select ${literal} frm x`],
        [`nonsense ${literal}`],
        [`select nosuch(${literal})`],
        [`select id from cards where pan = ${literal}`],
        [`select pan from cards where pan = ${literal}`],
        [`select pan from cards where pan = ?`, [spelling]],
      ] satisfies Asked[]
    }),
    [`select id from notes where n = ${CARD}`],
    [`select id from notes where n = ?`, [Number(CARD)]],
    [`select ${CARD} + 0 as x`],
    [`select 4.532015112830366e15 as x`],
    [`select id from notes where body = ?`, [Buffer.from(CARD)]],
    [`insert into notes values (1, 1, 'card ${CARD}', 1)`],
    [`insert into notes values (3, 3, 'card ${CARD}', 1)`],
    [`insert into notes values (3, ${CARD}, 'x', 1)`],
    [`insert into notes values (3, 3, 'x', ${CARD})`],
    [`update notes set body = 'card ${CARD}' where id = 2`],
    [`update notes set n = 500 where id = 1`],
    [`update notes set n = 77 where id = 1`],
    [`update notes set n = 78 where id = 1`],
    [`update notes set n = 79 where id = 1`],
    [`select * from ${table}`],
    [`select ${column} from ${table}`],
    [`select x.${column} as y from ${table} x`],
    [`insert into ${table} values (1, 'y')`],
    [`insert into ${table} values (2, 'x')`],
    [`update ${table} set ${column} = 'x' where id = 1`],
    [`select nosuch from ${table}`],
    [`explain select id from notes where body = 'card ${CARD}'`],
    [`explain select id from cards where pan = '${CARD}'`],
    ...(engine === 'postgres'
      ? ([
          [`explain (verbose, format json) select id from notes where body = 'card ${CARD}'`],
          [`explain (analyze) select id from ${table} where ${column} = '${CARD}'`],
          [`select body::int from notes where id = 1`],
          [`select ?::jsonb as x`, [{ note: CARD }]],
          [`select ?::jsonb as x`, [`{"note": "${CARD}"`]],
          [`select ?::text[] as x`, [[CARD, 'x']]],
          [`select ?::int as x`, [CARD]],
          [`select ?::int[] as x`, [[CARD]]],
          [`select id from notes where amount = ?`, [`${CARD}x`]],
          [`set application_name = '${CARD}'`],
          [`select set_config('application_name', '${CARD}', false)`],
          [`do $$ begin raise notice '${CARD}'; end $$`],
        ] satisfies Asked[])
      : []),
  ]
}

const SUITES: readonly [Engine, (name: string, body: () => void) => void][] = [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
  ['sqlite', describe],
]

const spans = keepSpans()

for (const [engine, suite] of SUITES) {
  suite(`what comes out beside rows: ${engine}`, () => {
    const requests: ApprovalRequest[] = []
    const warnings: unknown[] = []
    const noteWarning = (warning: unknown): void => void warnings.push(warning)
    let house: TestHouse
    let reason = 'fine'
    let printed = ''
    let restore = (): void => {}
    beforeAll(async () => {
      house = await openHouse({
        engine,
        policy,
        setup: SETUP[engine],
        approval: async request => {
          requests.push(request)
          return { decision: 'approved', approver: bob, reason }
        },
      })
      restore = listen(text => {
        printed += text
      })
      process.on('warning', noteWarning)
    })
    afterAll(async () => {
      process.off('warning', noteWarning)
      restore()
      await house.close()
    })
    beforeEach(() => {
      spans.clear()
      requests.length = 0
    })

    /** All that can be seen from outside after the statements, by where. */
    const seen = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
      ...more,
      'approval requests': `${everything(requests)}\n${JSON.stringify(requests)}`,
      spans: spans.text(),
      console: printed,
      warnings: everything(warnings),
      trail: house.trail(),
      'process title': `${process.title} ${process.argv0}`,
    })

    const nothing = (surfaces: Readonly<Record<string, string>>): void => {
      const found = Object.entries(surfaces).flatMap(([where, text]) =>
        leaks(text).map(hit => ({ where, hit })),
      )
      expect(found).toEqual([])
    }

    test('whatever is asked', async () => {
      const found: unknown[] = []
      for (const [sql, bindings = []] of statements(engine)) {
        const answer = await house.db.raw(sql, bindings as Knex.RawBinding[]).catch((error: unknown) => error)
        for (const hit of leaks(everything(answer))) found.push({ sql, hit })
        const why = await house.governed.explain(sql, bindings, house.who).catch((error: unknown) => error)
        for (const hit of leaks(everything(why))) found.push({ explained: sql, hit })
      }
      expect(found).toEqual([])
      expect(spans.all().length).toBeGreaterThan(20)
      nothing(seen())
    })

    test('names of callers, reasons and sessions', async () => {
      for (const spelling of Object.values(SPELLINGS)) {
        reason = `looks good, ${spelling}`
        const errors: unknown[] = []
        const caller = {
          subject: spelling,
          issuer,
          name: spelling,
          email: `${CARD}@corp.example`,
          roles: [spelling],
        }
        const db = (house.governed as GovernedConnection).as(caller, {
          agent: {
            framework: spelling,
            id: spelling,
            version: spelling,
            toolCall: spelling,
            claimedReason: spelling,
          },
          session: spelling,
        })
        for (const sql of ['select pan from cards', 'select 1 as one', 'drop table cards', 'nonsense']) {
          await db.raw(sql).catch((error: unknown) => errors.push(error))
        }
        nothing(seen({ errors: everything(errors) }))
      }
    })

    test('the builder, streams and transactions', async () => {
      const errors: unknown[] = []
      const tries: (() => Promise<unknown>)[] = [
        async () => house.db('notes').insert({ id: 1, n: 1, body: `card ${CARD}` }),
        async () => house.db('notes').where({ body: CARD }).first(),
        async () => house.db('notes').where('n', Number(CARD)).select('id').stream().toArray(),
        async () => house.db('notes').select({ [CARD]: 'n' }),
        async () => house.db(`t${CARD}`).select(`c${CARD}`, 'nosuch'),
        async () => house.db.transaction(async trx => trx('notes').insert({ id: 1, body: CARD })),
        async () =>
          house.db.transaction(async () => {
            throw new Error('rolled back')
          }),
        async () =>
          house.db.batchInsert('notes', [
            { id: 1, body: CARD },
            { id: 2, body: CARD },
          ]),
        async () => house.db.raw('select ? as a, ? as b', [CARD]),
        async () => house.db.raw('select :a as a', { a: { secret: CARD } as never }),
        async () => house.db.schema.createTable(CARD, table => void table.string(CARD)),
        async () => house.db.raw('select 1', [Symbol(CARD) as never]),
        async () => house.db.raw('select 1 as x where 1 = ?', [() => CARD] as never[]),
      ]
      const answers: unknown[] = []
      for (const attempt of tries) {
        await attempt().then(
          answer => answers.push(answer),
          (error: unknown) => errors.push(error),
        )
      }
      expect(errors.length).toBeGreaterThan(3)
      nothing(seen({ errors: everything(errors), answers: everything(answers) }))
    })
  })
}

function listen(hear: (text: string) => void): () => void {
  const undo = (['stdout', 'stderr'] as const).map(name => {
    const stream = process[name]
    const { write } = stream
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      hear(String(chunk))
      return write.call(stream, chunk, ...rest)
    }) as typeof write
    return () => {
      stream.write = write
    }
  })
  return () => {
    for (const one of undo) one()
  }
}
