import type { ToolResult } from '../../model/tool.js'
import type { CallLedger } from '../call-ledger.js'
import type { Exchange } from '../exchange.js'
import type { Visit } from '../visit.js'
import type { CallsUnderWay } from './calls-under-way.js'
import type { Desk, DeskCall } from './mcp-server.js'

/** What the desk of one HTTP request works with. */
export interface HttpDeskParts {
  readonly visit: Visit
  readonly exchange: Exchange
  readonly ledger: CallLedger
  readonly underWay: CallsUnderWay
  /** As the client names it; see `CallsUnderWay`. */
  readonly session: string | undefined
}

/** Serves one request: its calls end when its connection does, and writes go through the ledger. */
export function httpDesk(parts: HttpDeskParts): Desk {
  const { tools } = parts.visit.admission
  return { tools: () => tools, call: call => run(parts, call) }
}

async function run(parts: HttpDeskParts, { name, args, id, options }: DeskCall): Promise<ToolResult> {
  const { visit, exchange, ledger, underWay, session } = parts
  const { tools } = visit.admission
  const call = underWay.begin(visit.caller, session, id)
  const signal = AbortSignal.any([options.signal, exchange.signal, call.signal])
  const trace = options.trace ?? visit.trace
  const work = (): Promise<ToolResult> => tools.callTool(name, args, { ...options, trace, signal })
  try {
    if (!tools.mayWrite(name)) return await work()
    const carried = await ledger.carry({ caller: visit.caller, tool: name, args }, work)
    // Whoever took the call back does not read its answer.
    if (call.signal.aborted) carried.lost()
    else exchange.hold(carried)
    return carried.result
  } finally {
    call.end()
  }
}
