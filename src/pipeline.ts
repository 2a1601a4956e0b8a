/**
 * The life of a statement, top to bottom: 1 identify, 2 analyze, 3 decide, 4 clear, 5 intent, 6 execute, 7 mask,
 * 8 outcome. The order is enforced by types: each stage's output is a brand that only that stage mints, and the next
 * accepts nothing else. A denial is a value and is recorded; an infrastructure failure throws, closes the record as
 * failed, or as unknown, and releases nothing. `explain` runs the same code up to 3.
 */
import type { Analyzer } from './analysis/analyzer.js'
import type { ApprovalDesk } from './approval/desk.js'
import type { Trail } from './audit/trail.js'
import type { Budgets } from './budget/budgets.js'
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
import { type DecisionPoint, decide, explain } from './policy/decide.js'
import type { Clock } from './util/clock.js'
import { attempt, type MaybePromise, whenReady } from './util/maybe-promise.js'

/** Everything a pipeline is made of, put together once by a composition root. */
export interface House extends Court {
  readonly desk: ApprovalDesk
  readonly masker: Masker
  readonly budgets: Budgets
  readonly trail: Trail
}

/** A house with its short memory: what `approve` judged a moment ago, `govern` need not judge again. */
interface Building extends House {
  readonly judged: WeakMap<Submission, { readonly decided: Decided; readonly until: number }>
}

const MEMORY_MS = 1_000

/** A refusal ends the way through the stages. */
type Reached<T> = MaybePromise<T | Refusal>

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
    approve: async (submission, signal) => approve(house, submission, signal),
    govern: (submission, executor, signal, pass) => govern(house, submission, executor, signal, pass),
    explain: submission => dryRun(house, submission),
    petition: async (asked, plea) => recorded(house, asked[0], () => petition(house, asked, plea)),
  })
}

/** Stages 1 to 8. From stage 5 on there is an intent on record, and it is closed on every path. */
async function govern(
  house: Building,
  submission: Submission,
  executor: Executor,
  signal: AbortSignal,
  given?: Pass,
): Promise<Outcome> {
  const cleared = await recorded(house, submission, () => admit(house, submission, signal, given))
  if (isRefusal(cleared)) return { kind: 'refused', refusal: cleared }
  const { facts, decision } = cleared
  const changesSchema = mayChangeSchema(facts)
  const intended = await house.trail.intend(cleared)
  try {
    const executed = await execute(intended, executor, signal)
    if (changesSchema) house.catalog.invalidate()
    if (isRefusal(executed)) return await withhold(house, intended, executed)
    const masked = house.masker.mask(executed)
    if (isRefusal(masked)) house.catalog.invalidate()
    const charged = await unlessRefused(masked, done => house.budgets.charge(done))
    if (isRefusal(charged))
      return await withhold(house, intended, onlyReads(facts) ? charged : afterWrite(charged))
    const result = await house.trail.release(charged)
    const about: Outcome['about'] = { facts, decision }
    if (isEngineError(result)) return { kind: 'failed', error: result, about }
    return { kind: 'released', result, masked: charged.counts, about }
  } catch (error) {
    if (changesSchema) house.catalog.invalidate()
    await house.trail.fail(intended, error)
    throw error
  }
}

/** Stages 1 to 4. */
function admit(house: Building, submission: Submission, signal: AbortSignal, given?: Pass): Reached<Cleared> {
  const known = whenReady(recall(house, submission), decided => decided ?? judge(house, submission))
  return unlessRefused(known, decided =>
    unlessRefused(given ?? house.desk.obtain(decided, signal), pass => {
      const current = pass.grant === null ? decided : judgeAgain(house, submission)
      return unlessRefused(current, now => (signal.aborted ? abandoned : house.desk.clear(now, pass)))
    }),
  )
}

/** Stages 1 to 4 without consuming, before a connection is taken. */
function approve(house: Building, submission: Submission, signal: AbortSignal): Reached<Pass> {
  return recorded(house, submission, () =>
    unlessRefused(judge(house, submission), decided => {
      house.judged.set(submission, { decided, until: house.clock.monotonic() + MEMORY_MS })
      return house.desk.obtain(decided, signal)
    }),
  )
}

/** Only while the policy and the database are what they were. */
function recall(house: Building, submission: Submission): MaybePromise<Decided | undefined> {
  const memory = house.judged.get(submission)
  if (memory === undefined) return undefined
  house.judged.delete(submission)
  if (house.clock.monotonic() >= memory.until) return undefined
  const { decision, catalog } = memory.decided
  if (decision.policyHash !== house.decisions.engine.hash) return undefined
  return whenReady(house.catalog.current(), current => (catalog === current ? memory.decided : undefined))
}

/** Nothing has run yet: a refusal, or a stage that could not work, is one whole record. */
function recorded<T extends object>(
  house: House,
  submission: Submission,
  steps: () => Reached<T>,
): Reached<T> {
  const { trail } = house
  const aborted = (error: unknown): Promise<never> =>
    trail.abort(submission, error).then(() => Promise.reject(error))
  const refused = (refusal: Refusal): Promise<Refusal> =>
    trail.refuse(submission, refusal).then(() => withoutEvidence(refusal))
  return whenReady<T | Refusal, T | Refusal>(attempt(steps, aborted), reached =>
    isRefusal(reached) ? refused(reached) : reached,
  )
}

/** Stages 1 to 3, and whether budgets are left for it. */
function judge(house: House, submission: Submission): Reached<Decided> {
  const decided = unlessRefused(look(house, submission), analyzed => decide(house.decisions, analyzed))
  return unlessRefused(decided, allowed => house.budgets.admit(allowed))
}

/** Time has passed while people thought: against the database as it is now. */
async function judgeAgain(house: House, submission: Submission): Promise<Decided | Refusal> {
  await house.catalog.revalidate()
  return judge(house, submission)
}

/** Stages 1 and 2. A name that the catalog does not know may be newer than the catalog. */
function look(court: Court, submission: Submission): Reached<Analyzed> {
  const { analyzer, catalog } = court
  return unlessRefused(identify(submission, court.identity, court.clock), identified =>
    whenReady(catalog.current(), current => {
      const analyzed = analyzer.analyze(identified, current)
      if (!missesName(analyzed.facts)) return analyzed
      return whenReady(catalog.revalidate(), fresh => analyzer.analyze(identified, fresh))
    }),
  )
}

/** Ran or began to run, but nothing of it may leave. */
async function withhold(house: House, intended: Intended, refusal: Refusal): Promise<Outcome> {
  await house.trail.withhold(intended, refusal)
  const { facts, decision } = intended.cleared
  return { kind: 'refused', refusal: withoutEvidence(refusal), about: { facts, decision } }
}

/** Stages 1 to 3 as a report: the very functions that enforcement runs, and nothing after them. */
export async function dryRun(court: Court, submission: Submission): Promise<Explanation | Refusal> {
  const explained = await unlessRefused(look(court, submission), analyzed =>
    explain(court.decisions, analyzed),
  )
  return isRefusal(explained) ? withoutEvidence(explained) : explained
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

function unlessRefused<T extends object, U>(value: Reached<T>, next: (value: T) => Reached<U>): Reached<U> {
  return whenReady(value, reached => (isRefusal(reached) ? reached : next(reached)))
}
