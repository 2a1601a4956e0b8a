/** A governor whose statements leave spans. Observes; what is decided and released stays as it is. */
import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Governor, Outcome } from '../model/governor.js'
import { isRefusal, type Refusal } from '../model/refusal.js'
import { isStream, type MaskCounts } from '../model/result.js'
import type { Submission } from '../model/submission.js'
import { type Clock, systemClock } from '../util/clock.js'
import { withTexts } from '../util/texts.js'
import { isFailure, judged, maskedCells, refused, submitted } from './statement-attributes.js'
import { tracedStream } from './traced-stream.js'

const tracer = trace.getTracer('cardea')

/** What may be said of a text that others have chosen: names, fingerprints, rules. */
export type Words = (text: string) => string

interface Teller {
  readonly clock: Clock
  readonly words: Words
}

/**
 * The same governor with a span for every statement that runs (kind client, named by its summary, open until the
 * last row of a stream) and for every approval that was waited for or ended in a refusal. Costs next to nothing
 * where no OpenTelemetry SDK is registered.
 */
export function tracedGovernor(
  governor: Governor,
  clock: Clock = systemClock,
  words: Words = text => text,
): Governor {
  const teller = { clock, words }
  return Object.freeze<Governor>({
    approve: (submission, signal) => approve(governor, teller, submission, signal),
    govern: (submission, executor, signal, pass) => {
      const span = statementSpan(submission, words)
      if (!span.isRecording()) return governor.govern(submission, executor, signal, pass)
      return traced(span, words, () => governor.govern(submission, executor, signal, pass))
    },
    explain: submission => governor.explain(submission),
    petition: (asked, plea) => governor.petition(asked, plea),
  })
}

/** Most statements need nobody's approval: a span for each would say nothing. */
async function approve(
  governor: Governor,
  { clock, words }: Teller,
  submission: Submission,
  signal: AbortSignal,
): ReturnType<Governor['approve']> {
  const startTime = clock.now()
  const span = (): Span =>
    tracer.startSpan(words(`approve ${submission.dataSource.id}`), {
      startTime,
      attributes: said(submitted(submission), words),
    })
  try {
    const answer = await governor.approve(submission, signal)
    if (isRefusal(answer)) refuse(span(), answer, words)
    else if (answer.grant !== null) span().end()
    return answer
  } catch (error) {
    fail(span(), error)
    throw error
  }
}

function statementSpan(submission: Submission, words: Words): Span {
  const { 'db.namespace': _, ...fixed } = submitted(submission)
  const span = tracer.startSpan(String(fixed['db.system.name']), { kind: SpanKind.CLIENT, attributes: fixed })
  return span.isRecording() ? span.setAttributes(said(submitted(submission), words)) : span
}

async function traced(span: Span, words: Words, govern: () => Promise<Outcome>): Promise<Outcome> {
  let outcome: Outcome
  try {
    outcome = await context.with(trace.setSpan(context.active(), span), govern)
  } catch (error) {
    fail(span, error)
    throw error
  }
  return told(span, outcome, words)
}

function told(span: Span, outcome: Outcome, words: Words): Outcome {
  if (outcome.about !== undefined) {
    const attributes = said(judged(outcome.about), words)
    const name = attributes['db.query.summary']
    span.setAttributes(attributes)
    if (typeof name === 'string') span.updateName(name)
  }
  switch (outcome.kind) {
    case 'refused':
      refuse(span, outcome.refusal, words)
      return outcome
    case 'failed':
      span.setAttributes(engineFailure(outcome.error.code)).setStatus({ code: SpanStatusCode.ERROR }).end()
      return outcome
    case 'released': {
      const { result, masked } = outcome
      if (!isStream(result)) {
        released(span, result.rows.length, masked())
        return outcome
      }
      const ended = (rows: number, error?: unknown): void =>
        error === undefined ? released(span, rows, masked()) : fail(span, error)
      return { ...outcome, result: tracedStream(result, ended) }
    }
  }
}

function released(span: Span, rows: number, counts: MaskCounts): void {
  span.setAttributes({ 'db.response.returned_rows': rows, ...maskedCells(counts) }).end()
}

function refuse(span: Span, refusal: Refusal, words: Words): void {
  if (isFailure(refusal)) span.setStatus({ code: SpanStatusCode.ERROR })
  span.setAttributes(said(refused(refusal), words)).end()
}

function said(attributes: Attributes, words: Words): Attributes {
  return withTexts(attributes, words)
}

/** @param code SQLSTATE, or the driver's own where the engine has none. */
function engineFailure(code = '_OTHER'): Record<string, string> {
  return { 'error.type': code, ...(code === '_OTHER' ? {} : { 'db.response.status_code': code }) }
}

/** Only the stable code of an error of ours: messages are for whoever asked. */
function fail(span: Span, error: unknown): void {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  span.setAttribute('error.type', /^CARDEA_[A-Z_]+$/.test(code) ? code : '_OTHER')
  span.setStatus({ code: SpanStatusCode.ERROR }).end()
}
