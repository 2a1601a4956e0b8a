/** What writes the parts of a record, by the packs that its decision names: few sets of them are in use. */
import type { Decision } from '../model/decision.js'
import type { Pack } from '../model/pack.js'
import type { Scrubber } from '../model/scrub.js'
import { recordedShapes } from './recorded-shape.js'
import { textRecorder } from './recorded-text.js'
import { statementRecorder } from './statement-record.js'

export interface Pens {
  /** Errors, and other words about a statement or its result. */
  readonly text: (text: string) => string
  readonly body: ReturnType<typeof statementRecorder>
  readonly shape: ReturnType<typeof recordedShapes>
}

/**
 * By the packs of a decision, or of the policy in force where nothing was decided.
 *
 * @param who masks and cuts who acted and what the policy calls things: never by the packs, so that a record
 *   names its principal by an e-mail address where that is the subject
 */
export function pensBy(
  scrubber: Scrubber,
  who: (text: string) => string,
  inForce: (() => readonly Pack[] | undefined) | undefined,
): (decision: Pick<Decision, 'detect'> | undefined) => Pens {
  const pens = (also: Scrubber, text: Pens['text']): Pens =>
    Object.freeze({ text, body: statementRecorder(also, who, text), shape: recordedShapes(also, text) })
  const plain = pens(scrubber, who)
  const known = new Map<string, Pens>()
  return decision => {
    const packs = decision === undefined ? inForce?.() : decision.detect
    if (packs === undefined) return plain
    const key = packs.join()
    const before = known.get(key)
    if (before !== undefined) return before
    const also = scrubber.also(packs)
    const made = pens(also, textRecorder(also))
    known.set(key, made)
    return made
  }
}
