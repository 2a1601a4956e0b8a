/** MCP over standard input and output, for a host that starts the server itself and is its only client. */
import type { Readable, Writable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
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
  return (await tools()).callTool(name, args, how)
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
