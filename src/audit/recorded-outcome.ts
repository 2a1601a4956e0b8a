import type { OutcomeDetail } from '../model/record.js'

export type Ending = Omit<OutcomeDetail, 'durationMs'>

/** Members in canonical order: see orderedJson. */
export function recordedOutcome(ending: Ending, durationMs: number): OutcomeDetail {
  const outcome: { -readonly [Member in keyof OutcomeDetail]?: OutcomeDetail[Member] } = {}
  if (ending.affected !== undefined) outcome.affected = ending.affected
  if (ending.bytes !== undefined) outcome.bytes = ending.bytes
  if (ending.columns !== undefined) outcome.columns = ending.columns
  if (ending.digest !== undefined) outcome.digest = ending.digest
  if (ending.digestForm !== undefined) outcome.digestForm = ending.digestForm
  outcome.durationMs = durationMs
  if (ending.error !== undefined) outcome.error = ending.error
  if (ending.masked !== undefined) outcome.masked = ending.masked
  if (ending.payload !== undefined) outcome.payload = ending.payload
  if (ending.payloadTruncated !== undefined) outcome.payloadTruncated = ending.payloadTruncated
  if (ending.rows !== undefined) outcome.rows = ending.rows
  outcome.status = ending.status
  if (ending.truncated !== undefined) outcome.truncated = ending.truncated
  return outcome as OutcomeDetail
}
