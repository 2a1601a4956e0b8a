/**
 * What a write would change, for the approver to see: a governed read by the same caller, judged, masked and
 * recorded like any other. So a preview shows nothing that the caller could not have read without asking.
 */
import { previewOf } from '../analysis/preview/preview.js'
import { readPreview } from '../analysis/preview/read-preview.js'
import type { Previewer } from '../approval/desk/office.js'
import type { KnexPoint } from '../enforcement/knex/enforcement-point.js'
import type { Governor } from '../model/governor.js'
import type { Preview } from '../model/grant.js'
import type { DecidedSubmission } from '../model/progress.js'
import { isRefusal } from '../model/refusal.js'
import { isStream, plainRows } from '../model/result.js'
import type { Submission } from '../model/submission.js'
import { until } from '../util/until.js'

interface Previewing {
  readonly previewer: Previewer
  /** The governor, with an eye on which statements are asked about before they hold a connection. */
  around(governor: Governor): Governor
}

/** A preview is worth this much of an approver's and a caller's time, in milliseconds. */
const LONGEST_MS = 5_000

/**
 * Previews over one Knex. Within a transaction there is none: on another connection it would show rows without
 * what the transaction has changed, and on the same one a failed read would fail the transaction.
 */
export function previewing(point: KnexPoint): Previewing {
  const beforehand = new WeakSet<Submission>()
  const late: { governor?: Governor } = {}
  return {
    previewer: async (decided, signal) => {
      const { governor } = late
      if (governor === undefined || !beforehand.has(decided.submission)) return undefined
      // Nobody needs a preview to decide: where it fails, people are asked without one.
      return preview(point, governor, decided, signal).catch(() => undefined)
    },
    around: governor => {
      late.governor = governor
      return Object.freeze<Governor>({
        ...governor,
        approve: (submission, signal) => {
          beforehand.add(submission)
          return governor.approve(submission, signal)
        },
      })
    },
  }
}

async function preview(
  point: KnexPoint,
  governor: Governor,
  { submission, facts, catalog }: DecidedSubmission,
  signal: AbortSignal,
): Promise<Preview | undefined> {
  const plan = facts.analyzable ? previewOf(submission.statement, facts, catalog) : null
  if (plan === null) return undefined
  const { approval: _, ...caller } = submission
  const read: Submission = Object.freeze({
    ...caller,
    statement: plan.statement,
    bindings: Object.freeze(plan.bindings.map(at => submission.bindings[at])),
  })
  const explanation = await governor.explain(read)
  if (isRefusal(explanation) || explanation.decision.effect !== 'allow') return undefined
  const outcome = await until([signal], LONGEST_MS, signal => point.run(governor, read, { signal }))
  if (outcome.kind !== 'released' || isStream(outcome.result)) return undefined
  return readPreview(plan, outcome.result.fields, plainRows(outcome.result.rows)) ?? undefined
}
