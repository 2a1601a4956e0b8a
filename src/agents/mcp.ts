/** Governed tools on an MCP server of the program's own (`@modelcontextprotocol/server` 2, `@modelcontextprotocol/sdk` 1). */
import { z } from 'zod'
import type { Toolbox } from '../model/tool.js'
import { parametersOf, textOf } from './tool-text.js'

export type { Toolbox } from '../model/tool.js'

/** The part of an `McpServer` that is used, of either SDK. */
export interface McpToolRegistry {
  // biome-ignore lint/suspicious/noExplicitAny: each SDK has its own generic signature
  registerTool(name: string, config: any, handler: any): unknown
}

interface McpRequest {
  readonly id?: string | number
  readonly signal?: AbortSignal
  readonly _meta?: Readonly<Record<string, unknown>>
}

/** What a handler gets beside the arguments: version 2 has the request in it, version 1 is the request. */
interface McpCall extends McpRequest {
  readonly mcpReq?: McpRequest
  readonly requestId?: string | number
}

/**
 * Registers the tools of a toolbox on the program's own MCP server, beside whatever it offers itself. One server
 * speaks for one caller: the toolbox is that caller's. For many callers, each with a token, use the gateway.
 *
 * Results are text. A denial has `isError` and a reason that the model can act on. Cancellation stops the call.
 *
 * @example
 * const server = new McpServer({ name: 'payments', version: '1.0.0' })
 * toMcp(server, new GovernedWorkbench(connection.statements(alice, { session: 'desk' })))
 * await server.connect(new StdioServerTransport())
 */
export function toMcp(server: McpToolRegistry, toolbox: Toolbox): void {
  for (const tool of toolbox.listTools()) {
    // Version 1 takes nothing but zod. The schema is shown as it is; the tool reads its arguments itself.
    const inputSchema = z.looseObject({}).meta({ ...parametersOf(tool) })
    const writes = toolbox.mayWrite(tool.name)
    const annotations = { readOnlyHint: !writes, destructiveHint: writes, openWorldHint: false }
    const config = { description: tool.description, inputSchema, annotations }
    server.registerTool(tool.name, config, async (args: unknown, context: McpCall) => {
      const { signal, id, _meta } = requestOf(context)
      const { text, isError } = await textOf(toolbox, tool.name, args, {
        signal,
        callId: id === undefined ? undefined : String(id),
        trace: traceIn(_meta),
      })
      return { content: [{ type: 'text', text }], isError }
    })
  }
}

function requestOf({ mcpReq, requestId, ...rest }: McpCall): McpRequest {
  return mcpReq ?? { ...rest, ...(requestId === undefined ? {} : { id: requestId }) }
}

/** W3C trace context, where the client sends one (SEP-414). */
function traceIn(meta: McpRequest['_meta'] = {}): Record<string, string> {
  const found = ['traceparent', 'tracestate'].map(name => [name, meta[name]])
  return Object.fromEntries(found.filter(([, value]) => typeof value === 'string'))
}
