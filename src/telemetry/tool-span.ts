/**
 * One span for each tool call, named and described by OpenTelemetry's conventions for generative AI
 * (`execute_tool`). Arguments and results, which the conventions would allow, are never in it.
 */
import { type Context, context, type Link, propagation, SpanStatusCode, trace } from '@opentelemetry/api'
import { isCardLike } from '../util/card-like.js'

/** W3C trace context as a client sent it: `traceparent`, `tracestate`. */
export type TraceCarrier = Readonly<Record<string, string>>

export interface ToolSpan {
  readonly tool: string
  readonly callId?: string
  /** Of the caller, from a header or MCP's `_meta`. */
  readonly trace?: TraceCarrier
}

const tracer = trace.getTracer('cardea')

/** Answers that did not do what was asked. */
const FAILURES: ReadonlySet<string> = new Set(['denied', 'failed', 'invalid'])

/**
 * Runs one tool call under a span of its own. Spans of the statements within it become its children. Costs next
 * to nothing where no OpenTelemetry SDK is registered.
 *
 * @returns what `work` returns; a rejection passes through.
 */
export function withToolSpan<T>(
  { tool, callId, trace: carrier }: ToolSpan,
  work: () => Promise<T>,
): Promise<T> {
  const name = nameOf(tool)
  const { parent, links } = origin(carrier)
  const attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': name,
    'gen_ai.tool.type': 'datastore',
    ...(callId === undefined || !isPlainId(callId) ? {} : { 'gen_ai.tool.call.id': callId }),
  }
  return tracer.startActiveSpan(`execute_tool ${name}`, { attributes, links }, parent, async span => {
    try {
      const result = await work()
      if (span.isRecording()) span.setAttributes(said(result, failure => span.setStatus(failure)))
      return result
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      span.setAttribute('error.type', codeOf(error))
      throw error
    } finally {
      span.end()
    }
  })
}

/**
 * The span that the call belongs under: the one that is active, unless the caller's own trace is another. Then
 * the active one is linked. Baggage is not taken over: it may hold anything.
 */
function origin(carrier: TraceCarrier | undefined): { parent: Context; links: Link[] } {
  const here = context.active()
  const traceparent = carrier?.['traceparent']
  if (traceparent === undefined) return { parent: here, links: [] }
  const tracestate = carrier?.['tracestate']
  const there = propagation.extract(here, {
    traceparent,
    ...(tracestate === undefined || isCardLike(tracestate) ? {} : { tracestate }),
  })
  const local = trace.getSpanContext(here)
  if (trace.getSpanContext(there)?.traceId === local?.traceId) return { parent: here, links: [] }
  return { parent: there, links: local === undefined ? [] : [{ context: local }] }
}

/** What the answer says of itself, in the words at its start, which are Cardea's own. */
function said(result: unknown, fail: (failure: { code: SpanStatusCode }) => unknown): Record<string, string> {
  const { result: parts = [] } = (result ?? {}) as { result?: readonly { content?: unknown }[] }
  const [, status = '', code = status] =
    /^\{"status":"([a-z_]{1,32})"(?:,"code":"(\w{1,64})")?/.exec(String(parts[0]?.content ?? '')) ?? []
  if (status === '') return {}
  if (!FAILURES.has(status)) return { 'cardea.tool.status': status }
  fail({ code: SpanStatusCode.ERROR })
  return { 'cardea.tool.status': status, 'error.type': code }
}

/** A model may ask for a tool by any text at all. */
function nameOf(tool: string): string {
  return /^[a-z][a-z_]{0,63}$/.test(tool) ? tool : 'unknown'
}

/** Clients make up the ids of their calls: nothing with as many digits in a row as a card number. */
function isPlainId(id: string): boolean {
  return /^[\w.:-]{1,128}$/.test(id) && !isCardLike(id)
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^CARDEA_[A-Z_]+$/.test(code) ? code : '_OTHER'
}
