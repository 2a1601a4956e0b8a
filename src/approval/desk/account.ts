import type { MaybePromise } from '../../util/maybe-promise.js'
import type { StatementOutcome } from '../desk.js'
import { change, crowded, look, ROUNDS } from './entries.js'
import { nextOf } from './entry-state.js'
import type { Office } from './office.js'

/**
 * Gives back to a window what a statement under it did not use. Where nobody knows what it did, it has used
 * all that was set aside for it.
 */
export function account(office: Office, outcome: StatementOutcome): MaybePromise<void> {
  const held = office.reserved.get(outcome.decisionId)
  if (held === undefined) return undefined
  office.reserved.delete(outcome.decisionId)
  const back = held.rows - usedRows(outcome, held.rows)
  return back > 0 ? office.turn(held.entry, () => giveBack(office, held.entry, back)) : undefined
}

function usedRows({ status, rows = 0, affected = 0 }: StatementOutcome, all: number): number {
  if (status === 'released' || status === 'cut') return Math.min(all, Math.max(rows, affected))
  // Refused after it began: rolled back, and nothing left the house.
  return status === 'refused' ? 0 : all
}

async function giveBack(office: Office, id: string, rows: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const entry = await look(office, id)
    if (entry?.state !== 'approved' || entry.rowsLeft === null) return
    const next = nextOf(entry, office.clock.now(), { rowsLeft: entry.rowsLeft + rows })
    if ((await change(office, next)) !== null) return
  }
  throw crowded()
}
