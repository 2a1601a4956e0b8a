import type { ToolResult } from '../model/tool.js'

/**
 * Keeps a write from being carried out twice when its answer is lost: by a client that sends the call again
 * after a broken connection, or to another process after this one was killed. Both network doors use it for
 * every tool that may write; reads go past it.
 */
export interface CallLedger {
  /**
   * Runs the work unless the same call is under way or has an answer that was never delivered.
   *
   * Two calls are the same when caller, tool and arguments are equal and either both name the same
   * idempotency key, or none names one and the earlier one's answer has not reached its caller yet. So of two
   * equal calls at the same moment one runs and both get its answer, and one after the other both run.
   */
  carry(call: LedgerCall, work: () => Promise<ToolResult>): Promise<Carried>
  close(): Promise<void>
}

export interface LedgerCall {
  /** Principal, agent, session and data source as one text. */
  readonly caller: string
  readonly tool: string
  readonly args: unknown
  /** Of the client's own making, for as long as the ledger keeps it. */
  readonly idempotencyKey?: string
}

export interface Carried {
  readonly result: ToolResult
  /** The work was not run for this call: the answer is that of an earlier one. */
  readonly repeated: boolean
  /** For the transport to say, once: the answer has been handed to the network whole. */
  delivered(): void
  /** For the transport to say, once: the connection was gone before. The next equal call gets the answer. */
  lost(): void
}
