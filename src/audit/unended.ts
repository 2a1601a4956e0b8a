import type { IntentRecord, OutcomeRecord } from './open-statements.js'
import { recordedOutcome } from './recorded-outcome.js'

/** The outcome of a statement whose intent the trail has and a mandatory sink did not take: no stage after it goes on. */
export function unendedOutcome({ id, time: begun }: IntentRecord, time: string): OutcomeRecord {
  const message = 'A mandatory audit sink did not take its record, so nothing of it was released.'
  const error = { code: 'CARDEA_AUDIT_UNAVAILABLE', message }
  const elapsed = Math.max(0, Date.parse(time) - Date.parse(begun))
  const outcome = recordedOutcome({ status: 'failed', error }, elapsed)
  return { event: 'statement', phase: 'outcome', id, time, outcome }
}
