/** A double of AutoGen's McpWorkbench (autogen-ext 0.7.5 over mcp 1.x): what it drops, what it fails on, what it never says. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ApprovalAnswer } from '../../../src/index.js'
import { holds } from '../../main-job/house.js'
import { describePostgres } from '../../support/databases.js'
import { type Door, openDoor, read, send } from './door.js'

interface Part {
  readonly type: string
  readonly text?: string
}

/** What the agent gets to see of a call. */
interface Seen {
  readonly is_error: boolean
  readonly text: string
}

/** Sends no `_meta` and no cancellation, reads page 1 only, and takes texts alone. */
class AutoGenDouble {
  #session = ''
  #id = 0

  constructor(
    readonly door: Door,
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  async start(): Promise<void> {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { sampling: {} },
      clientInfo: { name: 'mcp', version: '0.1.0' },
    }
    const { headers } = await this.#send('initialize', params)
    this.#session = headers.get('mcp-session-id') ?? ''
    await send(this.door, { jsonrpc: '2.0', method: 'notifications/initialized' }, this.#all())
  }

  async names(): Promise<string[]> {
    const { messages } = await this.#send('tools/list')
    const { tools = [] } = (messages[0]?.result ?? {}) as { tools?: readonly { name: string }[] }
    return tools.map(({ name }) => name)
  }

  async call(name: string, args: object): Promise<Seen> {
    const { messages } = await this.#send('tools/call', { name, arguments: args })
    const { result, error } = messages[0] ?? {}
    if (error !== undefined) return { is_error: true, text: `MCP error ${error.code}: ${error.message}` }
    const parts = (result?.['content'] ?? []) as unknown as Part[]
    const unknown = parts.some(({ type }) => !['text', 'image', 'resource'].includes(type))
    if (unknown) return { is_error: true, text: 'Unknown content type from server' }
    return {
      is_error: (result as { isError?: boolean }).isError === true,
      text: parts.map(({ text = '' }) => text).join('\n'),
    }
  }

  /** Stops listening and tells nobody; the connection stays open until the answer has come. */
  async callWithTimeout(name: string, args: object, ms: number): Promise<Seen | 'timed out'> {
    const late = new Promise<'timed out'>(resolve => setTimeout(() => resolve('timed out'), ms))
    return Promise.race([this.call(name, args), late])
  }

  #send(method: string, params?: object) {
    this.#id += 1
    return send(this.door, { method, params, jsonrpc: '2.0', id: this.#id }, this.#all())
  }

  #all(): Record<string, string> {
    if (this.#session === '') return { ...this.headers }
    return { ...this.headers, 'mcp-session-id': this.#session, 'mcp-protocol-version': '2025-11-25' }
  }
}

const PAN = '4111111111111111'
const UPDATE = { sql: "update payments set status = 'refunded' where id = 1" }

const yes: ApprovalAnswer = {
  decision: 'approved',
  approver: { subject: 'carol', issuer: 'https://login.corp.example' },
  reason: 'test',
}

describePostgres('AutoGen, as it is', () => {
  let door: Door
  let answer: (answer: ApprovalAnswer) => void = () => {}
  beforeAll(async () => {
    door = await openDoor({
      approval: ({ statement }) =>
        new Promise(resolve => {
          if (statement.startsWith('update')) answer = resolve
          else resolve(yes)
        }),
      workbench: { approval: 'wait', budgetMs: 3_000 },
    })
  })
  afterAll(() => door.close())

  async function workbench(token: string, agent: string): Promise<AutoGenDouble> {
    const headers = { authorization: `Bearer ${token}`, 'x-agent-id': agent, 'x-agent-framework': 'autogen' }
    const double = new AutoGenDouble(door, headers)
    await double.start()
    return double
  }

  test('two agents with two tokens work at once, and the records name the right ones', async () => {
    const pairs = [
      ['ada', 'researcher'],
      ['bob', 'writer'],
    ] as const
    const seen = await Promise.all(
      pairs.map(async ([subject, agent]) => {
        const double = await workbench(`token-of-${subject}`, agent)
        expect(await double.names()).toContain('query')
        const sql = `select id, pan, '${agent}' as who from cards order by id limit 2`
        const reads = [1, 2, 3].map(() => double.call('query', { sql }))
        const denied = await double.call('query', { sql: `select cvv as ${agent} from cards` })
        return [...(await Promise.all(reads)), denied]
      }),
    )
    for (const [first, , third, denied] of seen) {
      expect(first).toEqual(third)
      expect(first).toMatchObject({ is_error: false, text: expect.stringContaining('411111******1111') })
      expect(denied).toMatchObject({ is_error: true })
      expect(JSON.parse(denied?.text ?? '')).toMatchObject({
        status: 'denied',
        code: 'CARDEA_POLICY_DENIED',
        rule: expect.any(String),
        reason: expect.any(String),
      })
    }
    expect(holds(JSON.stringify(seen), PAN)).toBe(false)
    const records = door.house
      .trail()
      .split('\n')
      .filter(line => line.includes('"point":"mcp"'))
    for (const [subject, agent] of pairs) {
      const own = records.filter(line => line.includes(`"subject":"${subject}"`))
      expect(own.length).toBeGreaterThan(3)
      for (const line of own) expect(line).toContain(`"id":"${agent}"`)
    }
    expect(records.every(line => /"subject":"(ada|bob)"/.test(line))).toBe(true)
  })

  test('a client that has stopped listening gets no row by a late approval', async () => {
    const double = await workbench('token-of-ada', 'researcher')
    expect(await double.callWithTimeout('execute', UPDATE, 100)).toBe('timed out')
    const again = await double.call('execute', { ...UPDATE, sql: `${UPDATE.sql} and amount > 0` })
    expect(JSON.parse(again.text)).toMatchObject({ status: 'denied', code: 'CARDEA_ABANDONED' })
    answer(yes)
    const after = await double.call('query', { sql: 'select status from payments where id = 1' })
    expect(JSON.parse(after.text)).toMatchObject({ rows: [['settled']] })
  })

  test('a client that hides the text of errors from the model can have none flagged', async () => {
    const headers = { authorization: 'Bearer token-of-ada', 'x-cardea-denial-as': 'result' }
    const double = new AutoGenDouble(door, headers)
    await double.start()
    const denied = await double.call('query', { sql: 'select cvv from cards' })
    expect(denied.is_error).toBe(false)
    expect(JSON.parse(denied.text)).toMatchObject({ status: 'denied', code: 'CARDEA_POLICY_DENIED' })
  })

  test('a client that asks for it gets the same once more as structured content, masked', async () => {
    const params = { name: 'query', arguments: { sql: 'select pan from cards where id = 1' } }
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const { messages, text } = await send(door, call, { 'x-cardea-structured': 'true' })
    expect(messages[0]?.result).toMatchObject({
      content: [{ type: 'text' }],
      structuredContent: { status: 'ok', rows: [['411111******1111']] },
    })
    expect(holds(text, PAN)).toBe(false)
  })

  test('the context of a trace is passed on: from _meta, else from the header', async () => {
    const call = (meta: object) => ({
      jsonrpc: '2.0',
      id: 'call_7',
      method: 'tools/call',
      params: { name: 'query', arguments: { sql: 'select 1 as one' }, _meta: meta },
    })
    const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    door.calls.length = 0
    await send(door, call({ traceparent, tracestate: 'a=1' }), { traceparent: header })
    await send(door, call({}), { traceparent: header })
    await send(door, call({ traceparent: 7 }), { 'x-nothing': '1' })
    expect(door.calls.map(({ options }) => [options?.callId, options?.trace])).toEqual([
      ['call_7', { traceparent, tracestate: 'a=1' }],
      ['call_7', { traceparent: header }],
      ['call_7', {}],
    ])
  })

  test('nothing asks for a session: GET is answered at once', async () => {
    const response = await fetch(`${door.url}/mcp`, { headers: { accept: 'text/event-stream' } })
    expect((await read(response)).status).toBe(405)
  })
})
