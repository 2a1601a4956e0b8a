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
export async function decide(point: DecisionPoint, analyzed: Analyzed): Promise<Decided | Refusal> {
  const decision = await judge(point, analyzed)
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
export async function explain(point: DecisionPoint, analyzed: Analyzed): Promise<Explanation> {
  return { facts: analyzed.facts, decision: await judge(point, analyzed) }
}

async function judge(point: DecisionPoint, analyzed: Analyzed): Promise<Decision> {
  const now = point.clock.now()
  const { engine, hooks } = point
  let verdict = await evaluate(engine, inputOf(analyzed, now))
  if (verdict.effect !== 'deny' && hooks.length > 0) {
    verdict = await runHooks({ hooks, analyzed, now, approval: engine.approvalDefaults }, verdict)
  }
  const obligations = verdict.effect === 'deny' ? NOTHING_RUNS : guardedErrors(verdict.obligations, analyzed)
  // Named members first: the engine is slow on those that follow a spread, and this is every statement's way.
  const decision = { id: point.ids.next(), policyHash: engine.hash, ...verdict }
  return obligations === verdict.obligations ? decision : { ...decision, obligations }
}

async function evaluate(engine: PolicyEngine, input: PolicyInput): Promise<Verdict> {
  try {
    const verdict = await engine.evaluate(input)
    return isWhole(verdict, input) ? verdict : ENGINE_FAILURE
  } catch {
    return ENGINE_FAILURE
  }
}

function inputOf({ facts, principal, submission }: Analyzed, now: number): PolicyInput {
  const { agent, dataSource, session, issuer } = submission
  return { facts, principal, dataSource, session, issuer, now, ...(agent === undefined ? {} : { agent }) }
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
  const written = facts.relations.filter(use => use.access === 'write')
  const labelled = written.some(use =>
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
