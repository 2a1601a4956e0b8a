/** How many rows a statement may write, and whether that can be known before, after, or not at all. */
import type { Obligations } from '../model/decision.js'
import type { EngineError } from '../model/executor.js'
import { isEngineError } from '../model/executor.js'
import type { AnalyzedFacts, EffectKind, Facts, StatementEffect } from '../model/facts.js'
import type { Intended } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import { isStream, type Result } from '../model/result.js'
import { affectedLimit, uncountable } from './refusals.js'

/** Effects that write rows, and those that may do so out of sight. */
const WRITING: readonly EffectKind[] = ['insert', 'update', 'delete', 'merge', 'import', 'procedural']

/**
 * `free`: no cap, or the text itself keeps to it. `count`: at most so many may be counted afterwards.
 * `uncountable`: the engine's count would not cover everything that the statement writes.
 */
export type AffectedBound =
  | { readonly kind: 'free' }
  | { readonly kind: 'count'; readonly atMost: number }
  | { readonly kind: 'uncountable'; readonly why: string }

export function affectedBound(facts: Facts, { maxAffectedRows: cap }: Obligations): AffectedBound {
  if (cap === undefined) return { kind: 'free' }
  if (!facts.analyzable) return { kind: 'count', atMost: cap }
  if (facts.effects.some(({ verb }) => verb.startsWith('truncate'))) {
    return { kind: 'uncountable', why: 'TRUNCATE does not say how many; use DELETE with a condition' }
  }
  const writes = facts.effects.filter(writesRows)
  if (writes.length === 0) return { kind: 'free' }
  if (bounded(writes) <= cap) return { kind: 'free' }

  // Engines count the outermost write only: what stands inside must be bounded by the text.
  const inner = writes.filter(effect => !isCounted(effect, facts))
  const rest = cap - bounded(inner)
  if (rest === Number.NEGATIVE_INFINITY) {
    return {
      kind: 'uncountable',
      why: 'a write inside another statement is not; run it as a statement of its own',
    }
  }
  if (rest < 0 || inner.length === writes.length) {
    return { kind: 'uncountable', why: 'the writes inside the statement alone may exceed it' }
  }
  return { kind: 'count', atMost: rest }
}

/** Whether the engine's count of the statement covers an effect of it. Only PostgreSQL has writes inside others. */
function isCounted(effect: StatementEffect, { dialect, effects }: AnalyzedFacts): boolean {
  const [outermost] = effects
  if (effect === outermost || dialect === 'mysql' || dialect === 'sqlite') return true
  const isSoleMerge =
    outermost?.kind === 'merge' && effects.filter(({ kind }) => kind === 'merge').length === 1
  return isSoleMerge && effect.verb.startsWith('merge ')
}

function writesRows({ kind }: StatementEffect): boolean {
  return WRITING.includes(kind)
}

function bounded(effects: readonly StatementEffect[]): number {
  return effects.reduce((sum, { maxRows }) => sum + (maxRows ?? Number.POSITIVE_INFINITY), 0)
}

/**
 * A bracket is needed to count, where a refusal for too many returned rows must undo the write, and where the
 * write of a caller that has vanished must not stay.
 */
export function needsBracket(
  bound: AffectedBound,
  facts: Facts,
  { maxRows }: Obligations,
  revocable: boolean,
): boolean {
  if (bound.kind === 'count') return true
  if (!facts.analyzable) return false
  const writes = facts.effects.filter(writesRows)
  if (writes.length === 0) return false
  return revocable || (maxRows !== undefined && facts.output.length > 0 && bounded(writes) > maxRows)
}

/** The refusal of a write that went too far, or that nobody can vouch for. */
export function writtenTooMuch(
  intended: Intended,
  result: Result | EngineError,
  atMost: number | undefined,
): Refusal | undefined {
  if (isEngineError(result)) return undefined
  if (isStream(result))
    return uncountable(intended, 'the result arrives as a stream; run it without streaming')
  if (atMost === undefined) return undefined
  if (result.affected === undefined) return uncountable(intended, 'the database does not tell')
  return result.affected > atMost ? affectedLimit(intended) : undefined
}
