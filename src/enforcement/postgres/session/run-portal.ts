/** One statement from the client's Execute to its answer: through the pipeline, or by itself where it is the session's own affair. */
import type { EngineError } from '../../../model/executor.js'
import { isEngineError } from '../../../model/executor.js'
import { onlyReads } from '../../../model/facts.js'
import type { Explanation, Outcome } from '../../../model/governor.js'
import type { Pass } from '../../../model/progress.js'
import { isRefusal, type Refusal } from '../../../model/refusal.js'
import type { Submission } from '../../../model/submission.js'
import { isUncertain, UncertainError } from '../../../model/uncertain.js'
import { LateError, UpstreamLost } from '../../wire/late.js'
import { STOPPED_LATE } from '../../wire/words.js'
import { takeEffect } from './effects.js'
import { noticeMessage, refusalError, thrownError } from './errors.js'
import { refusedCommandName } from './names.js'
import { pinned } from './pinned.js'
import { type Plan, planOf, submissionOf } from './plan.js'
import { PortalRun, type PortalRunOptions } from './portal-run.js'
import type { Portal } from './registry.js'
import { type Describes, release } from './release.js'
import type { SessionState } from './session-state.js'
import { restoreSettings } from './start-settings.js'

export interface HowToRun extends PortalRunOptions {
  readonly describes: Describes
  /** An approval that was obtained before. */
  readonly approved?: Approved | undefined
}

/** Judged before it is run. The pipeline knows the submission again. */
export interface Approved {
  readonly plan: Governed
  readonly submission: Submission
  readonly pass: Pass
}

type Governed = Extract<Plan, { kind: 'governed' }>

/** @returns false when the client has been told an error. */
export async function runPortal(state: SessionState, portal: Portal, how: HowToRun): Promise<boolean> {
  const notices: EngineError[] = []
  state.fresh()
  state.notices = notices
  try {
    const refused = refusedCommandName(portal.statement.command) ?? overfull(state, portal)
    if (refused !== undefined) {
      await state.refuse(refused)
      return false
    }
    const plan = planOf(portal.statement, portal.values, state.registry)
    const unbracketed = plan.kind === 'governed' && plan.unbracketed
    const run = new PortalRun(state, portal, sourceOf(portal, state), how, unbracketed, notices)
    const ended =
      plan.kind === 'own' ? await runOwn(state, run, how) : await runGoverned(state, run, portal, how, plan)
    if (!ended || !run.isComplete) return ended
    const { command } = portal.statement
    if (command === undefined || command.kind === 'statement') return ended
    if (command.kind === 'transaction' && command.verb !== 'set transaction') state.uncommitted.settled()
    takeEffect(state, portal)
    await restoreSettings(state, command)
    return ended
  } catch (error) {
    // The last word of the session says so.
    if (error instanceof UpstreamLost || state.leg.isLost) return false
    await state.refuse(told(error))
    return false
  } finally {
    state.notices = undefined
  }
}

/** SQL's own way to prepare something under a name. */
function overfull(
  { holding }: SessionState,
  { statement: { command, text } }: Portal,
): EngineError | undefined {
  return command?.kind === 'prepare' || command?.kind === 'declare' ? holding.add(text.length) : undefined
}

/** Asks for whatever the statement needs before any of its exchange is run. */
export async function approvePortal(
  state: SessionState,
  portal: Portal,
): Promise<Approved | Refusal | undefined> {
  const plan = planOf(portal.statement, portal.values, state.registry)
  if (plan.kind === 'own') return undefined
  const { waiting } = state
  waiting.begin()
  state.fresh()
  try {
    const submission = submissionOf(state.governed, plan, waiting.asked)
    const pass = await state.governed.approve(submission, state.interrupt.signal)
    return isRefusal(pass) ? pass : { plan, submission, pass }
  } finally {
    waiting.stop()
  }
}

function sourceOf(portal: Portal, { registry }: SessionState): Portal {
  const { command } = portal.statement
  return (command?.kind === 'fetch' ? registry.portals.get(command.name) : undefined) ?? portal
}

/** The session's own affairs hold no data, and are no statement of the trail. */
async function runOwn(state: SessionState, run: PortalRun, { describes }: HowToRun): Promise<boolean> {
  const result = await run.run({ readOnly: false, signal: state.interrupt.signal })
  if (isEngineError(result)) {
    const { notices = [], ...error } = result
    return failed(state, { ...state.scrubbed(error), notices: notices.map(notice => state.scrubbed(notice)) })
  }
  return release(state, run, result, describes)
}

async function runGoverned(
  state: SessionState,
  run: PortalRun,
  portal: Portal,
  { describes, approved }: HowToRun,
  plan: Governed,
): Promise<boolean> {
  const entry = state.parts.admission.enter()
  const { waiting } = state
  state.interrupt.heed(entry.signal)
  waiting.begin()
  let released: Explanation | undefined
  try {
    const submission = isSame(approved?.plan, plan)
      ? approved.submission
      : submissionOf(state.governed, plan, waiting.asked)
    const executor = pinned(portal.statement.command) ?? run
    const outcome = await state.governed.govern(submission, executor, state.interrupt.signal, approved?.pass)
    waiting.stop()
    if (outcome.kind === 'released') released = outcome.about
    keepInMind(state, run, released)
    const answered = answer(state, run, outcome, describes)
    return typeof answered === 'boolean' ? answered : await answered
  } catch (error) {
    // A result that breaks off is on record by the same rule.
    const isUnsure = error instanceof UncertainError || (released && isUncertain(released.facts, error))
    if (isUnsure) state.inDoubt = true
    throw error instanceof UncertainError ? error.thrown : error
  } finally {
    waiting.stop()
    const settled = run.settled()
    if (settled !== undefined) await settled
    entry.leave()
    portal.describes = false
  }
}

/** A statement before it in the same text may have given its name another meaning. */
function isSame(before: Governed | undefined, plan: Governed): before is Governed {
  return before?.text === plan.text && before.values === plan.values && before.issuer === plan.issuer
}

function keepInMind(
  { leg, uncommitted }: SessionState,
  run: PortalRun,
  about: Explanation | undefined,
): void {
  if (about === undefined) return
  if (run.isNotCommitted) uncommitted.notCommitted(about)
  if (leg.status !== 'I' || !leg.begun || onlyReads(about.facts)) return
  uncommitted.add(about)
}

/** @returns as `runPortal`; at once where the client takes it at once. */
function answer(
  state: SessionState,
  run: PortalRun,
  outcome: Outcome,
  describes: Describes,
): Promise<boolean> | boolean {
  switch (outcome.kind) {
    case 'released':
      return release(state, run, outcome.result, describes)
    case 'failed':
      return failed(state, outcome.error)
    case 'refused':
      // The client is told of the lost connection itself, and has not given up.
      if (state.leg.isLost && outcome.refusal.code === 'CARDEA_ABANDONED') return false
      return failed(state, refusalError(outcome.refusal))
  }
}

/** What the server said before it failed comes first, as it came. */
async function failed(state: SessionState, { notices = [], ...error }: EngineError): Promise<false> {
  for (const notice of notices) state.client.put(noticeMessage(notice))
  await state.refuse(error)
  return false
}

/** Of an engine's late error only the code is told: nothing has masked it. */
export function told(error: unknown): EngineError {
  if (!(error instanceof LateError)) return thrownError(error)
  const { code = 'XX000' } = error.reported
  return {
    failed: true,
    severity: 'ERROR',
    code,
    message: `cardea: ${STOPPED_LATE}`,
  }
}
