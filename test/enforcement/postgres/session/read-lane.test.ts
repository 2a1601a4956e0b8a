/** Reads that follow each other share one setting of the session instead of a bracket each: nothing else may meet it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type pg from 'pg'
import type { PolicyEngine } from '../../../../src/policy/policy-engine.js'
import { allowAllPolicy } from '../../../../src/testing/index.js'
import { TABLES } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'

/** What a view sees, Cardea cannot tell from the statement's text. */
const SEEN = `
create view seen as select current_setting('transaction_read_only') as here,
  current_setting('default_transaction_read_only') as always;
`

/** Everything but DROP, so that a statement may look at what is set. */
function lookingPolicy(): PolicyEngine {
  const allowing = allowAllPolicy()
  return {
    ...allowing,
    async evaluate(input) {
      const verdict = await allowing.evaluate(input)
      const { facts } = input
      if (!facts.analyzable) return verdict
      const readOnly = facts.kind === 'select'
      return facts.kind === 'ddl'
        ? { ...verdict, effect: 'deny' }
        : { ...verdict, obligations: { ...verdict.obligations, readOnly } }
    },
  }
}

describePostgres('reads in a row', () => {
  let wire: Wire
  let client: pg.Client
  let told: string[]
  beforeAll(async () => {
    wire = await openWire({ also: { policy: lookingPolicy() }, tables: `${TABLES}${SEEN}` })
  })
  afterAll(() => wire.close())
  beforeEach(async () => {
    client = await wire.connect()
    told = []
    const { connection } = client as unknown as { connection: pg.Connection }
    connection.on('parameterStatus', ({ parameterName }) => told.push(parameterName))
  })
  afterEach(() => client.end())
  const seen = async (query: string | pg.QueryConfig = 'select here, always from seen') =>
    (await client.query<{ here: string; always: string }>(query)).rows[0]
  const manyReads = async (): Promise<void> => {
    for (let count = 0; count < 5; count++) await client.query('select id from payments where id = 1')
    expect(await seen()).toEqual({ here: 'on', always: 'on' })
  }
  const update = (id: number) => `update payments set status = 'lane' where id = ${id}`

  test.each([
    ['simple', 'select here, always from seen'],
    ['unnamed', { text: 'select here, always from seen', values: [] }],
    ['named', { name: 'it', text: 'select here, always from seen', values: [] }],
  ])('every one is read-only, from the first on: %s', async (_, query) => {
    const all = []
    for (let count = 0; count < 8; count++) all.push(await seen(query))
    expect(all.map(row => row?.here)).toEqual(Array.from({ length: 8 }, () => 'on'))
    expect(all[0]?.always).toBe('off')
    expect(all[7]?.always).toBe('on')
  })

  test.each<[string, () => Promise<unknown>]>([
    ['simple', () => client.query(update(1))],
    ['extended', () => client.query({ text: update(1), values: [] })],
    ['named', () => client.query({ name: 'write', text: update(1), values: [] })],
    ['in SQL', () => client.query(`prepare w as ${update(1)}`).then(() => client.query('execute w'))],
    ['two in one text', () => client.query(`select id from payments where id = 1; ${update(1)}`)],
    [
      'in a block',
      () =>
        client
          .query('begin')
          .then(() => client.query(update(1)))
          .then(() => client.query('commit')),
    ],
  ])('a write behind them is done, and they go on: %s', async (_, write) => {
    await wire.sql("update payments set status = 'open' where id = 1")
    await manyReads()
    await write()
    expect(await wire.sql('select status from payments where id = 1')).toEqual([{ status: 'lane' }])
    expect(await seen()).toEqual({ here: 'on', always: 'off' })
    await manyReads()
  })

  test('a write that was prepared before them', async () => {
    const write = { name: 'before', text: update(2), values: [] }
    await client.query(write)
    await wire.sql("update payments set status = 'open' where id = 2")
    await manyReads()
    await client.query(write)
    expect(await wire.sql('select status from payments where id = 2')).toEqual([{ status: 'lane' }])
  })

  test('a refusal and an error in between', async () => {
    await manyReads()
    await expect(client.query('drop table payments')).rejects.toMatchObject({ code: '42501' })
    await manyReads()
    await expect(client.query('select 1 / (id - id) from payments')).rejects.toMatchObject({ code: '22012' })
    await expect(client.query('select nothing from payments')).rejects.toMatchObject({ code: /^42/ })
    await client.query(update(3))
    expect(await wire.sql('select status from payments where id = 3')).toEqual([{ status: 'lane' }])
  })

  test('a name that is prepared twice does not let the older statement run in its place', async () => {
    await client.query({ name: 'older', text: 'select id from payments where id = 4', values: [] })
    await manyReads()
    await expect(client.query('prepare older as select 1')).rejects.toMatchObject({ code: '42P05' })
    await manyReads()
  })

  test('the client neither is told of it nor sees it', async () => {
    await manyReads()
    expect((await client.query('show default_transaction_read_only')).rows).toEqual([
      { default_transaction_read_only: 'off' },
    ])
    await manyReads()
    expect(
      (await client.query("select current_setting('default_transaction_read_only') as it")).rows,
    ).toEqual([{ it: 'off' }])
    expect(told).toEqual([])
  })

  test('what the client itself has set stays', async () => {
    await client.query('set default_transaction_read_only = on')
    expect(told).toEqual(['default_transaction_read_only'])
    for (let count = 0; count < 6; count++) expect(await seen()).toEqual({ here: 'on', always: 'on' })
    await expect(client.query(update(5))).rejects.toMatchObject({ code: '25006' })
    await client.query('reset default_transaction_read_only')
    await client.query(update(5))
    expect(await wire.sql('select status from payments where id = 5')).toEqual([{ status: 'lane' }])
  })

  test('the next client begins as always', async () => {
    await manyReads()
    await client.end()
    client = await wire.connect()
    expect(await seen()).toEqual({ here: 'on', always: 'off' })
    await client.query(update(6))
  })

  test('DISCARD ALL and DEALLOCATE ALL forget Cardea’s own statements too', async () => {
    for (const text of ['discard all', 'deallocate all', 'reset all']) {
      await manyReads()
      await client.query(text)
      await client.query(update(7))
      await manyReads()
    }
  })
})
