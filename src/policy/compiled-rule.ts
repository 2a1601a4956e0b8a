import type { Effect } from '../model/decision.js'
import { compileWhen } from './conditions.js'
import type { ApprovalTerms, Rule } from './schema.js'
import { focused, type Parts, type Subject } from './subject.js'

/** One thing that made a rule match. */
export interface Finding {
  /** The fact, in words; names of columns, relations and functions, never values. */
  readonly because: string
  /** The parts of the statement that the finding is about; an exception is judged against these. */
  readonly focus?: Partial<Parts>
}

/** A rule ready to run, whether a preset's or an author's. */
export interface CompiledRule {
  readonly id: string
  readonly effect: Effect
  /** What the caller is told. */
  readonly reason: string
  readonly approval?: ApprovalTerms
  readonly limits?: Rule['limits']
  /** Every fact that makes the rule match; none: it does not match. */
  find(subject: Subject): readonly Finding[]
}

/** Turns an exception's `when` into a test of one finding: the words, or null where it does not cover it. */
export function compileExceptionTest(
  when: NonNullable<Rule['when']>,
): (subject: Subject, finding: Finding) => string | null {
  const condition = compileWhen(when)
  return (subject, finding) => condition(focused(subject, finding.focus ?? {}), 'every')
}

/**
 * An author's rule. A rule that allows or asks for approval says nothing about a statement that
 * analysis did not understand, unless its `when` says `analyzable: false`.
 */
export function compileRule(rule: Rule): CompiledRule {
  const loosens = rule.effect === 'allow'
  const when = compileWhen(rule.when ?? {})
  const unless = rule.unless === undefined ? null : compileWhen(rule.unless)
  const speaksOfBlind = rule.effect === 'deny' || rule.when?.analyzable === false
  return {
    id: rule.id,
    effect: rule.effect,
    reason: rule.reason ?? REASONS[rule.effect],
    ...(rule.approval === undefined ? {} : { approval: rule.approval }),
    ...(rule.limits === undefined ? {} : { limits: rule.limits }),
    find(subject) {
      if (!subject.understood && !speaksOfBlind) return []
      const because = when(subject, loosens ? 'every' : 'any')
      if (because === null) return []
      if (unless !== null && unless(subject, loosens ? 'any' : 'every') !== null) return []
      return [{ because }]
    },
  }
}

const REASONS: Record<Effect, string> = {
  allow: 'The policy allows this statement.',
  deny: 'The policy refuses this statement. Ask the owner of the policy if your task needs it.',
  require_approval: 'The policy asks for a person’s approval before this statement runs.',
}
