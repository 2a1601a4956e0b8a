/** Answers of tools as the ledger keeps and gives them. */
import type { CardeaErrorCode } from '../../errors.js'
import { abandoned } from '../../model/refusal.js'
import type { ToolResult } from '../../model/tool.js'

/**
 * `ran`: may have taken effect. `never`: surely did not. `gave up`: surely did not, because its own caller went
 * away, which says nothing about anybody else who asks for the same.
 */
export type Course = 'ran' | 'never' | 'gave up'

/** Refusals from before the database is asked. Those of execution and masking may follow a write that stands. */
const BEFORE: ReadonlySet<unknown> = new Set<CardeaErrorCode>([
  'CARDEA_IDENTITY_REFUSED',
  'CARDEA_POLICY_DENIED',
  'CARDEA_APPROVAL_DENIED',
  'CARDEA_APPROVAL_TIMEOUT',
  'CARDEA_APPROVAL_PENDING',
  'CARDEA_APPROVAL_UNAVAILABLE',
  'CARDEA_APPROVAL_LIMIT',
  'CARDEA_GRANT_INVALID',
])

/**
 * Errors with which an engine says that it undid the statement for the sake of others: PostgreSQL's
 * serialization_failure and deadlock_detected (its manual, appendix A), MySQL's lock errors, SQLite's busy.
 */
const UNDONE: ReadonlySet<unknown> = new Set([
  '40001',
  '40P01',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'SQLITE_BUSY',
])

/** What a tool answers that ran nothing: it asks, for people or for other arguments. */
const ASKING: ReadonlySet<unknown> = new Set([
  'invalid',
  'approval_required',
  'pending',
  'approved',
  'expired',
  'consumed',
])

export function courseOf({ result }: ToolResult): Course {
  const [first] = result
  const { status, code, reason } = fieldsOf(first?.content ?? '')
  if (ASKING.has(status)) return 'never'
  if (status === 'denied' && BEFORE.has(code)) return 'never'
  if (status === 'denied' && code === abandoned.code && reason === abandoned.reason) return 'gave up'
  return status === 'failed' && UNDONE.has(code) ? 'never' : 'ran'
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** A result of the ledger's own, in the words of every tool. */
export function failed(tool: string, code: CardeaErrorCode, reason: string, retryable: boolean): ToolResult {
  const content = JSON.stringify({ status: 'failed', code, reason, retryable })
  return { type: 'ToolResult', name: tool, result: [{ type: 'TextResultContent', content }], is_error: true }
}

export function otherAsk(tool: string): ToolResult {
  const reason =
    'The idempotency key was used before with another tool or other arguments. Choose a new key for a new call.'
  return failed(tool, 'CARDEA_IDEMPOTENCY_KEY', reason, false)
}

const TOO_LONG = ''

/** The masked texts of a result, for a store. What is longer than `most` characters is carried out without a copy. */
export function answerText({ result, is_error }: ToolResult, most: number): string {
  const text = JSON.stringify({ texts: result.map(({ content }) => content), is_error })
  return text.length > most ? TOO_LONG : text
}

/** The result that was kept; null for one that was too long, or that somebody edited. */
export function restored(tool: string, answer: string): ToolResult | null {
  const { texts, is_error } = fieldsOf(answer)
  if (!Array.isArray(texts) || typeof is_error !== 'boolean') return null
  const result = texts.map(text => ({ type: 'TextResultContent' as const, content: String(text) }))
  return { type: 'ToolResult', name: tool, result, is_error }
}
