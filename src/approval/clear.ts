/**
 * The redeeming half of the desk: a grant is checked against the submission as it is judged now and
 * consumed once. The only file that mints `Cleared`.
 */
import type { Grant } from '../model/grant.js'
import type { Cleared, Decided, DecidedSubmission, Pass } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import { bindingOf, sameBinding } from './binding.js'
import { noteExpired, type Office } from './office.js'
import { refusal } from './refusals.js'
import { termsOf } from './terms.js'

export function clear(office: Office, decided: Decided, pass: Pass): Promise<Cleared | Refusal> {
  const { effect } = decided.decision
  if (effect === 'allow' && pass.grant === null) return Promise.resolve(mint(decided, null))
  if (!pass.grant)
    return Promise.resolve(invalid('It needs an approval by now, and none was asked for.', decided))
  return redeem(office, decided, pass.grant.id)
}

/** Only the id of the pass is believed; everything else comes from the desk's own copy of the grant. */
async function redeem(office: Office, decided: Decided, id: string): Promise<Cleared | Refusal> {
  const { store, key, note } = office
  const { decision } = decided
  const held = store.find(id)
  if (held === undefined)
    return invalid('The grant is not known here: it was used up, is old, or was never given.', decided)

  const { grant, usable } = held
  if (decision.effect === 'deny') return refusal('CARDEA_POLICY_DENIED', decision.reason, decided, grant)
  // A statement that needs no approval any more has no terms to compare; all else must still be the same.
  const terms = decision.effect === 'allow' ? held.terms : termsOf(decision)
  const now = bindingOf(key, decided, { requestId: grant.requestId, expiresAt: grant.expiresAt, terms })
  if (!sameBinding(now, grant.binding)) {
    return invalid(
      'What was approved is not what is asked now: the statement, its bindings, the caller, the policy or the schema differ.',
      decided,
    )
  }
  if (usable.passed()) {
    if (store.settle(id, 'expired')) await noteExpired(office, [held], 'not used in time')
    return invalid('The grant has expired.', decided)
  }
  // No await may stand between the checks above and this line: it is the one step that admits a caller.
  if (!store.settle(id, 'consumed'))
    return invalid('The grant was used already; each is good for one execution.', decided)

  await note('approval.consume', { request: grant.requestId, grant: grant.id, decision: decision.id })
  return mint(decided, grant)
}

function mint(decided: DecidedSubmission, grant: Grant | null): Cleared {
  return { ...decided, grant } as Cleared
}

function invalid(why: string, decided: Decided): Refusal {
  return refusal('CARDEA_GRANT_INVALID', `${why} Ask for a new approval.`, decided)
}
