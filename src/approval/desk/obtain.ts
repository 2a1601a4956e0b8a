/**
 * The asking half of the desk: from a decision that requires approval to a grant that stands, or to a ticket.
 * A wait that ended early, for whatever reason, leaves no grant behind.
 */
import type { Decided, Pass } from '../../model/progress.js'
import { isRefusal, type Refusal } from '../../model/refusal.js'
import type { MaybePromise } from '../../util/maybe-promise.js'
import { spread } from './announce.js'
import type { Office } from './office.js'
import { open } from './open.js'
import { NOTHING_NEEDED } from './pass.js'
import { present } from './present.js'
import { pulse } from './pulse.js'
import { refusal, stateRefusal, unavailable } from './refusals.js'
import { areUsable, type Terms, termsOf } from './terms.js'
import { vigil } from './vigil.js'
import { waitFor } from './wait.js'

export function obtain(office: Office, decided: Decided, signal: AbortSignal): MaybePromise<Pass | Refusal> {
  return decided.decision.effect === 'allow' ? NOTHING_NEEDED : seek(office, decided, signal)
}

async function seek(office: Office, decided: Decided, caller: AbortSignal): Promise<Pass | Refusal> {
  const { decision, submission } = decided
  if (decision.effect !== 'require_approval') return refusal('CARDEA_POLICY_DENIED', decision.reason, decided)
  if (office.door.closed) return stateRefusal('closed', decided)
  const { mode = office.mode, ticket } = submission.approval ?? {}
  if (ticket !== undefined) return present(office, decided, ticket)

  const terms = termsOf(decision)
  if (office.providers.length + office.channels.length === 0 && !office.store.durable)
    return unavailable('no approval provider is configured. Configure one, or ask for less.', decided)
  if (!areUsable(terms))
    return unavailable('the rule’s quorum or times cannot be met. Correct the policy.', decided)
  if (mode === 'ticket') return takeTicket(office, decided, terms, caller)
  const waiting = untilMine(office, decided, terms, caller).finally(() => office.underway.delete(waiting))
  office.underway.add(waiting)
  return waiting
}

/** Several callers that wait for the same statement share one question; each grant is for one of them. */
async function untilMine(
  office: Office,
  decided: Decided,
  terms: Terms,
  caller: AbortSignal,
): Promise<Pass | Refusal> {
  for (;;) {
    const pass = await wait(office, decided, terms, caller)
    if (pass !== 'taken') return pass
  }
}

/** `taken`: another caller that waited for the same statement has used the grant, so a new one is asked for. */
async function wait(
  office: Office,
  decided: Decided,
  terms: Terms,
  caller: AbortSignal,
): Promise<Pass | Refusal | 'taken'> {
  const watch = vigil(office.clock, terms.requirement.decideWithinMs, caller)
  office.vigils.add(watch)
  const stopPulse = pulse(office)
  try {
    if (watch.ended() !== null) return stateRefusal('abandoned', decided)
    const opened = await open(office, decided, terms, 'wait', watch.signal)
    if (isRefusal(opened)) return opened
    decided.submission.approval?.asked?.(opened.entry.id)
    return await waitFor(office, opened, decided, watch)
  } finally {
    office.vigils.delete(watch)
    stopPulse()
    watch.stop()
  }
}

async function takeTicket(
  office: Office,
  decided: Decided,
  terms: Terms,
  caller: AbortSignal,
): Promise<Pass | Refusal> {
  const opened = await open(office, decided, terms, 'ticket', caller)
  if (isRefusal(opened)) return opened
  const { entry, isNew } = opened
  if (isNew) await spread(office, entry)
  return present(office, decided, entry.id)
}
