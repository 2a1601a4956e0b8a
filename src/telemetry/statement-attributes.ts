/**
 * What a span says of a statement, by OpenTelemetry's conventions for databases. Never its text, its bindings, a
 * row or an error's words: the fingerprint is the statement with every literal taken out.
 */
import type { Attributes } from '@opentelemetry/api'
import type { Dialect } from '../model/dialect.js'
import type { AnalyzedFacts } from '../model/facts.js'
import type { Explanation } from '../model/governor.js'
import type { Refusal } from '../model/refusal.js'
import type { MaskCounts } from '../model/result.js'
import type { Submission } from '../model/submission.js'
import { isCardLike } from '../util/card-like.js'

const SYSTEM: Readonly<Record<Dialect, string>> = { postgres: 'postgresql', mysql: 'mysql', sqlite: 'sqlite' }
/** What the conventions ask of a summary. */
const LONGEST_SUMMARY = 255

/** Known before anything is judged. */
export function submitted({ dialect, dataSource, point }: Submission): Attributes {
  return { 'db.system.name': SYSTEM[dialect], 'db.namespace': dataSource.id, 'cardea.point': point }
}

/** What analysis found and policy decided. Of a text that was not understood nothing is said. */
export function judged({ facts, decision }: Explanation): Attributes {
  const words = facts.analyzable ? summary(facts) : ''
  return {
    'cardea.decision.id': decision.id,
    'cardea.effect': decision.effect,
    'cardea.rule': decision.rule,
    ...(facts.analyzable
      ? {
          'db.operation.name': facts.kind.toUpperCase(),
          ...(isCardLike(words) ? {} : { 'db.query.summary': words }),
          'db.query.text': facts.fingerprint,
        }
      : {}),
  }
}

/** `SELECT public.cards public.payments` */
export function summary({ kind, relations }: AnalyzedFacts): string {
  const words = [kind.toUpperCase(), ...new Set(relations.map(use => `${use.schema}.${use.relation}`))]
  let text = ''
  for (const word of words) {
    if (text.length + 1 + word.length > LONGEST_SUMMARY) break
    text += text === '' ? word : ` ${word}`
  }
  return text
}

/** To be told to come back with a ticket is no failure. */
export function isFailure({ code }: Refusal): boolean {
  return code !== 'CARDEA_APPROVAL_PENDING'
}

export function refused(refusal: Refusal): Attributes {
  const { code, decisionId, rule } = refusal
  return {
    ...(isFailure(refusal) ? { 'error.type': code } : {}),
    ...(decisionId === undefined ? {} : { 'cardea.decision.id': decisionId }),
    ...(rule === undefined ? {} : { 'cardea.rule': rule }),
  }
}

/** Cells that masking changed, by label or detector: `cardea.masked.pan`. */
export function maskedCells(counts: MaskCounts): Attributes {
  return Object.fromEntries(Object.entries(counts).map(([label, count]) => [`cardea.masked.${label}`, count]))
}
