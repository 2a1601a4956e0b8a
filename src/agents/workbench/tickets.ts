/** Approvals that are not there yet: what a model is told of them, and how a statement is kept until they are. */
import { isRefusal } from '../../model/refusal.js'
import type { Standing, Statements } from '../../model/statements.js'
import { type Answer, result } from './answer.js'
import type { FrozenStatement } from './frozen.js'
import type { Settled } from './options.js'

/** A grant is usable for a day at most, whatever policy says. */
const DAY_MS = 86_400_000

const NEXT =
  'Call approval_status with this approval_id later: once a person has approved, that call runs the statement and returns its result.'

/** The same for an id that was made up, that is somebody else's, or that was forgotten. */
export const unknownTicket: Answer = Object.freeze<Answer>({
  body: Object.freeze({
    status: 'denied',
    code: 'CARDEA_GRANT_INVALID',
    reason:
      'No approval of yours is known under this approval_id. Use the one that approval_required gave you, or call execute without one.',
    retryable: false,
  }),
  kind: 'refusal',
})

/** Nothing else is looked up, so that odd texts get the same answer as any unknown id. */
export function isTicket(text: string): boolean {
  return /^[0-9A-Za-z_-]{1,64}$/.test(text)
}

export async function approvalRequired(
  { statements, settled: { frozen, clock } }: { readonly statements: Statements; readonly settled: Settled },
  ticket: string,
  statement: FrozenStatement,
  reason: string,
): Promise<Answer> {
  const decideBy = await deadline(statements, ticket)
  frozen.put(ticket, statement, (decideBy ?? clock.now()) + DAY_MS)
  return result({
    status: 'approval_required',
    approval_id: ticket,
    reason,
    ...(decideBy === undefined ? {} : { expires_at: iso(decideBy) }),
    next: NEXT,
  })
}

/** The request stands, so a store that cannot be asked about it must not hide its id. */
async function deadline(statements: Statements, ticket: string): Promise<number | undefined> {
  try {
    const standing = await statements.standing(ticket)
    return standing === null || isRefusal(standing) ? undefined : standing.decideBy
  } catch {
    return undefined
  }
}

/** How a request stands that is not to be run now. */
export function standingAnswer({ ticket, state, decideBy, useBy, why }: Standing): Answer {
  const id = { approval_id: ticket }
  switch (state) {
    case 'pending':
      return result({ status: 'pending', ...id, expires_at: iso(decideBy), next: NEXT })
    case 'approved':
      return result({
        status: 'approved',
        ...id,
        ...(useBy === null ? {} : { expires_at: iso(useBy) }),
        next: 'Call execute again with the same sql and params and this approval_id.',
      })
    case 'denied':
      return ended('denied', 'CARDEA_APPROVAL_DENIED', id, why ?? 'An approver denied this statement.', false)
    case 'expired':
      return ended(
        'expired',
        'CARDEA_APPROVAL_TIMEOUT',
        id,
        'The approval was not given, or not used, in time. Nothing ran. Call execute again to ask anew.',
        true,
      )
    case 'consumed':
      return ended(
        'consumed',
        'CARDEA_GRANT_INVALID',
        id,
        'The approval was used already. Each is good for one run, and the call that ran it has the result.',
        false,
      )
    case 'withdrawn':
      return ended(
        'expired',
        'CARDEA_APPROVAL_UNAVAILABLE',
        id,
        `The request was withdrawn: ${why ?? 'no reason is on record'}. Nothing ran. Call execute again to ask anew.`,
        true,
      )
  }
}

function ended(status: string, code: string, id: object, reason: string, retryable: boolean): Answer {
  return { body: { status, code, ...id, reason, retryable }, kind: 'refusal' }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
