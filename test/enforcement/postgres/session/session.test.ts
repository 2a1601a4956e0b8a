/** Statements of real clients through the session: what they get, what the database sees, what is on record. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { PAN } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'

describePostgres('a client’s session', () => {
  let wire: Wire
  let client: pg.Client
  const judged: string[] = []
  beforeAll(async () => {
    const hook = {
      name: 'counts',
      beforeQuery: ({ statement }: { statement: string }) => void judged.push(statement),
    }
    wire = await openWire({ also: { hooks: [hook] } })
    client = await wire.connect()
  })
  afterAll(async () => {
    await client.end()
    await wire.close()
  })
  const fails = async (query: string | pg.QueryConfig, on = client): Promise<pg.DatabaseError> => {
    const error: unknown = await on.query(query).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof pg.DatabaseError)) throw new Error(`not a database error: ${String(error)}`)
    return error
  }

  test.each([
    ['simple', 'select id, pan from cards order by id'],
    ['extended', { text: 'select id, pan from cards where id > $1 order by id', values: [0] }],
    ['named', { name: 'all', text: 'select id, pan from cards where id > $1 order by id', values: [0] }],
    ['again', { name: 'all', text: 'select id, pan from cards where id > $1 order by id', values: [0] }],
    ['binary', { text: 'select id, pan from cards where id > $1 order by id', values: [0], binary: true }],
  ])('rows come back masked: %s', async (_, query) => {
    const { rows, rowCount } = await client.query<{ id: number; pan: string }>(query as string)
    expect(rows).toEqual([
      { id: 1, pan: '411111******1111' },
      { id: 2, pan: '550000******5559' },
    ])
    expect(rowCount).toBe(2)
  })

  test('a refusal says why, under which rule and decision, and the connection goes on', async () => {
    const error = await fails('drop table payments')
    expect(error.code).toBe('42501')
    expect(error.message).toMatch(/^cardea: /)
    expect(error.detail).toMatch(/CARDEA_POLICY_DENIED, rule \S+, decision \S+/)
    expect((await client.query('select count(*)::int as n from payments')).rows).toEqual([{ n: 20 }])
  })

  test('in a transaction block a refusal fails the block, as the server tells it', async () => {
    await client.query('begin')
    expect((await fails('drop table payments')).code).toBe('42501')
    expect((await fails('select 1')).code).toBe('25P02')
    expect((await client.query('commit')).command).toBe('ROLLBACK')
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('what a block has written before a refusal is rolled back', async () => {
    await client.query('begin')
    await client.query("update payments set status = 'x' where id = 1")
    await fails('drop table payments')
    await client.query('rollback')
    expect(await wire.sql('select status from payments where id = 1')).toEqual([{ status: 'open' }])
  })

  test('a block that is committed stays', async () => {
    await client.query('begin')
    await client.query("update payments set status = 'settled' where id = 2")
    await client.query('select id from payments where id = 2')
    expect((await client.query('commit')).command).toBe('COMMIT')
    expect(await wire.sql('select status from payments where id = 2')).toEqual([{ status: 'settled' }])
  })

  test('savepoints are the client’s own', async () => {
    await client.query('begin')
    await client.query("update payments set status = 'kept' where id = 3")
    await client.query('savepoint here')
    await client.query("update payments set status = 'lost' where id = 3")
    await client.query('rollback to savepoint here')
    await client.query('commit')
    expect(await wire.sql('select status from payments where id = 3')).toEqual([{ status: 'kept' }])
  })

  test('several statements in one text: all are judged before the first is run', async () => {
    const error = await fails("update payments set status = 'no' where id = 4; drop table payments")
    expect(error.code).toBe('42501')
    expect(await wire.sql('select status from payments where id = 4')).toEqual([{ status: 'open' }])
    const results = (await client.query('select 1 as a; select 2 as b')) as unknown as pg.QueryResult[]
    expect(results.map(result => result.rows)).toEqual([[{ a: 1 }], [{ b: 2 }]])
  })

  test('several statements in one text: each is judged once', async () => {
    const texts = ["update payments set status = 'once' where id = 8", 'select id from payments where id = 8']
    judged.length = 0
    await client.query(texts.join('; '))
    expect(judged.map(text => text.trim())).toEqual(texts)
  })

  test('several statements in one text: a name means what it means when it is run', async () => {
    await client.query('prepare one as select id from payments where id = 1')
    judged.length = 0
    const [before, after] = ['select id from payments where id = 1', 'select id from payments where id = 9']
    const text = `deallocate one; prepare one as ${after}; execute one; deallocate one`
    const results = (await client.query(text)) as unknown as pg.QueryResult[]
    expect(results.map(({ rows }) => rows)).toEqual([[], [], [{ id: 9 }], []])
    expect(judged).toEqual([before, after])
  })

  test('several statements that write run in one transaction', async () => {
    const error = await fails(
      "update payments set status = 'half' where id = 5; update payments set amount = amount / 0 where id = 6",
    )
    expect(error.code).toBe('22012')
    expect(await wire.sql('select status from payments where id = 5')).toEqual([{ status: 'open' }])
  })

  test('the database refuses the write of a read: the bracket is there', async () => {
    const query = "select current_setting('transaction_read_only') as it"
    expect((await client.query(query)).rows).toEqual([{ it: 'on' }])
    expect((await client.query({ text: query, values: [] })).rows).toEqual([{ it: 'on' }])
    await client.query('begin')
    expect((await client.query(query)).rows).toEqual([{ it: 'on' }])
    await client.query("update payments set status = 'open' where id = 7")
    await client.query('rollback')
  })

  test('PREPARE, EXECUTE and DEALLOCATE stand for the statement that they carry', async () => {
    await client.query('prepare cards_by (int) as select pan from cards where id = $1')
    expect((await client.query('execute cards_by(1)')).rows).toEqual([{ pan: '411111******1111' }])
    await client.query('prepare wipe as delete from payments')
    expect((await fails('execute wipe')).code).toBe('42501')
    await client.query('deallocate cards_by')
    expect((await fails('execute cards_by(1)')).code).toMatch(/^(42501|26000)$/)
    expect(await wire.sql('select count(*)::int as n from payments')).toEqual([{ n: 20 }])
  })

  test('a cursor is governed by the statement that opened it', async () => {
    await client.query('begin')
    await client.query('declare c cursor for select pan from cards order by id')
    expect((await client.query('fetch 1 from c')).rows).toEqual([{ pan: '411111******1111' }])
    expect((await client.query('fetch all from c')).rows).toEqual([{ pan: '550000******5559' }])
    await client.query('close c')
    await client.query('commit')
  })

  test('settings on the list pass, others are a matter of policy', async () => {
    await client.query("set application_name to 'my tool'")
    await client.query('set extra_float_digits = 3')
    expect((await client.query('show application_name')).rows).toEqual([{ application_name: 'my tool' }])
    for (const text of [
      'set role postgres',
      'set search_path to pg_temp',
      'set standard_conforming_strings = off',
      "set client_encoding to 'sjis'",
      'set session authorization postgres',
      'set row_security = off',
      "select set_config('search_path', 'pg_temp', false)",
    ])
      expect((await fails(text)).code).toBe('42501')
    expect((await fails('set search_path to pg_temp')).hint).toMatch(
      /may be SET, .*: application_name, .*timezone\.$/,
    )
    expect((await fails('drop table cards')).hint).toBeUndefined()
  })

  test('the database’s own errors come with their code, without values of labelled columns', async () => {
    const error = await fails('select pan::int from cards')
    expect(error.code).toMatch(/^(22003|22P02|42501)$/)
    expect(JSON.stringify(error)).not.toContain(PAN)
    expect((await fails('select 1/0')).code).toBe('22012')
    expect((await fails('selec 1')).code).toMatch(/^42/)
  })

  test('an empty text and comments are answered as the server would', async () => {
    expect((await client.query('')).rows).toEqual([])
    expect((await client.query('-- nothing')).rows).toEqual([])
    expect((await client.query(';')).rows).toEqual([])
  })

  test('COPY is refused, and the connection goes on', async () => {
    expect((await fails('copy cards to stdout')).code).toBe('42501')
    expect((await fails('copy payments from stdin')).code).toBe('42501')
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('rows of any number pass, in batches, all masked', async () => {
    const { rows } = await client.query(
      'select c.pan, n from cards c, generate_series(1, 400) n where c.id = 1 order by n',
    )
    expect(rows).toHaveLength(400)
    expect(new Set(rows.map(row => row.pan))).toEqual(new Set(['411111******1111']))
  })

  test('the row limit holds for all rows of a portal or cursor, however they are fetched', async () => {
    const many = 'select n from generate_series(1, 20000) n, cards where cards.id = 1'
    expect((await fails(many)).code).toBe('54000')
    await client.query('begin')
    await client.query(`declare many cursor for ${many}`)
    let fetched = 0
    const failure = await (async () => {
      for (;;) {
        const result = await client.query('fetch 500 from many').catch((error: pg.DatabaseError) => error)
        if (result instanceof pg.DatabaseError) return result
        fetched += result.rows.length
        if (result.rows.length === 0) return undefined
      }
    })()
    expect(failure?.code).toBe('54000')
    expect(fetched).toBe(10_000)
    await client.query('rollback')
  })

  test('every statement is on record, and no PAN is', async () => {
    const trail = wire.trail()
    expect(trail).toContain('"point":"postgres"')
    expect(trail).not.toContain(PAN)
    expect(trail.split('\n').filter(line => line.includes('drop table payments')).length).toBeGreaterThan(0)
  })
})
