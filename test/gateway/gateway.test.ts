/** The gateway in this process: who gets in, what comes out, what people who run it see. */
import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createScrubber } from '../../src/masking/scrubber.js'
import { filesIn } from '../cli/program.js'
import { PAN } from '../support/billing.js'
import { describePostgres } from '../support/databases.js'
import { openPlace, type Place, type Running, run } from './kit.js'

const scrubber = createScrubber()

describePostgres('a gateway', () => {
  let place: Place
  let running: Running
  let token: string

  beforeAll(async () => {
    place = await openPlace()
    const dataSources = {
      billing: { url: { file: 'billing.url' }, environment: 'test', pool: { max: 4 } },
      reports: { url: { file: 'billing.url' }, environment: 'test', policy: 'closed.yaml' },
    }
    place.write('closed.yaml', 'version: 1\n')
    running = await run(place.config({ dataSources, log: { level: 'debug' } }))
    token = await place.token()
  })
  afterAll(async () => {
    await running.gateway.close()
    await place.close()
  })

  test('answers a caller with a token, masked', async () => {
    const { status, body } = await running.query(token, 'select id, pan from cards order by id')
    expect([status, body]).toMatchObject([
      200,
      {
        status: 'ok',
        rows: [
          [1, '411111******1111'],
          [2, '550000******5559'],
        ],
      },
    ])
  })

  test('runs a write that policy allows, and asks for an approval of another', async () => {
    const settled = await running.execute(token, "update payments set status = 'settled' where id = 1")
    expect(settled.body).toMatchObject({ status: 'executed', affected_rows: 1 })
    const asked = await running.execute(token, 'delete from payments where id = 2')
    expect(asked.body).toMatchObject({ status: 'approval_required' })
    const metrics = await (await fetch(`${running.operator}/metrics`)).text()
    expect(metrics).toContain('cardea_approvals_pending 1')
  })

  test('takes nobody in without a token that holds', async () => {
    for (const bad of ['', 'x', `${token}x`, 'eyJhbGciOiJub25lIn0.e30.']) {
      expect((await running.query(bad, 'select 1')).status).toBe(401)
    }
  })

  test('keeps data sources apart: each has its policy and its trail', async () => {
    const other = await running.query(token, 'select id from payments', { data_source: 'reports' })
    expect(other.body).toMatchObject({ status: 'denied', rule: 'default-deny' })
    const third = await running.query(token, 'select 1', { data_source: 'payroll' })
    expect(third.status).toBe(404)
    const kept = (name: string) =>
      filesIn(place.at(`audit/${name}`))
        .map(({ text }) => text)
        .join('')
    expect(kept('reports')).toContain('"rule":"default-deny"')
    expect(kept('billing')).not.toContain('"rule":"default-deny"')
  })

  test('speaks MCP on the same socket', async () => {
    const response = await fetch(`${running.url}/mcp`, {
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
        params: { name: 'query', arguments: { sql: 'select pan from cards where id = 1' } },
      }),
    })
    const text = await response.text()
    expect([response.status, text.includes('411111******1111'), text.includes(PAN)]).toEqual([
      200,
      true,
      false,
    ])
  })

  test('has nothing else to show', async () => {
    for (const path of ['/', '/metrics', '/healthz', '/approvals', '/v2/query', `/x${PAN}?q=${PAN}`]) {
      const response = await fetch(`${running.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
      expect([path, response.status]).toEqual([path, 404])
    }
  })

  test('tells its operator that it lives, is ready, and what it did', async () => {
    const get = async (path: string) => {
      const response = await fetch(`${running.operator}${path}`)
      return [response.status, await response.text()] as const
    }
    expect(await get('/healthz')).toEqual([200, '{"status":"ok"}'])
    const [status, text] = await get('/readyz')
    expect([status, JSON.parse(text)]).toEqual([
      200,
      {
        status: 'ready',
        checks: {
          'database billing': 'ok',
          'database reports': 'ok',
          'trail billing': 'ok',
          'trail reports': 'ok',
          [`identity ${place.issuer.url}`]: 'ok',
        },
      },
    ])
    const [, metrics] = await get('/metrics')
    for (const line of [
      /^cardea_build_info\{version="0.0.0-test",node="v\d+\.\d+\.\d+"\} 1$/m,
      /^cardea_decisions_total\{data_source="billing",effect="allow",rule="pci\/read"\} [1-4]$/m,
      /^cardea_masked_cells_total\{data_source="billing",label="pan"\} [23]$/m,
      /^cardea_tool_calls_total\{door="http",tool="execute",result="executed"\} 1$/m,
      /^cardea_tool_calls_total\{door="mcp",tool="query",result="ok"\} 1$/m,
      /^cardea_requests_total\{door="other",status="4xx"\} 6$/m,
      /^cardea_pool_connections\{data_source="billing",state="idle"\} [1-4]$/m,
      /^cardea_statement_duration_seconds_count\{data_source="billing"\} [1-9]/m,
    ]) {
      expect(metrics).toMatch(line)
    }
  })

  test('writes no card number, no token, no statement and no secret into logs or figures', async () => {
    await running.query(token, `select '${PAN}' as x, id from payments where status = '${PAN}'`)
    await running.query(token, `select nothing_${PAN} from payments`)
    await running.execute(token, 'update payments set amount = 1/0 where id = 3')
    await fetch(`${running.url}/v1/tables/${PAN}?token=${token}`, {
      headers: { authorization: `Bearer ${token}`, 'x-agent-id': PAN, traceparent: PAN },
    })
    const metrics = await (await fetch(`${running.operator}/metrics`)).text()
    const log = running.log()
    expect(log.split('\n').length).toBeGreaterThan(10)
    for (const text of [log, metrics]) {
      expect(text).not.toContain(PAN)
      expect(text).not.toContain(token.slice(0, 40))
      expect(text).not.toMatch(/select|update payments/i)
      expect(text).not.toContain(place.database.password)
      for (const line of text.split('\n')) expect(scrubber.text(line)).toBe(line)
    }
    for (const { mode } of filesIn(place.at('audit'))) expect(mode & 0o077).toBe(0)
  })
})

describePostgres('a gateway with limits', () => {
  let place: Place

  beforeAll(async () => {
    place = await openPlace()
  })
  afterAll(() => place.close())

  const within = async (limits: object, use: (running: Running) => Promise<void>): Promise<void> => {
    const running = await run(place.config({ limits }))
    try {
      await use(running)
    } finally {
      await running.gateway.close()
    }
  }

  test('turns away who asks too often, and nobody else', () =>
    within({ perMinute: 3 }, async running => {
      const token = await place.token()
      const statuses: number[] = []
      for (let n = 0; n < 5; n += 1) statuses.push((await running.query(token, 'select 1')).status)
      expect(statuses).toEqual([200, 200, 200, 429, 429])
      const refused = await running.query(token, 'select 1')
      expect(refused.body).toMatchObject({ code: 'CARDEA_TOO_MANY_REQUESTS', retryable: true })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      place.issuer.addClient('other-bot')
      expect((await running.query(await place.token('other-bot'), 'select 1')).status).toBe(200)
    }))

  test('lets one caller have so many calls under way, and counts those that went away as over', () =>
    within({ concurrent: 2 }, async running => {
      const token = await place.token()
      // Headers and no body: under way as far as the gateway can tell.
      const going = [1, 2, 3].map(() => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        const call = request(`${running.url}/v1/query`, { method: 'POST', headers, agent: false })
        call.on('error', () => {})
        call.flushHeaders()
        return call
      })
      const refused = await Promise.race(going.map(call => once(call, 'response')))
      expect(refused[0]).toMatchObject({ statusCode: 429, headers: { 'retry-after': '1' } })
      expect((await running.query(token, 'select 1')).status).toBe(429)
      for (const call of going) call.destroy()
      let status = 0
      for (let tries = 0; tries < 200 && status !== 200; tries += 1) {
        status = (await running.query(token, 'select 1')).status
      }
      expect(status).toBe(200)
    }))
})
