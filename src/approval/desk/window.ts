/**
 * Windowed grants, the weaker kind: a set of statements, whatever their literals, for one caller and session,
 * within a budget of rows and a time. Policy must permit them for the rule that asks.
 */
import type { WindowTerms } from '../../model/decision.js'
import type { AnalyzedFacts } from '../../model/facts.js'
import type { Window } from '../../model/grant.js'
import type { Decided, DecidedSubmission } from '../../model/progress.js'
import type { Scrubber } from '../../model/scrub.js'
import type { ApprovalEntry } from '../approval-entry.js'
import type { Office } from './office.js'
import { isSame, windowAskOf } from './seal.js'

/** Why a statement does not stand under a window, or null when it does. */
export function objectionToWindow(office: Office, entry: ApprovalEntry, decided: Decided): string | null {
  const { window } = entry.request
  const { facts, decision } = decided
  if (window === undefined || !isSame(windowAskOf(office.key, decided, window), entry.ask)) {
    return 'The window was given to another caller or session, or policy or schema have changed.'
  }
  if (decision.effect === 'require_approval' && decision.approval?.window === undefined) {
    return 'Policy permits no window for this statement.'
  }
  if (!facts.analyzable || !window.fingerprints.includes(facts.fingerprint)) {
    return 'The statement is none of those that the window covers.'
  }
  return null
}

/** Rows that the statement may use up at most: those that it returns or those that it writes, whichever are more. */
export function rowsOf({ facts, decision }: DecidedSubmission): number {
  const { maxRows = Number.POSITIVE_INFINITY, maxAffectedRows = Number.POSITIVE_INFINITY } =
    decision.obligations
  if (!facts.analyzable) return Number.POSITIVE_INFINITY
  const returned =
    facts.output.length === 0 ? 0 : Math.min(maxRows, facts.maxRowsReturned ?? Number.POSITIVE_INFINITY)
  const written = facts.readOnly ? 0 : Math.min(maxAffectedRows, writtenAtMost(facts))
  return Math.max(returned, written, 1)
}

function writtenAtMost({ effects }: AnalyzedFacts): number {
  const writes = effects.filter(({ kind }) => kind !== 'select')
  return writes.reduce((sum, { maxRows }) => sum + (maxRows ?? Number.POSITIVE_INFINITY), 0)
}

/** The same decision, held to the rows that were set aside for it. */
export function withinRows(decided: DecidedSubmission, rows: number): DecidedSubmission {
  const { decision } = decided
  const { maxRows, maxAffectedRows } = decision.obligations
  const obligations = {
    ...decision.obligations,
    maxRows: Math.min(maxRows ?? rows, rows),
    maxAffectedRows: Math.min(maxAffectedRows ?? rows, rows),
  }
  return { ...decided, decision: { ...decision, obligations } }
}

/** What a caller asks for, cut to nothing: an objection in words, or the window as it would stand. */
export function windowFor(
  decided: readonly DecidedSubmission[],
  wish: { readonly rows: number; readonly durationMs: number },
  scrubber: Scrubber,
): Window | string {
  const fingerprints: string[] = []
  const { rows, durationMs } = wish
  if (decided.length === 0) return 'A window needs at least one statement.'
  if (!isCount(rows) || !isCount(durationMs))
    return 'A window needs whole numbers of rows and of time, above 0.'
  for (const { facts, decision } of decided) {
    const terms = decision.approval?.window
    if (decision.effect !== 'require_approval')
      return 'A statement of the window needs no approval; leave it out.'
    if (!facts.analyzable || terms === undefined) return 'Policy permits no window for one of the statements.'
    const over = excess(terms, wish)
    if (over !== null) return over
    // People must see, and records hold, exactly what a window covers.
    if (scrubber.also(decision.detect).text(facts.fingerprint) !== facts.fingerprint)
      return 'A name in a statement of the window looks like protected data; give it another name.'
    fingerprints.push(facts.fingerprint)
  }
  return { fingerprints: [...new Set(fingerprints)].sort(), rows, durationMs }
}

function excess(terms: WindowTerms, wish: { rows: number; durationMs: number }): string | null {
  if (wish.rows > terms.maxRows) return `Policy permits a window of ${terms.maxRows} rows at most.`
  if (wish.durationMs > terms.maxDurationMs) {
    return `Policy permits a window of ${Math.floor(terms.maxDurationMs / 60_000)} minutes at most.`
  }
  return null
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}
