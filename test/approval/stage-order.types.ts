import type {
  Analyzed,
  Cleared,
  Decided,
  DecidedSubmission,
  Executed,
  Identified,
  Intended,
  Pass,
} from '../../src/model/progress.js'
import type { ResultSet } from '../../src/model/result.js'
import type { House } from '../../src/pipeline.js'

/**
 * The order as compile errors (`npm run check`): a stage's output can be neither skipped, nor swapped,
 * nor written down by hand. Never called; each line must fail to compile, or the check fails.
 */
export function orderIsACompileError(
  house: House,
  stages: {
    identified: Identified
    analyzed: Analyzed
    decided: Decided
    pass: Pass
    intended: Intended
    executed: Executed
  },
  plain: DecidedSubmission,
  rows: ResultSet,
  signal: AbortSignal,
): void {
  const { identified, analyzed, decided, pass, intended, executed } = stages
  // Skipping.
  // @ts-expect-error identified is not decided
  house.desk.obtain(identified, signal)
  // @ts-expect-error analyzed is not decided
  house.desk.obtain(analyzed, signal)
  // @ts-expect-error decided is not cleared: no intent before the desk has cleared it
  house.trail.intend(decided)
  // @ts-expect-error an intent is not an execution
  house.masker.mask(intended)
  // @ts-expect-error nothing is released that was not masked
  house.trail.release(intended)
  // @ts-expect-error an executed result is not masked
  house.trail.release(executed)
  // @ts-expect-error a pass is not a clearance
  house.trail.intend(pass)

  // Forging.
  // @ts-expect-error a decision written down by hand was not decided
  house.desk.obtain(plain, signal)
  // @ts-expect-error a pass written down by hand was not obtained
  house.desk.clear(decided, { grant: null })
  // @ts-expect-error a clearance written down by hand was not cleared
  const cleared: Cleared = { ...plain, grant: null }
  // @ts-expect-error an intent written down by hand is not on record
  const noted: Intended = { cleared, recordId: 'r', startedAt: 0 }
  // @ts-expect-error a result written down by hand was not executed
  house.masker.mask({ intended: noted, result: rows })
  // @ts-expect-error a result written down by hand was not masked
  house.trail.release({ executed, result: rows, counts: () => ({}) })
  // @ts-expect-error a brand cannot be changed for another without going through unknown
  house.trail.intend(decided as Cleared)
}
