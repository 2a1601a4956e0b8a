/** The HTTP API before a real database: every tool, every status, and both ways to say it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openHouse, type TestHouse } from '../../main-job/house.js'
import { board, person } from '../../main-job/shared-queue.js'
import { describePostgres } from '../../support/databases.js'
import { type Door, houseEntrance, openDoor, POLICY } from './kit.js'

describePostgres('the HTTP API', () => {
  const people = board()
  let house: TestHouse
  let door: Door

  beforeAll(async () => {
    house = await openHouse({ policy: POLICY, approval: people, also: { queue: { mode: 'ticket' } } })
    door = await openDoor({ entrance: houseEntrance(house) })
  })
  afterAll(async () => {
    await door.close()
    await house.close()
  })

  const codes = { prefer: 'status=http' }

  test('query gives masked rows as JSON', async () => {
    const { status, headers, body, text } = await door.post('/v1/query', {
      sql: 'select id, pan from cards where id = $1',
      params: [1],
      max_rows: null,
      data_source: null,
    })
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    expect(body).toMatchObject({ status: 'ok', columns: ['id', 'pan'], row_count: 1, masked: { pan: 1 } })
    expect(text).toContain('411111******1111')
    expect(text).not.toContain('4111111111111111')
    expect([
      headers.get('server'),
      headers.get('x-powered-by'),
      headers.get('access-control-allow-origin'),
    ]).toEqual([null, null, null])
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('execute writes', async () => {
    const { body } = await door.post('/v1/execute', {
      sql: "update payments set note = 'seen' where id = 1",
      reason: null,
    })
    expect(body).toEqual({ status: 'executed', affected_rows: 1 })
    expect((await house.raw('payments').where({ id: 1 }).first()).note).toBe('seen')
  })

  test('explain runs nothing', async () => {
    const { body, status } = await door.post('/v1/explain', { sql: 'delete from payments' }, codes)
    expect([status, body['status']]).toEqual([200, 'ok'])
    expect(JSON.stringify(body)).toContain('deny')
  })

  test('tables are listed and described', async () => {
    const listed = await door.get('/v1/tables?like=car%25&data_source=billing')
    expect(listed.body['status']).toBe('ok')
    expect(listed.text).toContain('cards')
    expect(listed.text).not.toContain('payments')
    const one = await door.get('/v1/tables/public.cards?data_source=')
    expect(one.body['status']).toBe('ok')
    expect(one.text).toContain('pan')
  })

  describe('each status', () => {
    const cases: readonly [string, string, object, object, number][] = [
      [
        'denied',
        '/v1/execute',
        { sql: 'delete from payments' },
        { status: 'denied', code: 'CARDEA_POLICY_DENIED', rule: 'no-deletes', retryable: false },
        403,
      ],
      [
        'invalid',
        '/v1/query',
        { sql: 'select 1', limit: 3 },
        { status: 'invalid', code: 'CARDEA_TOOL_ARGUMENTS' },
        400,
      ],
      [
        'a write to query',
        '/v1/query',
        { sql: "update payments set note = 'x' where id = 1" },
        { status: 'invalid' },
        400,
      ],
      [
        'failed',
        '/v1/execute',
        { sql: 'insert into payments (id, card_id) values (1, 1)' },
        { status: 'failed', code: '23505' },
        422,
      ],
      [
        'approval_required',
        '/v1/execute',
        { sql: "update customers set name = 'X' where id = 5" },
        { status: 'approval_required' },
        202,
      ],
      [
        'an approval that is not there',
        '/v1/approvals/01ARZ3NDEKTSV4RRFFQ69G5FAV',
        {},
        { status: 'denied', code: 'CARDEA_GRANT_INVALID' },
        403,
      ],
    ]
    test.each(cases)('%s: 200, or its code for who asks for codes', async (_, path, body, expected, code) => {
      const plain = await door.post(path, body)
      expect([plain.status, plain.body]).toEqual([200, expect.objectContaining(expected)])
      const coded = await door.post(path, body, codes)
      expect([coded.status, coded.body]).toEqual([code, expect.objectContaining(expected)])
      expect(coded.headers.get('preference-applied')).toBe('status=http')
    })
  })

  test('an approval: asked for, looked at, run once', async () => {
    const session = { 'x-cardea-session': 'a conversation' }
    const asked = await door.post(
      '/v1/execute',
      { sql: "update customers set name = 'Eve' where id = 4" },
      session,
    )
    const id = String(asked.body['approval_id'])
    const address = `/v1/approvals/${id}`
    expect((await door.get(address, session)).body).toMatchObject({ status: 'pending', approval_id: id })
    expect((await door.post(address, {}, session)).body).toMatchObject({ status: 'pending' })
    expect((await door.get(address, { ...session, ...codes })).status).toBe(202)
    // Nobody else's, and not another conversation's.
    expect((await door.get(address)).body).toMatchObject({ status: 'denied', code: 'CARDEA_GRANT_INVALID' })
    expect(
      (await door.post(address, {}, { ...session, authorization: 'Bearer token-of-bob' })).body,
    ).toMatchObject({ status: 'denied' })

    await people.answer(id, person('carol'))
    for (const _ of [1, 2]) {
      expect((await door.get(address, session)).body).toMatchObject({ status: 'approved', approval_id: id })
    }
    expect((await house.raw('customers').where({ id: 4 }).first()).name).toBe('Dee Fox')
    expect((await door.post(address, null, session)).body).toEqual({ status: 'executed', affected_rows: 1 })
    expect((await house.raw('customers').where({ id: 4 }).first()).name).toBe('Eve')
    expect((await door.post(address, {}, session)).body).toMatchObject({ status: 'consumed' })
    expect((await door.get(address, { ...session, ...codes })).status).toBe(410)
  })

  test('who calls is known from the headers', async () => {
    await door.post(
      '/v1/query',
      { sql: 'select 1' },
      {
        'x-agent-id': 'dba',
        'x-agent-framework': 'autogen',
        'x-agent-version': '0.7.5',
        'x-cardea-session': 's9',
      },
    )
    expect(door.visitors.at(-1)).toMatchObject({
      principal: { subject: 'alice' },
      point: 'http',
      dataSource: 'billing',
      agent: { id: 'dba', framework: 'autogen', version: '0.7.5' },
      session: 's9',
      origination: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    })
    expect(house.trail()).toContain('"session":"s9"')
  })

  test('another data source, where there is one', async () => {
    const { status, body } = await door.post('/v1/query', { sql: 'select 1', data_source: 'ledger' })
    expect([status, body['status'], body['code']]).toEqual([404, 'invalid', 'CARDEA_TOOL_ARGUMENTS'])
    expect(door.visitors.at(-1)).toMatchObject({ dataSource: 'ledger' })
    expect((await door.post('/v1/query', { sql: 'select 1', data_source: 7 })).status).toBe(400)
  })
})
