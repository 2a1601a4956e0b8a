/** A ticket that a caller presents: an approval that was asked for before, of whichever kind. */
import type { Decided, Pass } from '../../model/progress.js'
import type { Refusal } from '../../model/refusal.js'
import type { ApprovalEntry } from '../approval-entry.js'
import { objectionToEmergency } from './break-glass.js'
import { look } from './entries.js'
import type { Office } from './office.js'
import { passFor } from './pass.js'
import { entryRefusal, invalid, pending } from './refusals.js'
import { askOf, isSame } from './seal.js'
import { type Terms, termsOf } from './terms.js'
import { objectionToWindow } from './window.js'

export async function present(office: Office, decided: Decided, ticket: string): Promise<Pass | Refusal> {
  const entry = await office.turn(ticket, () => look(office, ticket))
  if (entry === null) return invalid('No approval is known under this ticket.', decided)
  const objection = objectionToUse(office, entry, decided, termsOf(decided.decision))
  if (objection !== null) return invalid(objection, decided)
  if (entry.state === 'approved') return passFor(entry)
  return entry.state === 'pending' ? pending(entry, decided) : entryRefusal(entry, decided)
}

/**
 * Why a statement is not what was approved, or null. Asked when a ticket is presented, and once more just
 * before the statement runs.
 */
export function objectionToUse(
  office: Office,
  entry: ApprovalEntry,
  decided: Decided,
  terms: Terms,
): string | null {
  if (entry.holder !== null && entry.holder !== office.holder) {
    return 'The approval belongs to a caller that waits in another process.'
  }
  switch (entry.request.kind) {
    case 'single':
      return isSame(askOf(office.key, decided, terms), entry.ask)
        ? null
        : 'What was approved is not what is asked now: the statement, its bindings, the caller, the policy or the schema differ.'
    case 'window':
      return objectionToWindow(office, entry, decided)
    case 'break-glass':
      return objectionToEmergency(office, entry, decided)
  }
}
