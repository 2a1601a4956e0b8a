/** From the rules that matched to one verdict. */
import type { Budget } from '../model/budget.js'
import type { Effect, RuleTrace } from '../model/decision.js'
import { approvalTerms, strictest } from './approval-terms.js'
import type { CompiledRule } from './compiled-rule.js'
import { type MaskPlanner, NOTHING_RUNS, obligationsOf } from './obligations.js'
import type { Policy } from './policy.js'
import type { Verdict } from './policy-engine.js'
import type { Subject } from './subject.js'

type RuleLimits = NonNullable<Policy['rules'][number]['limits']>
type StatedBudget = NonNullable<Policy['limits']['budgets']>[number]

/** A rule that matched, and why. */
export interface Match {
  readonly rule: CompiledRule
  /** Presets before the author's rules, those by id: which of several equals is named first. */
  readonly rank: number
  readonly because: string
}

export interface Matched {
  readonly policy: Policy
  readonly subject: Subject
  readonly matches: readonly Match[]
  readonly masks: MaskPlanner
}

const PRECEDENCE: Record<Effect, number> = { deny: 0, require_approval: 1, allow: 2 }

export function judge({ policy, subject, matches, masks }: Matched): Verdict {
  const sorted = [...matches].sort(
    (a, b) => PRECEDENCE[a.rule.effect] - PRECEDENCE[b.rule.effect] || a.rank - b.rank,
  )
  const trace = sorted.map(({ rule, because }) => ({ rule: rule.id, effect: rule.effect, because }))
  const [first] = sorted
  if (first === undefined) return denial('default-deny', NO_RULE, trace)
  if (first.rule.effect === 'deny') return denial(first.rule.id, withFact(first), trace)

  const { masks: columns, unmasked } =
    subject.facts === null ? { masks: [], unmasked: [] } : masks(subject.facts, subject.input.principal)
  const limits = limitsOf(
    policy,
    sorted.flatMap(({ rule }) => rule.limits ?? []),
  )
  const verdict = {
    effect: first.rule.effect,
    rule: first.rule.id,
    reason: first.rule.effect === 'allow' ? first.rule.reason : withFact(first),
    trace: [
      ...trace,
      ...unmasked.map(({ id, because }): RuleTrace => ({ rule: id, effect: 'allow', because })),
    ],
    obligations: obligationsOf(subject, columns, limits),
  }
  if (first.rule.effect === 'allow') return freeze(verdict)

  const asking = sorted.filter(({ rule }) => rule.effect === 'require_approval')
  const approval = strictest(asking.map(({ rule }) => approvalTerms(policy.limits.approval, rule.approval)))
  return approval === null
    ? denial(first.rule.id, NO_COMMON_APPROVER, trace)
    : freeze({ ...verdict, approval })
}

/** Each limit is the strictest that a matching rule states, and the policy's own where none does. */
function limitsOf({ limits }: Policy, stated: readonly RuleLimits[]) {
  const least = (own: number, values: readonly (number | undefined)[]) => {
    const given = values.filter(value => value !== undefined)
    return given.length === 0 ? own : Math.min(...given)
  }
  return {
    maxRows: least(
      limits.maxRows,
      stated.map(rule => rule.maxRows),
    ),
    maxAffectedRows: least(
      limits.maxAffectedRows,
      stated.map(rule => rule.maxAffectedRows),
    ),
    timeoutMs: least(
      limits.timeout,
      stated.map(rule => rule.timeout),
    ),
    ...(limits.budgets === undefined ? {} : { budgets: limits.budgets.map(budgetOf) }),
  }
}

function budgetOf({ per, window, rows, distinctPans }: StatedBudget): Budget {
  return {
    per,
    ...(window === undefined ? {} : { windowMs: window }),
    ...(rows === undefined ? {} : { rows }),
    ...(distinctPans === undefined ? {} : { distinctPans }),
  }
}

const NO_RULE =
  'No rule of the policy allows this statement. Ask the owner of the policy if your task needs it.'
const NO_COMMON_APPROVER =
  'Several rules ask for approval by people who have no role in common, so nobody could approve this statement. Ask the owner of the policy.'

function denial(rule: string, reason: string, trace: readonly RuleTrace[]): Verdict {
  return freeze({ effect: 'deny', rule, reason, trace, obligations: NOTHING_RUNS })
}

function withFact({ rule, because }: Match): string {
  return `${rule.reason} (${because})`
}

/** Verdicts are remembered and shared between callers, so nobody may change one. */
function freeze(verdict: Verdict): Verdict {
  const { mask } = verdict.obligations
  if (typeof mask !== 'string') for (const column of mask) Object.freeze(column)
  Object.freeze(mask)
  for (const entry of verdict.trace) Object.freeze(entry)
  Object.freeze(verdict.trace)
  for (const budget of verdict.obligations.budgets ?? []) Object.freeze(budget)
  Object.freeze(verdict.obligations.budgets)
  Object.freeze(verdict.obligations)
  if (verdict.approval !== undefined) {
    for (const term of Object.values(verdict.approval)) Object.freeze(term)
    Object.freeze(verdict.approval)
  }
  return Object.freeze(verdict)
}
