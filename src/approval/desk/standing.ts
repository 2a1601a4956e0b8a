/** What whoever asked may know of the request: how it stands, and nothing of who else is involved. */
import type { Standing } from '../../model/statements.js'
import type { IdentifiedSubmission } from '../../model/submission.js'
import type { ApprovalEntry } from '../approval-entry.js'
import { look } from './entries.js'
import type { Office } from './office.js'
import { isSame, requesterOf } from './seal.js'

/** Null for a ticket that is not known, and for one of another caller, agent, session or database: alike. */
export async function standing(
  office: Office,
  asking: IdentifiedSubmission,
  ticket: string,
): Promise<Standing | null> {
  const entry = await office.turn(ticket, () => look(office, ticket))
  if (entry === null || !isOwn(office, entry, asking)) return null
  const { id, state, request, decideBy, useBy, why } = entry
  return Object.freeze({ ticket: id, kind: request.kind, state, decideBy, useBy, why })
}

function isOwn(
  { key }: Office,
  { requester, request }: ApprovalEntry,
  asking: IdentifiedSubmission,
): boolean {
  const { submission, principal } = asking
  return (
    isSame(requester, requesterOf(key, principal)) &&
    request.session === submission.session &&
    request.agent?.framework === submission.agent?.framework &&
    request.agent?.id === submission.agent?.id &&
    request.dataSource.id === submission.dataSource.id &&
    request.dataSource.environment === submission.dataSource.environment
  )
}
