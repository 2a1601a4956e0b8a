/**
 * Card numbers in everything that a client can send to a gateway: statements, values, tool arguments, headers,
 * addresses, names, tokens, start-up packets; and every byte that comes out of its doors, its log, its figures, its
 * approval channels and its trails.
 */
import net from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { openPlace, type Place, type Running, run } from '../gateway/kit.js'
import { describePostgres } from '../support/databases.js'
import { keepSpans } from '../telemetry/spans.js'
import { CARD, everything, leaks, MASKED, SPELLINGS } from './spellings.js'

const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
exceptions:
  - { id: see-cards, lifts: pci/pan-output, when: { column: '*.cards.pan' }, reason: cards are masked }
`

const STATEMENTS = (card: string): readonly (readonly [string, (readonly unknown[])?])[] => [
  [`select id from payments where status = '${card}'`],
  [`select '${card}' as x`],
  [`select 1 as "${card}"`],
  [`select "${card}" from payments`],
  [`select id from "${card}"`],
  [`select id from payments -- ${card}`],
  [`select id from payments where status = $1`, [card]],
  [`select $1::jsonb as x`, [JSON.stringify({ note: card })]],
  [`select $1::int as x`, [card]],
  [`select id from payments where id = $1`, [card]],
  [`insert into payments values (1, '${card}', 1)`],
  [`update payments set status = '${card}' where id = 1`],
  [`drop table "${card}"`],
  [`select nonsense(('${card}'`],
  [`explain select id from payments where status = '${card}'`],
]

describePostgres('what a gateway says', () => {
  const spans = keepSpans()
  let place: Place
  let running: Running
  let token: string
  /** Everything that came back, by what was asked. */
  const answers: { readonly asked: string; readonly text: string }[] = []

  beforeAll(async () => {
    place = await openPlace()
    place.write('policy.yaml', POLICY)
    await place.sql(`create table "t${CARD}" (id int primary key, "c${CARD}" text); create table notes (id int, body text);
      insert into notes values (1, 'card ${CARD}')`)
    const postgres = { port: 0, cleartext: 'loopback' }
    const limits = { perMinute: 100_000 }
    running = await run(place.config({ postgres, limits, log: { level: 'debug' } }))
    token = await place.token()
  })
  afterAll(async () => {
    await running.gateway.close()
    await place.close()
  })

  async function call(
    path: string,
    init: RequestInit & { readonly headers?: Record<string, string> },
  ): Promise<string> {
    const response = await fetch(`${running.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
    })
    const text = `${response.status} ${JSON.stringify([...response.headers])}\n${await response.text()}`
    answers.push({ asked: `${init.method ?? 'GET'} ${path} ${String(init.body)}`, text })
    return text
  }

  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<string> =>
    call(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers })

  const tool = (name: string, given: unknown, headers: Record<string, string> = {}): Promise<string> =>
    post(
      '/mcp',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } },
      { accept: 'application/json, text/event-stream', ...headers },
    )

  async function nothing(): Promise<void> {
    // Who is held back for asking too much has not been answered at all.
    expect(answers.filter(({ text }) => text.startsWith('429'))).toEqual([])
    const [metrics, ready] = await Promise.all(
      ['/metrics', '/readyz'].map(async path => (await fetch(`${running.operator}${path}`)).text()),
    )
    const surfaces = [
      ...answers.map(({ asked, text }) => [asked, text] as const),
      ['log', running.log()],
      ['metrics', metrics ?? ''],
      ['readiness', ready ?? ''],
      ['spans', spans.text()],
      ['trail', place.trail()],
      ['process title', process.title],
    ] as const
    const found = surfaces.flatMap(([where, text]) => leaks(text).map(hit => ({ where, hit })))
    answers.length = 0
    expect(found).toEqual([])
  }

  test.each(Object.entries(SPELLINGS))('HTTP and MCP, statements with a card %s', async (_, card) => {
    for (const [sql, params = []] of STATEMENTS(card)) {
      await post('/v1/query', { sql, params })
      await post('/v1/execute', { sql, params, reason: `because of ${card}` })
      await post('/v1/explain', { sql, params })
      await tool('query', { sql, params })
      await tool('execute', { sql, params, reason: `because of ${card}` })
      await tool('explain_policy', { sql, params })
    }
    await nothing()
  })

  test.each(Object.entries(SPELLINGS))('HTTP and MCP, a card %s anywhere else', async (_, card) => {
    const ascii = /^[\x20-\x7e]+$/.test(card) ? card : CARD
    const inUrl = encodeURIComponent(card)
    const sql = 'select id from payments where id = 1'
    for (const header of [
      'idempotency-key',
      'x-cardea-session',
      'x-agent-id',
      'x-agent-framework',
      'x-agent-version',
      'traceparent',
      'tracestate',
      'baggage',
      'prefer',
      'accept',
      'user-agent',
      'x-request-id',
      'x-forwarded-for',
      'mcp-session-id',
      'mcp-protocol-version',
      'x-cardea-denial-as',
      'x-cardea-structured',
      'content-type',
      'cookie',
    ]) {
      await post('/v1/query', { sql }, { [header]: ascii })
      await tool('query', { sql }, { [header]: ascii })
    }
    for (const authorization of [
      `Bearer ${CARD}`,
      `Basic ${CARD}`,
      `DPoP ${CARD}`,
      ascii,
      `Bearer e.${CARD}.x`,
    ]) {
      await post('/v1/query', { sql }, { authorization })
      await tool('query', { sql }, { authorization })
    }
    for (const path of [
      `/v1/tables/${inUrl}`,
      `/v1/approvals/${inUrl}`,
      `/v1/${inUrl}`,
      `/${inUrl}?q=${inUrl}`,
      `/v1/tables?like=${inUrl}`,
      `/v1/tables?${inUrl}=1`,
      `/v1/tables?data_source=${inUrl}`,
      `/mcp/${inUrl}`,
    ]) {
      await call(path, {})
      await post(path, { card })
    }
    await post('/v1/query', { [card]: card, sql })
    await post('/v1/query', { sql: { card } })
    await post('/v1/query', { sql, params: { card } })
    await post('/v1/query', { sql, params: [{ card }, [card]] })
    await post('/v1/query', { sql, data_source: card })
    await post('/v1/query', `{"sql": "${card}`)
    await post('/v1/query', card)
    await post('/v1/query', { sql, reason: card, limit: card })
    await tool(card, { sql })
    await tool('query', { [card]: card })
    await tool('query', { sql, params: card })
    await tool('query', card)
    await tool('describe_table', { table: card })
    await tool('describe_table', { table: `t${CARD}` })
    await tool('list_tables', { like: card, pattern: card })
    await tool('list_tables', {})
    await tool('approval_status', { approval_id: card })
    for (const message of [
      card,
      `{"jsonrpc": "2.0", "id": "${card}", "method": "${ascii}"}`,
      { jsonrpc: '2.0', id: 1, method: 'initialize', params: { clientInfo: { name: card, version: card } } },
      { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { cursor: card } },
      { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: `x://${inUrl}` } },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: card, reason: card } },
      { jsonrpc: card, id: 1, method: 'tools/call' },
    ]) {
      const before = answers.length
      await post('/mcp', message, { accept: 'application/json, text/event-stream' })
      // JSON-RPC answers a request under the id that its sender chose: it is the sender's own, sent back.
      if (typeof message === 'string' && message.startsWith('{')) answers.splice(before)
    }
    await bytes(`GET /${card} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await bytes(`${card} / HTTP/1.1\r\n\r\n`)
    await bytes(`GET / HTTP/1.1\r\n${card}\r\n\r\n`)
    await nothing()
  })

  test('rows, fields and tables named after a card', async () => {
    for (const sql of ['select * from notes', `select * from "t${CARD}"`, 'select * from cards']) {
      await post('/v1/query', { sql })
      await post('/v1/query', { sql }, { accept: 'application/x-ndjson' })
      await tool('query', { sql })
      await tool('query', { sql }, { 'x-cardea-structured': 'true' })
    }
    expect(answers.some(({ text }) => text.includes(MASKED))).toBe(true)
    await nothing()
  })

  test('the PostgreSQL door: start-up packets, names and errors', async () => {
    const { postgres } = running.gateway.addresses
    if (postgres === null || postgres === undefined) throw new Error('no door')
    for (const card of [CARD, SPELLINGS['spaced'] ?? '', `x${CARD}`]) {
      for (const more of [
        { user: card },
        { database: card },
        { password: card },
        { application_name: card },
        { options: `-c cardea.session=${CARD}` },
        { options: `-c search_path=${CARD}` },
      ]) {
        const client = new pg.Client({
          host: '127.0.0.1',
          port: postgres.port,
          user: 'billing-bot',
          password: token,
          database: 'billing',
          ssl: false,
          ...more,
        })
        client.on('error', () => {})
        const heard: Buffer[] = []
        const { stream } = (client as unknown as { connection: { stream: net.Socket } }).connection
        stream.on('data', chunk => heard.push(chunk))
        const errors: unknown[] = []
        try {
          await client.connect()
          for (const [sql, params = []] of STATEMENTS(card)) {
            await client.query(sql, [...params]).catch((error: unknown) => errors.push(error))
            await client
              .query({ name: CARD, text: sql, values: [...params] })
              .catch((error: unknown) => errors.push(error))
            await client.query(`prepare "${card}" as select 1`).catch((error: unknown) => errors.push(error))
            await client.query(`deallocate "${card}"`).catch((error: unknown) => errors.push(error))
          }
        } catch (error) {
          errors.push(error)
        }
        await client.end().catch(() => {})
        answers.push({ asked: everything(more), text: Buffer.concat(heard).toString('latin1') })
      }
    }
    await nothing()
  })

  /** What no client of HTTP would send. */
  async function bytes(text: string): Promise<void> {
    const { port } = new URL(running.url)
    const socket = net.connect(Number(port), '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk)).on('error', () => {})
    socket.write(text)
    socket.end()
    await new Promise(resolve => socket.once('close', resolve))
    answers.push({ asked: text, text: Buffer.concat(chunks).toString('latin1') })
  }
})
