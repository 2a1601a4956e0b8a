/** One budget behind all doors of a gateway, and behind another process that shares its store. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import pg from 'pg'
import { openStoreConnection } from '../../src/connect/store-connection.js'
import {
  fileTrail,
  GovernedConnection,
  knexBudgetStore,
  type Principal,
  parsePolicy,
} from '../../src/index.js'
import { cardea } from '../cli/support.js'
import { openPlace, type Place } from '../gateway/kit.js'
import { type Clients, gatewayClients, metrics, refusal, type Served } from '../gateway/postgres-clients.js'
import { emptyStore, STORE, STORE_KEY } from '../gateway/shared-store.js'
import { PAN, POLICY } from '../support/billing.js'
import { type Database, describePostgres } from '../support/databases.js'

const EXCEEDED = 'CARDEA_BUDGET_EXCEEDED'
const BUDGETED = `${POLICY}
limits:
  budgets:
    - { per: principal, window: 12h, rows: 12, distinctPans: 2 }
`

describePostgres('a budget', () => {
  let place: Place
  let store: Database
  let token: string
  let clients: Clients
  let knex: Knex

  beforeAll(async () => {
    place = await openPlace()
    store = await emptyStore(place)
    token = await place.token()
    clients = gatewayClients(place, token)
    await cardea('store', 'migrate', '--store', store.url)
    place.write('policy.yaml', BUDGETED)
    knex = await openStoreConnection(store.url)
  })
  afterAll(async () => {
    await clients.end()
    await knex.destroy()
    await store.drop()
    await place.close()
  })

  const open = (): Promise<Served> => clients.open({ store: STORE })

  const mcp = async ({ url }: Served, sql: string): Promise<string> => {
    const response = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'query', arguments: { sql } },
      }),
    })
    return response.text()
  }

  test('is one for all doors, refuses at each of them in its own words, and outlives a restart', async () => {
    const first = await open()
    const client = await clients.connect(first.port)
    const four = 'select id from payments order by id limit 4'
    // Both cards are seen, at one door and at the other, and count once.
    expect((await first.query(token, 'select pan from cards where id = 1')).body['status']).toBe('ok')
    expect((await client.query('select id, pan from cards order by id')).rows).toHaveLength(2)
    expect((await client.query(four)).rows).toHaveLength(4)
    expect(await mcp(first, four)).toContain('row_count')

    // One row is left.
    const over = await refusal(client.query(four))
    expect(over).toMatchObject({
      code: '53400',
      message: expect.stringMatching(
        /^cardea: the result would exceed the budget of 12 rows per principal within 12h; no(thing| more) was released; 1 are left/,
      ),
      detail: expect.stringContaining(EXCEEDED),
    })
    expect((await first.query(token, 'select count(*) from payments')).body['status']).toBe('ok')

    const used = /the budget of 12 rows per principal within 12h is used up; nothing ran; wait until/
    expect(await refusal(client.query(four))).toMatchObject({
      code: '53400',
      message: expect.stringMatching(used),
    })
    expect((await first.query(token, four)).body).toMatchObject({
      status: 'denied',
      code: EXCEEDED,
      reason: expect.stringMatching(used),
      retryable: true,
    })
    const answer = await mcp(first, four)
    expect(answer).toContain(EXCEEDED)
    expect(answer).toMatch(used)
    expect(await metrics(first)).toMatch(/^cardea_budget_refusals_total\{data_source="billing"\} 4$/m)

    await clients.end()
    const second = await open()
    const status = await fetch(`${second.url}/v1/query`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        prefer: 'status=http',
      },
      body: JSON.stringify({ sql: four }),
    })
    expect([status.status, await status.json()]).toMatchObject([429, { code: EXCEEDED }])
    const again = await clients.connect(second.port)
    expect(await refusal(again.query(four))).toMatchObject({ code: '53400' })
    expect(await refusal(again.query('select pan from cards'))).toMatchObject({ code: '53400' })
    await again.query('begin; rollback')
  })

  test('is on record at every door alike: the same decision, the same code, the same words', () => {
    const records = place
      .trail()
      .split('\n')
      .filter(line => line.includes(EXCEEDED) && line.includes('is used up'))
      .map(line => JSON.parse(line) as Line)
    expect(new Set(records.map(({ body }) => body.point))).toEqual(new Set(['postgres', 'http', 'mcp']))
    const what = records
      .filter(({ body }) => body.statement.includes('payments'))
      .map(({ body, outcome }) =>
        JSON.stringify([body.decision.rule, body.decision.effect, outcome.status, outcome.error]),
      )
    expect(new Set(what).size).toBe(1)
    expect(what[0]).toContain('"refused"')
  })

  test('is one for a program in process as well that shares the store and its key', async () => {
    const { body } = place
      .trail()
      .split('\n')
      .filter(line => line.includes('"point":"http"'))
      .map(line => JSON.parse(line) as Line)
      .at(-1) as Line
    const governed = await GovernedConnection.open(
      { client: 'pg', connection: place.database.url },
      {
        policy: parsePolicy(BUDGETED),
        audit: fileTrail({ directory: place.at('in-process'), durability: 'os' }),
        dataSource: { id: 'billing', environment: 'test' },
        budgets: { store: knexBudgetStore({ knex }), key: STORE_KEY },
      },
    )
    try {
      const read = (who: Principal) =>
        governed
          .as(who)('payments')
          .first('id')
          .then(
            () => 'released',
            ({ code }: { code: string }) => code,
          )
      expect(await read(body.principal)).toBe(EXCEEDED)
      expect(await read({ subject: 'somebody else', issuer: 'https://x.example' })).toBe('released')
    } finally {
      await governed.close()
    }
  })

  test('cuts a large result at PostgreSQL’s door before what would exceed it, and the session goes on', async () => {
    await clients.end()
    place.write('policy.yaml', BUDGETED.replace('rows: 12', 'rows: 1000'))
    await place.sql(`create table wide as select n, repeat('x', 200) as pad from generate_series(1, 5000) n`)
    const gateway = await clients.open()
    const client = await clients.connect(gateway.port)
    const seen: number[] = []
    const read = () =>
      new Promise<{ code: string; message: string }>((resolve, reject) => {
        const query = new pg.Query('select n, pad from wide order by n')
        query.on('row', row => seen.push(Number(row.n)))
        query.on('error', error => resolve(error as Error & { code: string }))
        query.on('end', () => reject(new Error('not refused')))
        client.query(query)
      })
    expect(await read()).toMatchObject({
      code: '53400',
      message: expect.stringContaining('no more was released'),
    })
    expect(seen.length).toBeGreaterThan(0)
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, at) => at + 1))
    // What was not released was not charged.
    const left = 1_000 - seen.length
    expect(left).toBeGreaterThanOrEqual(0)
    if (left > 0) expect((await client.query(`select n from wide limit ${left}`)).rows).toHaveLength(left)
    expect(await refusal(client.query('select n from wide limit 1'))).toMatchObject({ code: '53400' })
  })

  test('holds neither a card number nor a name', async () => {
    const kept = JSON.stringify([
      await knex('cardea_budgets').select('*'),
      await knex('cardea_budget_pans').select('*'),
    ])
    expect(await knex('cardea_budget_pans').select('*')).toHaveLength(2)
    for (const secret of [PAN, PAN.slice(0, 6), '1111', 'billing', 'bot']) expect(kept).not.toContain(secret)
  })
})

interface Line {
  readonly body: {
    readonly principal: Principal
    readonly point: string
    readonly statement: string
    readonly decision: { readonly rule: string; readonly effect: string }
  }
  readonly outcome: { readonly status: string; readonly error: object }
}
