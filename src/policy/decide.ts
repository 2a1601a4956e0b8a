/**
 * Stage 3. `decide` and `explain` share one judgement, so that a dry run cannot differ from the real
 * one. The only file that mints `Decided`.
 */
import type { Decision, Obligations } from '../model/decision.js'
import type { Explanation } from '../model/governor.js'
import type { Analyzed, AnalyzedSubmission, Decided } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import { attempt, type MaybePromise, whenReady } from '../util/maybe-promise.js'
import type { Hook } from './hooks.js'
import { NOTHING_RUNS } from './obligations.js'
import type { PolicyEngine, PolicyInput, Verdict } from './policy-engine.js'
import { runHooks } from './run-hooks.js'

export interface DecisionPoint {
  readonly engine: PolicyEngine
  readonly hooks: readonly Hook[]
  readonly clock: Clock
  readonly ids: Ids
}

/** Stage 3. A rule or hook that throws is a deny; hooks only tighten. */
export function decide(point: DecisionPoint, analyzed: Analyzed): MaybePromise<Decided | Refusal> {
  return whenReady(judge(point, analyzed), decision => decided(analyzed, decision))
}

function decided(analyzed: Analyzed, decision: Decision): Decided | Refusal {
  if (decision.effect !== 'deny') {
    const { submission, principal, facts, catalog }: AnalyzedSubmission = analyzed
    return { submission, principal, facts, catalog, decision } as Decided
  }
  return {
    refused: true,
    code: 'CARDEA_POLICY_DENIED',
    reason: decision.reason,
    rule: decision.rule,
    decisionId: decision.id,
    evidence: { principal: analyzed.principal, facts: analyzed.facts, decision },
  }
}

/** The same judgement as a report. */
export function explain(point: DecisionPoint, analyzed: Analyzed): MaybePromise<Explanation> {
  return whenReady(judge(point, analyzed), decision => ({ facts: analyzed.facts, decision }))
}

function judge(point: DecisionPoint, analyzed: Analyzed): MaybePromise<Decision> {
  const now = point.clock.now()
  const { engine, hooks } = point
  const evaluated = evaluate(engine, inputOf(analyzed, now))
  if (hooks.length === 0) return whenReady(evaluated, verdict => decisionOf(point, analyzed, verdict))
  const hooked = whenReady(evaluated, verdict =>
    runHooks({ hooks, analyzed, now, approval: engine.approvalDefaults }, verdict),
  )
  return whenReady(hooked, verdict => decisionOf(point, analyzed, verdict))
}

/** Member by member: a spread is slow, and this is every statement's way. */
function decisionOf(point: DecisionPoint, analyzed: Analyzed, verdict: Verdict): Decision {
  const { effect, rule, reason, trace, approval } = verdict
  const obligations = effect === 'deny' ? NOTHING_RUNS : guardedErrors(verdict.obligations, analyzed)
  const id = point.ids.next()
  const policyHash = point.engine.hash
  const decision: Decision =
    approval === undefined
      ? { id, effect, rule, reason, trace, obligations, policyHash }
      : { id, effect, rule, reason, trace, obligations, policyHash, approval }
  const { detect, maskers } = point.engine
  if (detect !== undefined) Object.assign(decision, { detect })
  return maskers === undefined ? decision : Object.assign(decision, { maskers })
}

function evaluate(engine: PolicyEngine, input: PolicyInput): MaybePromise<Verdict> {
  return attempt(
    () => whenReady(engine.evaluate(input), verdict => (isWhole(verdict, input) ? verdict : ENGINE_FAILURE)),
    () => ENGINE_FAILURE,
  )
}

function inputOf({ facts, principal, submission }: Analyzed, now: number): PolicyInput {
  const { agent, dataSource, session, issuer } = submission
  const input = { facts, principal, dataSource, session, issuer, now }
  return agent === undefined ? input : Object.assign(input, { agent })
}

/** An engine of another make may answer anything; an answer that is not whole is a failure. */
function isWhole(verdict: Verdict, { facts }: PolicyInput): boolean {
  if (verdict.effect === 'deny') return true
  if (verdict.effect !== 'allow' && verdict.effect !== 'require_approval') return false
  if (verdict.effect === 'require_approval' && verdict.approval === undefined) return false
  const { mask } = verdict.obligations
  if (mask === 'scan-all' || mask === 'none') return true
  return facts.analyzable && mask.length === facts.output.length
}

/** A failed write can quote a whole row in its error, columns that the statement never named included. */
function guardedErrors(obligations: Obligations, { facts, catalog }: Analyzed): Obligations {
  if (obligations.errors === 'redact' || !facts.analyzable) return obligations
  const labelled = facts.relations.some(
    use =>
      use.access === 'write' &&
      catalog.relations.some(
        relation =>
          relation.name === use.relation &&
          relation.schema === use.schema &&
          relation.columns.some(column => column.labels.length > 0),
      ),
  )
  return labelled ? { ...obligations, errors: 'redact' } : obligations
}

const ENGINE_FAILURE: Verdict = Object.freeze({
  effect: 'deny',
  rule: 'engine-failure',
  reason: 'The policy could not be evaluated, so the statement is refused. Tell the owner of the policy.',
  trace: Object.freeze([
    Object.freeze({ rule: 'engine-failure', effect: 'deny', because: 'the policy engine failed' } as const),
  ]),
  obligations: NOTHING_RUNS,
})
