/** Reading through the workbench, on each engine: the tables that there are, and what statements give. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { GovernedWorkbench } from '../../../src/agents/autogen.js'
import { alice, approve, openHouse, POLICY, type TestHouse } from '../../main-job/house.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { bot, tell, workbenchOf } from './desk.js'
import { statementsThat } from './statements-that.js'

const HIDDEN = `${POLICY}
rules:
  - { id: no-vault, effect: deny, when: { relation: ['*.vault'] } }
`
const quoted = { postgres: ['"', '"'], mysql: ['`', '`'], sqlite: ['"', '"'] } as const

for (const [engine, describeEngine, mark] of [
  ['postgres', describePostgres, '$1'],
  ['mysql', describeMariadb, '?'],
  ['sqlite', describe, '?'],
] as const) {
  describeEngine(`the workbench on ${engine}`, () => {
    const [open, close] = quoted[engine]
    let house: TestHouse
    beforeAll(async () => {
      const setup = `
create table vault (id int primary key, secret varchar(20));
create table ${open}order${close} (id int primary key, ${open}two words${close} varchar(20));
create table ${open}Mixed Case${close} (id int primary key);
create table ${open}odd ${close}${close}t--${close} (id int primary key);
create table large (id int primary key, n bigint);
insert into large values (1, 9007199254740993);
create view settled as select id, amount from payments where status = 'settled';
`
      house = await openHouse({ engine, policy: HIDDEN, setup, approval: approve })
    })
    afterAll(() => house.close())
    const tools = (options = {}) => workbenchOf(house, {}, options)

    test('lists what the caller may read, by names that a statement takes', async () => {
      const { tables } = (await tell(tools(), 'list_tables', {})) as unknown as {
        tables: { name: string; columns: string[]; kind?: string }[]
      }
      const names = tables.map(({ name }) => name)
      for (const table of names)
        expect(await tell(tools(), 'describe_table', { table })).toMatchObject({ status: 'ok', table })
      expect(names.toSorted()).toEqual(
        [
          'cards',
          'customers',
          'large',
          'payments',
          'settled',
          `${open}order${close}`,
          `${open}Mixed Case${close}`,
          `${open}odd ${close}${close}t--${close}`,
        ].toSorted(),
      )
      expect(tables.find(({ name }) => name === 'settled')).toEqual({
        name: 'settled',
        kind: 'view',
        columns: ['id', 'amount'],
      })
      for (const name of names)
        expect(await tell(tools(), 'query', { sql: `select count(*) as n from ${name}` })).toMatchObject({
          status: 'ok',
        })
    })

    test('finds tables by part of their name', async () => {
      const named = async (like: string) => {
        const { tables } = (await tell(tools(), 'list_tables', { like })) as unknown as {
          tables: { name: string }[]
        }
        return tables.map(({ name }) => name)
      }
      expect(await named('ard')).toEqual(['cards'])
      expect(await named('pay%')).toEqual(['payments'])
      expect(await named('vault')).toEqual([])
    })

    test('describes a table, and a hidden one as one that is not there', async () => {
      const cards = await tell(tools(), 'describe_table', { table: 'cards' })
      expect(cards).toMatchObject({ status: 'ok', table: 'cards' })
      expect(cards['columns']).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'pan', protected: 'pan: always masked, after an approval' }),
          expect.objectContaining({ name: 'cvv', protected: 'sad: cannot be read' }),
        ]),
      )
      const order = await tell(tools(), 'describe_table', { table: 'order' })
      expect(order).toMatchObject({ table: `${open}order${close}` })
      expect(await tell(tools(), 'describe_table', { table: `${house.schema}.payments` })).toMatchObject({
        table: 'payments',
      })
      const hidden = await tell(tools(), 'describe_table', { table: 'vault' })
      const none = await tell(tools(), 'describe_table', { table: 'nothing' })
      expect(hidden).toEqual(none)
      expect(hidden).toMatchObject({ status: 'invalid', is_error: true })
    })

    test('explains a statement without running or asking', async () => {
      expect(await tell(tools(), 'explain_policy', { sql: 'select pan from cards' })).toMatchObject({
        status: 'ok',
        effect: 'require_approval',
        tool: 'query',
        masked: [{ column: 'pan', mask: 'partial', label: 'pan' }],
        approval: { people: 1, decided_within_seconds: 900 },
      })
      expect(await tell(tools(), 'explain_policy', { sql: 'delete from cards' })).toMatchObject({
        status: 'ok',
        effect: 'deny',
        tool: 'execute',
      })
      expect(
        await tell(tools(), 'explain_policy', { sql: 'select pan as "4111111111111111" from cards' }),
      ).not.toMatchObject({ text: expect.stringContaining('"column":"4111') })
    })

    test('binds what the model gives as text or as numbers', async () => {
      for (const id of [2, '2'])
        expect(
          await tell(tools(), 'query', {
            sql: `select id, status from payments where id = ${mark}`,
            params: [id],
          }),
        ).toMatchObject({ rows: [[2, 'settled']] })
    })

    test('shows two columns of one name, and says what is cut', async () => {
      const { text } = await tell(tools(), 'query', { sql: 'select 1 as a, 2 as a' })
      expect(text).toBe('{"status":"ok","columns":["a","a"],"rows":[[1,2]],"row_count":1}')
      const sql = 'select id from payments order by id'
      expect(await tell(tools(), 'query', { sql, max_rows: 3 })).toMatchObject({
        rows: [[1], [2], [3]],
        row_count: 3,
        truncated: true,
      })
      expect(await tell(tools({ maxRows: 2 }), 'query', { sql, max_rows: 500 })).toMatchObject({
        row_count: 2,
      })
      expect(await tell(tools(), 'query', { sql, max_rows: 90 })).not.toHaveProperty('truncated')
      expect(await tell(tools({ maxRows: 2 }), 'execute', { sql })).toMatchObject({
        status: 'ok',
        row_count: 2,
      })
    })

    test('shows integers of 64 bits to their last digit', async () => {
      for (const sql of ['select n from large', `select n from large where id = ${mark}`])
        expect(await tell(tools(), 'query', { sql, params: sql.includes(mark) ? [1] : [] })).toMatchObject({
          rows: [['9007199254740993']],
        })
    })

    test('is refused by the database itself what turns out to write, though policy and people allow it', async () => {
      const statements = house.governed.statements(alice, { agent: bot, session: 's1', approval: 'wait' })
      const sql = `update payments set status = 'x' where id = ${mark}`
      const before = await house.raw('payments').select().orderBy('id')
      expect(await statements.run(sql, [1], { first: 10, arrays: true })).toMatchObject({ kind: 'failed' })
      expect(await house.raw('payments').select().orderBy('id')).toEqual(before)
      expect(await statements.run(sql, [1])).toMatchObject({ kind: 'released', result: { affected: 1 } })
      await house.raw('payments').where({ id: 1 }).update({ status: 'settled' })
    })

    test('reads with query and nothing else', async () => {
      const before = await house.raw('payments').select().orderBy('id')
      const writes = [
        `update payments set status = 'x' where id = 1`,
        `insert into payments (id, card_id) values (99, 1)`,
        'delete from payments where id = 1',
      ]
      for (const sql of writes)
        expect(await tell(tools(), 'query', { sql })).toMatchObject({
          status: 'invalid',
          reason: expect.stringContaining('Use execute'),
        })
      for (const sql of ['drop table payments', 'delete from payments', 'select 1; drop table payments'])
        expect(await tell(tools(), 'query', { sql })).toMatchObject({ status: 'denied', retryable: false })
      expect(await house.raw('payments').select().orderBy('id')).toEqual(before)
      expect(house.trail()).toContain('drop table payments')
    })
  })
}

describe('a list of very many tables', () => {
  const relation = (at: number) => ({
    schema: 'public',
    name: `t${String(at).padStart(4, '0')}`,
    kind: 'table' as const,
    columns: [{ name: 'id', type: 'int4', nullable: false, labels: [] }],
    keys: [],
    hasTriggersOrRules: false,
    system: false,
  })
  const relations = Array.from({ length: 2_500 }, (_, at) => relation(at))
  let judged = 0
  const many = statementsThat({
    catalog: async () => ({
      dialect: 'postgres',
      version: '1',
      searchPath: ['public'],
      relations,
      routines: [],
    }),
    explain: async statement => {
      judged += 1
      const used = [
        { schema: 'public', relation: statement.split(' ').at(-1), access: 'read', system: false },
      ]
      const effect = statement.endsWith('5') ? 'deny' : 'allow'
      return { facts: { analyzable: true, readOnly: true, relations: used }, decision: { effect } } as never
    },
  })
  const list = async (args: object, options = {}) => {
    judged = 0
    const told = await tell(new GovernedWorkbench(many, options), 'list_tables', args)
    return { ...told, names: (told['tables'] as { name: string }[]).map(({ name }) => name) }
  }

  test('is cut by number and by length, and says so', async () => {
    const all = await list({})
    expect(all).toMatchObject({ status: 'ok', truncated: true, note: expect.stringContaining('like') })
    expect(all.names).toHaveLength(200)
    expect(all.names).not.toContain('t0005')
    expect(judged).toBeLessThan(300)
    const short = await list({}, { maxCharacters: 1_000 })
    expect(short).toMatchObject({ truncated: true })
    expect(short.text.length).toBeLessThan(1_200)
  })

  test('is searched by part of a name, the hidden ones being none', async () => {
    const found = await list({ like: 't012' })
    expect(found.names).toEqual([
      't0120',
      't0121',
      't0122',
      't0123',
      't0124',
      't0126',
      't0127',
      't0128',
      't0129',
    ])
    expect(found).not.toHaveProperty('truncated')
    expect((await list({ like: '%5' })).names).toEqual([])
  })

  test('is not made for a caller that has given up', async () => {
    expect(await tell(new GovernedWorkbench(many), 'list_tables', {}, AbortSignal.abort())).toMatchObject({
      code: 'CARDEA_ABANDONED',
    })
  })
})
