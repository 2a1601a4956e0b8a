/** The protocol's server for one request (HTTP) or one connection (stdio): tools and nothing else. */
import { ProtocolError, ProtocolErrorCode, Server, type ServerContext } from '@modelcontextprotocol/server'
import type { Toolbox, ToolCallOptions, ToolResult } from '../../model/tool.js'
import { listedTools, type ReleaseOptions, releasedResult } from './release.js'

/** What a server serves: the tools of one caller, and how a call of them is run. */
export interface Desk {
  tools(): Toolbox | Promise<Toolbox>
  call(call: DeskCall): Promise<ToolResult>
}

export interface DeskCall {
  readonly name: string
  readonly args: unknown
  /** Of the JSON-RPC request. */
  readonly id: string | number
  readonly options: ToolCallOptions & { readonly signal: AbortSignal }
}

/** How the server introduces itself. */
export interface ServerIdentity {
  readonly name: string
  readonly version: string
}

const TRACE_KEYS = ['traceparent', 'tracestate'] as const
const LONGEST_TRACE = 512
const CALL_ID = /^[\x21-\x7e]{1,128}$/
/** The list changes with a release only. */
const LIST_TTL_MS = 60_000

const INSTRUCTIONS =
  'A governed database. Every statement is checked against a policy, may need a person to approve it, and is ' +
  'recorded; card numbers come back masked. A refusal says why and what to do: do not try to get round it.'

/** The library would build a validator for each server; none of ours validates with it. */
const noValidator = Object.freeze({
  getValidator: () => () => ({ valid: false as const, data: undefined, errorMessage: 'Not offered.' }),
})

export function mcpServer(desk: Desk, identity: ServerIdentity, release: ReleaseOptions): Server {
  const server = new Server(
    { ...identity },
    {
      capabilities: { tools: {} },
      instructions: INSTRUCTIONS,
      jsonSchemaValidator: noValidator,
      cacheHints: { 'tools/list': { ttlMs: LIST_TTL_MS, cacheScope: 'private' } },
    },
  )
  server.setRequestHandler('tools/list', () => guarded(async () => listedTools(await desk.tools())))
  server.setRequestHandler('tools/call', ({ params }, context) =>
    guarded(async () => {
      const { name, arguments: args = {} } = params
      const result = await desk.call({ name, args, id: context.mcpReq.id, options: callOptions(context) })
      return releasedResult(result, release)
    }),
  )
  return server
}

function callOptions({ mcpReq }: ServerContext): DeskCall['options'] {
  const { signal, id, _meta: meta } = mcpReq
  const trace = traceIn(meta)
  const callId = String(id)
  return {
    signal,
    ...(CALL_ID.test(callId) ? { callId } : {}),
    ...(trace === undefined ? {} : { trace }),
  }
}

/** W3C trace context as MCP clients carry it (SEP-414). */
function traceIn(meta: Readonly<Record<string, unknown>> | undefined): Record<string, string> | undefined {
  const carrier: Record<string, string> = {}
  for (const key of TRACE_KEYS) {
    const value = meta?.[key]
    if (typeof value === 'string' && value.length <= LONGEST_TRACE) carrier[key] = value
  }
  return carrier['traceparent'] === undefined ? undefined : carrier
}

/** The library would send an exception's own words. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch {
    throw new ProtocolError(
      ProtocolErrorCode.InternalError,
      'The gateway could not work. Nothing is known of the call.',
    )
  }
}
