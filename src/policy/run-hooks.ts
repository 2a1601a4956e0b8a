/** User hooks around a verdict: they see, and they tighten. */
import type { ApprovalRequirement, Obligations } from '../model/decision.js'
import type { Analyzed } from '../model/progress.js'
import type { BeforeQueryContext, Hook } from './hooks.js'
import type { Verdict } from './policy-engine.js'

const APPROVAL: ApprovalRequirement = Object.freeze({
  approvers: [],
  quorum: 1,
  decideWithinMs: 900_000,
  useWithinMs: 300_000,
  reasonRequired: true,
})

export interface HookRun {
  readonly hooks: readonly Hook[]
  readonly analyzed: Analyzed
  readonly now: number
  /** Terms of an approval that a hook asks for. */
  readonly approval: ApprovalRequirement | undefined
}

type Limits = Parameters<BeforeQueryContext['limit']>[0]

/** What one hook asked for while it ran. */
interface Wishes {
  deny: string | null
  requireApproval: string | null
  limits: Limits[]
}

/** The verdict after every hook. A denial needs no hook and ends the row; a hook that throws denies. */
export async function runHooks(run: HookRun, verdict: Verdict): Promise<Verdict> {
  let current = verdict
  for (const hook of run.hooks) {
    if (current.effect === 'deny') return current
    if (hook.beforeQuery === undefined) continue
    const rule = `hook:${hook.name}`
    const wishes = await consult(hook, run)
    current =
      wishes === null
        ? denied(current, rule, 'failed', FAILED)
        : tightened(current, rule, wishes, run.approval)
  }
  return current
}

/** Null where the hook threw. A wish made after the hook has returned counts for nothing. */
async function consult(hook: Hook, { analyzed, now }: HookRun): Promise<Wishes | null> {
  const wishes: Wishes = { deny: null, requireApproval: null, limits: [] }
  const { submission, principal, facts } = analyzed
  const context: BeforeQueryContext = Object.freeze({
    statement: submission.statement,
    facts,
    principal,
    agent: submission.agent,
    session: submission.session,
    now,
    deny: (reason: string) => {
      wishes.deny ??= words(reason)
    },
    requireApproval: (reason: string) => {
      wishes.requireApproval ??= words(reason)
    },
    limit: (limits: Limits) => {
      wishes.limits.push(checked(limits))
    },
  })
  try {
    await hook.beforeQuery?.(context)
  } catch {
    return null
  }
  return { ...wishes, limits: [...wishes.limits] }
}

function tightened(
  verdict: Verdict,
  rule: string,
  wishes: Wishes,
  approval: ApprovalRequirement = APPROVAL,
): Verdict {
  if (wishes.deny !== null) return denied(verdict, rule, wishes.deny, wishes.deny)
  const limited: Verdict =
    wishes.limits.length === 0
      ? verdict
      : { ...verdict, obligations: wishes.limits.reduce(merged, verdict.obligations) }
  const because = wishes.requireApproval
  if (because === null) return limited
  const trace = [{ rule, effect: 'require_approval' as const, because }, ...limited.trace]
  if (limited.effect === 'require_approval') return { ...limited, trace }
  return { ...limited, effect: 'require_approval', rule, reason: because, trace, approval }
}

function denied(verdict: Verdict, rule: string, because: string, reason: string): Verdict {
  const { approval: _, ...rest } = verdict
  return {
    ...rest,
    effect: 'deny',
    rule,
    reason,
    trace: [{ rule, effect: 'deny', because }, ...verdict.trace],
  }
}

function merged(obligations: Obligations, limits: Limits): Obligations {
  const least = (a: number | undefined, b: number | undefined) => Math.min(a ?? Infinity, b ?? Infinity)
  const values = (['maxRows', 'maxAffectedRows', 'timeoutMs'] as const).flatMap(key => {
    const value = least(obligations[key], limits[key])
    return value === Infinity ? [] : [[key, value]]
  })
  return { ...obligations, ...Object.fromEntries(values) }
}

/** @throws TypeError for anything but whole numbers from 0 (rows) or 1 (time); the throw denies. */
function checked(limits: Limits): Limits {
  const { maxRows, maxAffectedRows, timeoutMs } = limits
  for (const value of [maxRows, maxAffectedRows, timeoutMs]) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
      throw new TypeError('a limit is a whole number that is not negative')
    }
  }
  if (timeoutMs === 0) throw new TypeError('a timeout of 0 means none; state at least 1 ms')
  return Object.freeze({ ...limits })
}

const FAILED =
  'A hook around this statement failed, so the statement is refused. Tell the owner of the application.'

function words(reason: unknown): string {
  return typeof reason === 'string' && reason.trim() !== ''
    ? reason
    : 'A hook of the application refused or held the statement.'
}
