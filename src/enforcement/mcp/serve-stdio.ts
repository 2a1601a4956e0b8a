/** MCP over standard input and output, for a host that starts the server itself and is its only client. */
import type { Readable, Writable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { CardeaErrorCode } from '../../errors.js'
import type { Toolbox, ToolResult } from '../../model/tool.js'
import { type Desk, mcpServer } from './mcp-server.js'
import type { ReleaseOptions } from './release.js'

export interface StdioOptions extends ReleaseOptions {
  /** Asked before each use, so that a caller's token can be renewed between calls. */
  readonly tools: () => Toolbox | Promise<Toolbox>
  readonly input: Readable
  /** Nothing else may write to it: it holds messages of the protocol only. */
  readonly output: Writable
  /** Cardea's, for `serverInfo`. */
  readonly version: string
  /** Ends the connection. */
  readonly stop: AbortSignal
}

/**
 * Serves one client of either protocol era. Resolves when the client is gone, or at `stop`, and what it had
 * under way has ended: calls that wait never run, calls that run are stopped.
 */
export async function serveMcpStdio(options: StdioOptions): Promise<void> {
  const { input, output, version, stop, ...release } = options
  const calls = new Set<Promise<ToolResult>>()
  const desk: Desk = {
    tools: options.tools,
    call: ({ name, args, options: how }) => {
      const call = called(options, name, args, how)
      calls.add(call)
      void call.then(
        () => calls.delete(call),
        () => calls.delete(call),
      )
      return call
    },
  }
  const transport = new StdioServerTransport(input, output)
  const handle = serveStdio(() => mcpServer(desk, { name: 'cardea', version }, release), {
    transport,
    maxSubscriptions: 0,
  })
  await ended(transport, output, stop)
  await handle.close()
  await Promise.allSettled(calls)
}

async function called(
  { tools }: StdioOptions,
  name: string,
  args: unknown,
  how: Parameters<Toolbox['callTool']>[2],
): Promise<ToolResult> {
  let toolbox: Toolbox
  try {
    toolbox = await tools()
  } catch {
    return unknownCaller(name)
  }
  return toolbox.callTool(name, args, how)
}

/** The token of whoever asks could not be had: it has run out, or cannot be renewed. */
function unknownCaller(name: string): ToolResult {
  const code: CardeaErrorCode = 'CARDEA_IDENTITY_REFUSED'
  const reason = 'There is no valid sign-in for this server. Nothing was run: the user has to sign in again.'
  const content = JSON.stringify({ status: 'denied', code, reason, retryable: false })
  return { type: 'ToolResult', name, result: [{ type: 'TextResultContent', content }], is_error: true }
}

/** The library closes the transport when its input ends or holds what cannot be a message. */
function ended(transport: StdioServerTransport, output: Writable, stop: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const { onclose } = transport
    transport.onclose = () => {
      onclose?.()
      resolve()
    }
    output.once('error', () => resolve())
    if (stop.aborted) resolve()
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
}
