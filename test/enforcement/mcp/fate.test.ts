/** Connections that break, calls that are taken back, calls that are sent again: nothing runs twice. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import type { Toolbox, ToolCallOptions, ToolResult } from '../../../src/agents/autogen.js'
import { describePostgres } from '../../support/databases.js'
import { type Door, openDoor, said, send, toolCall, WRITES } from './door.js'

const UPDATE = { sql: 'update payments set amount = amount + 1 where id = 1' }
const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'mcp', version: '0.1.0' } },
}
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'mcp', version: '0.1.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
const MODERN = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'execute' }

function modern(call: Record<string, unknown>): Record<string, unknown> {
  return { ...call, params: { ...(call['params'] as object), _meta: ENVELOPE } }
}

/** A workbench that stops before or after its work until it is let go. */
class Gate {
  readonly signals: AbortSignal[] = []
  readonly results: ToolResult[] = []
  #open: () => void = () => {}
  #reached: () => void = () => {}
  readonly opened = new Promise<void>(resolve => {
    this.#open = resolve
  })
  readonly reached = new Promise<void>(resolve => {
    this.#reached = resolve
  })

  constructor(readonly where: 'before' | 'after') {}

  open(): void {
    this.#open()
  }

  around(tools: Toolbox): Toolbox {
    const callTool = async (
      name: string,
      args: unknown,
      options: ToolCallOptions = {},
    ): Promise<ToolResult> => {
      if (options.signal !== undefined) this.signals.push(options.signal)
      if (this.where === 'before') await this.#stop()
      const result = await tools.callTool(name, args, options)
      if (this.where === 'after') await this.#stop()
      this.results.push(result)
      return result
    }
    return { listTools: () => tools.listTools(), mayWrite: name => tools.mayWrite(name), callTool }
  }

  async #stop(): Promise<void> {
    this.#reached()
    await this.opened
  }
}

function textOf(result: ToolResult | undefined): string {
  return result?.result[0]?.content ?? 'null'
}

describePostgres('the fate of a call', () => {
  let door: Door | undefined
  let gate: Gate | undefined
  afterEach(async () => {
    gate?.open()
    await door?.close()
  })

  async function amount(): Promise<number> {
    return Number((await door?.house.raw('payments').where({ id: 1 }).first())?.amount)
  }

  async function open(closed: Gate): Promise<Door> {
    gate = closed
    door = await openDoor({ policy: WRITES, around: tools => closed.around(tools) })
    return door
  }

  const eras = [
    ['2025-11-25', toolCall('execute', UPDATE), {}],
    ['2026-07-28', modern(toolCall('execute', UPDATE)), MODERN],
  ] as const

  test.each(eras)('%s: a connection that breaks before the write stops it', async (_, body, headers) => {
    const gate = new Gate('before')
    const it = await open(gate)
    await breakAt(gate, it, body, headers)
    gate.open()
    await soon(() => gate.results.length === 1)
    expect(JSON.parse(textOf(gate.results[0]))).toMatchObject({ status: 'denied', code: 'CARDEA_ABANDONED' })
    expect(await amount()).toBe(10)
    // It never ran, so it runs when it is sent again; and once more, as a call of its own.
    for (const after of [11, 12]) {
      expect(said(await send(it, body, headers))).toMatchObject({ status: 'executed' })
      expect(await amount()).toBe(after)
    }
  })

  test.each(eras)('%s: an answer that got lost is given to whoever asks again', async (_, body, headers) => {
    const gate = new Gate('after')
    const it = await open(gate)
    await breakAt(gate, it, body, headers)
    expect(await amount()).toBe(11)
    gate.open()
    expect(said(await send(it, body, headers))).toMatchObject({ status: 'executed', affected_rows: 1 })
    expect(await amount()).toBe(11)
    expect(gate.signals).toHaveLength(1)
    // That one arrived, so the next one is a new call.
    expect(said(await send(it, body, headers))).toMatchObject({ status: 'executed' })
    expect(await amount()).toBe(12)
  })

  test('a call that is sent again while it is under way runs once, and both are answered', async () => {
    const gate = new Gate('after')
    const it = await open(gate)
    const first = send(it, toolCall('execute', UPDATE, 1))
    await gate.reached
    const second = send(it, toolCall('execute', UPDATE, 2))
    await soon(() => it.carried.length === 2)
    gate.open()
    expect((await Promise.all([first, second])).map(said)).toEqual([
      expect.objectContaining({ status: 'executed' }),
      expect.objectContaining({ status: 'executed' }),
    ])
    expect(await amount()).toBe(11)
  })

  test('a call of the 2025 protocol can be taken back by its own session only', async () => {
    const gate = new Gate('before')
    const it = await open(gate)
    const session = (await send(it, initialize)).headers.get('mcp-session-id') ?? ''
    const other = (await send(it, initialize)).headers.get('mcp-session-id') ?? ''
    expect(other).not.toBe(session)
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } }
    const call = send(it, toolCall('execute', UPDATE, 7), { 'mcp-session-id': session })
    await gate.reached
    for (const headers of [
      {},
      { 'mcp-session-id': other },
      { 'mcp-session-id': session, authorization: 'Bearer token-of-bob' },
    ]) {
      expect((await send(it, cancel, headers)).status).toBe(202)
    }
    expect(gate.signals[0]?.aborted).toBe(false)
    expect((await send(it, cancel, { 'mcp-session-id': session })).status).toBe(202)
    expect(gate.signals[0]?.aborted).toBe(true)
    gate.open()
    expect(said(await call)).toMatchObject({ status: 'denied', code: 'CARDEA_ABANDONED' })
    expect(await amount()).toBe(10)
  })

  /** A call whose connection breaks while it stands at the gate. */
  async function breakAt(gate: Gate, { url }: Door, body: unknown, headers: object): Promise<void> {
    const abort = new AbortController()
    const broken = fetch(`${url}/mcp`, {
      method: 'POST',
      signal: abort.signal,
      headers: {
        authorization: 'Bearer token-of-ada',
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
    }).then(response => response.text())
    await gate.reached
    abort.abort()
    await expect(broken).rejects.toThrow()
    await soon(() => gate.signals[0]?.aborted === true)
  }

  async function soon(holds: () => boolean): Promise<void> {
    for (let tries = 0; tries < 500 && !holds(); tries += 1) await sleep(10)
    expect(holds()).toBe(true)
  }
})
