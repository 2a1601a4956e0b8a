import type { Label } from '../../model/catalog.js'
import type { Effect } from '../../model/decision.js'
import type { EffectKind, StatementEffect } from '../../model/facts.js'
import type { Finding } from '../compiled-rule.js'
import type { Subject } from '../subject.js'

/** What a baseline rule may know of the policy around it. */
export interface BaselineContext {
  /** False for a label that the policy shows as it is (`keep`): nothing about it needs hiding. */
  protects(label: Label): boolean
  /** True for a label whose columns are shown in part: a changed value would show other parts. */
  showsPart(label: Label): boolean
}

/** A rule of `pci-baseline`: data for people and tools, and one small predicate. */
export interface BaselineRule {
  readonly id: string
  readonly effect: Effect
  /** Whether an exception may lift it. */
  readonly liftable: boolean
  /** The PCI DSS v4.0.1 requirements it serves. */
  readonly requirements: readonly string[]
  /** What it refuses or asks, for the documentation. */
  readonly summary: string
  /** What the caller is told. */
  readonly reason: string
  find(subject: Subject, context: BaselineContext): readonly Finding[]
}

/** The findings of a rule that looks at each effect by itself. */
export function perEffect(
  subject: Subject,
  matches: (effect: StatementEffect) => boolean,
  words: (effect: StatementEffect) => string = effectWords,
): readonly Finding[] {
  return (subject.facts?.effects ?? []).filter(matches).map(effect => ({
    because: words(effect),
    focus: {
      effects: [effect],
      ...(effect.target === undefined
        ? {}
        : { relations: [{ ...effect.target, access: 'write', system: false }] }),
    },
  }))
}

/** A deny of whole kinds of statements. */
export function refusesKinds(
  rule: Omit<BaselineRule, 'find' | 'effect'>,
  kinds: readonly EffectKind[],
): BaselineRule {
  return {
    ...rule,
    effect: 'deny',
    find: subject => perEffect(subject, effect => kinds.includes(effect.kind)),
  }
}

export function effectWords(effect: StatementEffect): string {
  const where = effect.target === undefined ? '' : ` on ${effect.target.schema}.${effect.target.relation}`
  return effect.verb === effect.kind ? `${effect.kind}${where}` : `${effect.kind} (${effect.verb})${where}`
}
