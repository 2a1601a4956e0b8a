/** The MCP door on a real socket before a real database, with everything that it was told. */
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import {
  GovernedWorkbench,
  type Toolbox,
  type ToolCallOptions,
  type WorkbenchOptions,
} from '../../../src/agents/autogen.js'
import type { CallLedger, LedgerCall } from '../../../src/enforcement/call-ledger.js'
import type { Entrance, Visitor } from '../../../src/enforcement/entrance.js'
import { callLedger } from '../../../src/enforcement/ledger/ledger.js'
import { type McpPointOptions, mcpPoint } from '../../../src/enforcement/mcp/mcp-point.js'
import type { Principal } from '../../../src/index.js'
import type { Credentials } from '../../../src/model/principal.js'
import { systemClock } from '../../../src/util/clock.js'
import { ulids } from '../../../src/util/ids.js'
import { openHouse, type TestHouse, type TestHouseOptions } from '../../main-job/house.js'

/** Reads are masked; a payment may be updated by whoever is asked for it. */
export const WRITES = `
version: 1
labels:
  - { column: '*.cards.pan', label: pan }
rules:
  - id: reads
    effect: allow
    when: { kind: select }
  - id: refunds
    effect: allow
    when: { kind: update, relation: '*.payments' }
`

const issuer = 'https://login.corp.example'
export const ada: Principal = Object.freeze({
  subject: 'ada',
  issuer,
  kind: 'agent',
  roles: Object.freeze(['support']),
})
export const bob: Principal = Object.freeze({
  subject: 'bob',
  issuer,
  kind: 'agent',
  roles: Object.freeze(['support']),
})

/** Opaque words that stand for tokens where the provider is not what is tested. */
const TOKENS: Readonly<Record<string, Principal>> = { 'token-of-ada': ada, 'token-of-bob': bob }

export interface Door {
  readonly house: TestHouse
  readonly url: string
  readonly server: FastifyInstance
  /** What the ledger has been asked to carry. */
  readonly carried: readonly LedgerCall[]
  readonly visitors: Visitor[]
  /** What tools have been called with. */
  readonly calls: { readonly name: string; readonly options: ToolCallOptions | undefined }[]
  close(): Promise<void>
}

export interface DoorOptions extends TestHouseOptions {
  readonly point?: Partial<McpPointOptions>
  readonly identify?: (credentials: Credentials) => Promise<Principal | null>
  readonly workbench?: WorkbenchOptions
  /** Puts something between the door and the workbench. */
  readonly around?: (tools: Toolbox) => Toolbox
}

export async function identifyByWord(credentials: Credentials): Promise<Principal | null> {
  return credentials.kind === 'token' ? (TOKENS[credentials.token] ?? null) : null
}

export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const { point, identify = identifyByWord, around = tools => tools, workbench, ...rest } = options
  const house = await openHouse(rest)
  const visitors: Visitor[] = []
  const calls: Door['calls'] = []
  const ids = ulids(systemClock)
  const kept = callLedger({ clock: systemClock, ids })
  const carried: LedgerCall[] = []
  const ledger: CallLedger = {
    carry(call, work) {
      const carriedOut = kept.carry(call, work)
      carried.push(call)
      return carriedOut
    },
    close: () => kept.close(),
  }
  const entrance: Entrance = {
    dataSources: ['billing'],
    identify,
    admit(visitor) {
      visitors.push(visitor)
      if (visitor.dataSource !== undefined && visitor.dataSource !== 'billing')
        throw new RangeError('unknown')
      const { principal, agent, session, origination } = visitor
      const context = {
        session,
        origination,
        point: 'mcp' as const,
        ...(agent === undefined ? {} : { agent }),
      }
      const statements = house.governed.statements(principal, context)
      return { statements, tools: noting(around(new GovernedWorkbench(statements, workbench)), calls) }
    },
  }
  const server = fastify()
  await server.register(mcpPoint({ entrance, ledger, ids, version: '9.9.9', ...point }))
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.server.address() as AddressInfo
  return {
    house,
    url: `http://127.0.0.1:${port}`,
    server,
    carried,
    visitors,
    calls,
    close: async () => {
      await server.close()
      await ledger.close()
      await house.close()
    },
  }
}

function noting(tools: Toolbox, calls: Door['calls']): Toolbox {
  return {
    listTools: () => tools.listTools(),
    mayWrite: name => tools.mayWrite(name),
    callTool: (name, args, options) => {
      calls.push({ name, options })
      return tools.callTool(name, args, options)
    },
  }
}

export const HEADERS: Readonly<Record<string, string>> = {
  authorization: 'Bearer token-of-ada',
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  /** The JSON-RPC messages of the answer, out of whichever frame. */
  readonly messages: readonly Message[]
  readonly text: string
}

export interface Message {
  readonly id?: unknown
  readonly result?: Record<string, never> & { readonly [key: string]: unknown }
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export async function send(
  { url }: Pick<Door, 'url'>,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  path = '/mcp',
): Promise<Answered> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body: text,
  })
  return read(response)
}

export async function read(response: Response): Promise<Answered> {
  const text = await response.text()
  const frames = /event-stream/.test(response.headers.get('content-type') ?? '')
    ? [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => data)
    : [text].filter(one => one !== '')
  const messages = frames.flatMap(frame => JSON.parse(frame) as Message | Message[])
  return { status: response.status, headers: response.headers, messages, text }
}

export function toolCall(name: string, args: unknown, id: unknown = 1): Record<string, unknown> {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }
}

/** The one text of a tool's result, parsed. */
export function said({ messages }: Answered): Record<string, unknown> {
  const content = messages[0]?.result?.['content'] as { text: string }[] | undefined
  return JSON.parse(content?.[0]?.text ?? 'null')
}
