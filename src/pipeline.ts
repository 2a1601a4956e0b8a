/**
 * The life of a statement, top to bottom: 1 identify, 2 analyze, 3 decide, 4 clear, 5 intent, 6 execute, 7 mask,
 * 8 outcome. The order is enforced by types: each stage's output is a brand that only that stage mints, and the next
 * accepts nothing else. A denial is a value and is recorded; an infrastructure failure throws, closes the record as
 * failed, or as unknown, and releases nothing. `explain` runs the same code up to 3.
 */
import type { Analyzer } from './analysis/analyzer.js'
import type { ApprovalDesk } from './approval/desk.js'
import type { Trail } from './audit/trail.js'
import type { CatalogSource } from './catalog/catalog-source.js'
import { execute } from './execution/execute.js'
import { identify } from './identity/identify.js'
import type { IdentityProvider } from './identity/identity-provider.js'
import type { Masker } from './masking/masker.js'
import { type Executor, isEngineError } from './model/executor.js'
import { mayChangeSchema, missesName, onlyReads } from './model/facts.js'
import type { Explanation, Governor, Outcome } from './model/governor.js'
import type { Petitioned, Plea } from './model/petition.js'
import type { Analyzed, Cleared, Decided, Intended, Pass } from './model/progress.js'
import { abandoned, afterWrite, isRefusal, type Refusal, withoutEvidence } from './model/refusal.js'
import type { Submission, Submissions } from './model/submission.js'
import { UncertainError } from './model/uncertain.js'
import { type DecisionPoint, decide, explain } from './policy/decide.js'
import type { Clock } from './util/clock.js'

/** Everything a pipeline is made of, put together once by a composition root. */
export interface House extends Court {
  readonly desk: ApprovalDesk
  readonly masker: Masker
  readonly trail: Trail
}

/** A house with its short memory: what `approve` judged a moment ago, `govern` need not judge again. */
interface Building extends House {
  readonly judged: WeakMap<Submission, { readonly decided: Decided; readonly until: number }>
}

const MEMORY_MS = 1_000

/** The part of the house that judges: all that a dry run goes through. */
export interface Court {
  readonly identity: IdentityProvider
  readonly catalog: CatalogSource
  readonly analyzer: Analyzer
  readonly decisions: DecisionPoint
  readonly clock: Clock
}

export function pipeline(parts: House): Governor {
  const house: Building = { ...parts, judged: new WeakMap() }
  return Object.freeze<Governor>({
    approve: (submission, signal) => approve(house, submission, signal),
    govern: (submission, executor, signal, pass) => govern(house, submission, executor, signal, pass),
    explain: submission => dryRun(house, submission),
    petition: (asked, plea) => recorded(house, asked[0], () => petition(house, asked, plea)),
  })
}

async function govern(
  house: Building,
  submission: Submission,
  executor: Executor,
  signal: AbortSignal,
  given?: Pass,
): Promise<Outcome> {
  const cleared = await recorded(house, submission, () => admit(house, submission, signal, given))
  if (isRefusal(cleared)) return { kind: 'refused', refusal: cleared }
  return carryOut(house, cleared, executor, signal)
}

/** Stages 1 to 4. */
async function admit(
  house: Building,
  submission: Submission,
  signal: AbortSignal,
  given?: Pass,
): Promise<Cleared | Refusal> {
  let decided = (await recall(house, submission)) ?? (await judge(house, submission))
  if (isRefusal(decided)) return decided
  const pass = given ?? (await house.desk.obtain(decided, signal))
  if (isRefusal(pass)) return pass
  // Time has passed while people thought: judge again, against the database as it is now.
  if (pass.grant !== null) {
    await house.catalog.revalidate()
    decided = await judge(house, submission)
    if (isRefusal(decided)) return decided
  }
  return signal.aborted ? abandoned : house.desk.clear(decided, pass)
}

/** Stages 1 to 4 without consuming, before a connection is taken. */
async function approve(
  house: Building,
  submission: Submission,
  signal: AbortSignal,
): Promise<Pass | Refusal> {
  return recorded(house, submission, async () => {
    const decided = await judge(house, submission)
    if (isRefusal(decided)) return decided
    house.judged.set(submission, { decided, until: house.clock.monotonic() + MEMORY_MS })
    return house.desk.obtain(decided, signal)
  })
}

/** Only while the policy and the database are what they were. */
async function recall(house: Building, submission: Submission): Promise<Decided | undefined> {
  const memory = house.judged.get(submission)
  house.judged.delete(submission)
  if (memory === undefined || house.clock.monotonic() >= memory.until) return
  const { decision, catalog } = memory.decided
  if (decision.policyHash !== house.decisions.engine.hash) return
  return catalog === (await house.catalog.current()) ? memory.decided : undefined
}

/** Nothing has run yet: a refusal, or a stage that could not work, is one whole record. */
async function recorded<T extends object>(
  house: House,
  submission: Submission,
  steps: () => Promise<T | Refusal>,
): Promise<T | Refusal> {
  let reached: T | Refusal
  try {
    reached = await steps()
  } catch (error) {
    await house.trail.abort(submission, error)
    throw error
  }
  if (!isRefusal(reached)) return reached
  await house.trail.refuse(submission, reached)
  return withoutEvidence(reached)
}

/** Stages 1 to 3. */
async function judge(court: Court, submission: Submission): Promise<Decided | Refusal> {
  const analyzed = await look(court, submission)
  return isRefusal(analyzed) ? analyzed : decide(court.decisions, analyzed)
}

/** Stages 1 and 2. A name that the catalog does not know may be newer than the catalog. */
async function look(court: Court, submission: Submission): Promise<Analyzed | Refusal> {
  const identified = await identify(submission, court.identity, court.clock)
  if (isRefusal(identified)) return identified
  const analyzed = court.analyzer.analyze(identified, await court.catalog.current())
  if (!missesName(analyzed.facts)) return analyzed
  return court.analyzer.analyze(identified, await court.catalog.revalidate())
}

/** Stages 5 to 8: from here on there is an intent on record, and it is closed on every path. */
async function carryOut(
  house: House,
  cleared: Cleared,
  executor: Executor,
  signal: AbortSignal,
): Promise<Outcome> {
  const intended = await house.trail.intend(cleared)
  const about: Outcome['about'] = { facts: cleared.facts, decision: cleared.decision }
  try {
    const executed = await execute(intended, executor, signal).finally(() => {
      if (mayChangeSchema(cleared.facts)) house.catalog.invalidate()
    })
    if (isRefusal(executed)) return await withhold(house, intended, executed)
    const masked = house.masker.mask(executed)
    if (isRefusal(masked)) {
      house.catalog.invalidate()
      return await withhold(house, intended, onlyReads(cleared.facts) ? masked : afterWrite(masked))
    }
    const result = await house.trail.release(masked)
    if (isEngineError(result)) return { kind: 'failed', error: result, about }
    return { kind: 'released', result, masked: masked.counts, about }
  } catch (error) {
    await house.trail.fail(intended, error)
    throw error instanceof UncertainError ? error.thrown : error
  }
}

/** Ran or began to run, but nothing of it may leave. */
async function withhold(house: House, intended: Intended, refusal: Refusal): Promise<Outcome> {
  await house.trail.withhold(intended, refusal)
  const { facts, decision } = intended.cleared
  return { kind: 'refused', refusal: withoutEvidence(refusal), about: { facts, decision } }
}

/** Stages 1 to 3 as a report: the very functions that enforcement runs, and nothing after them. */
export async function dryRun(court: Court, submission: Submission): Promise<Explanation | Refusal> {
  const analyzed = await look(court, submission)
  return isRefusal(analyzed) ? withoutEvidence(analyzed) : explain(court.decisions, analyzed)
}

/** Asks for more than one execution: every statement of it is judged, and people or the desk decide. */
async function petition(house: House, asked: Submissions, plea: Plea): Promise<Petitioned | Refusal> {
  const asking = await identify(asked[0], house.identity, house.clock)
  if (isRefusal(asking)) return asking
  const decided: Decided[] = []
  for (const submission of plea.kind === 'window' ? asked : []) {
    const judged = await judge(house, submission)
    if (isRefusal(judged)) return judged
    decided.push(judged)
  }
  return house.desk.petition(plea, asking, decided)
}
