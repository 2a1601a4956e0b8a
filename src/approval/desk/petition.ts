/** What a caller asks for beyond one statement: a windowed grant, or emergency access. */
import type { Petitioned, WindowPlea } from '../../model/petition.js'
import type { Decided } from '../../model/progress.js'
import type { Refusal } from '../../model/refusal.js'
import { canonicalJson } from '../../util/canonical-json.js'
import type { ApprovalEntry } from '../approval-entry.js'
import { spread } from './announce.js'
import { endIfOpen, look, sweep } from './entries.js'
import { begun } from './entry-state.js'
import { tooMany, tooOften } from './limits.js'
import type { Office } from './office.js'
import { entryRefusal, refusal, stateRefusal, unavailable } from './refusals.js'
import { requestDetail, windowRequest } from './request.js'
import { requesterOf, sealed, topicOf, windowAskOf } from './seal.js'
import { areUsable, type Terms, termsOf } from './terms.js'
import { windowFor } from './window.js'

/** Asks people for a window over statements that were decided one by one. */
export async function askForWindow(
  office: Office,
  decided: readonly Decided[],
  plea: WindowPlea,
): Promise<Petitioned | Refusal> {
  const [first, ...rest] = decided
  if (first === undefined) throw new TypeError('A window needs at least one statement.')
  const window = windowFor(decided, plea, office.scrubber)
  if (typeof window === 'string') return refusal('CARDEA_APPROVAL_DENIED', window, first)
  const terms = termsOf(first.decision)
  const differs = rest.some(one => termsText(termsOf(one.decision)) !== termsText(terms))
  if (differs || !areUsable(terms)) {
    return unavailable(
      'the statements fall under different terms of approval. Ask for one window each.',
      first,
    )
  }
  await sweep(office)
  const often = await tooOften(office, first, terms.requirement)
  if (often !== null) return often

  const { clock, ids, key, scrubber } = office
  const now = clock.now()
  const decideBy = now + terms.requirement.decideWithinMs
  const occasion = { id: ids.next(), createdAt: now, decideBy, window, plea: plea.reason }
  const ask = windowAskOf(key, first, window)
  const entry = sealed(
    key,
    begun({
      mode: 'ticket',
      request: windowRequest([first, ...rest], terms, scrubber, occasion),
      ask,
      topic: topicOf(key, first),
      requester: requesterOf(key, first.principal),
      openKey: ask,
      holder: null,
      heldUntil: null,
      useWithinMs: window.durationMs,
    }),
  )
  return add(office, entry, first)
}

async function add(office: Office, entry: ApprovalEntry, first: Decided): Promise<Petitioned | Refusal> {
  const before = await office.store.insert(entry)
  if (before !== null) {
    if (before.state !== 'pending' && before.state !== 'approved') return stateRefusal('spoilt', first)
    return { ticket: before.id, state: before.state, until: before.useBy }
  }
  await office.note('approval.request', requestDetail(entry, first))
  const many = await tooMany(office, entry, first)
  if (many !== null) {
    await endIfOpen(office, entry.id, { state: 'withdrawn', why: 'too many requests of this requester wait' })
    return many
  }
  await spread(office, entry)
  const now = await office.turn(entry.id, () => look(office, entry.id))
  if (now?.state === 'pending' || now?.state === 'approved') {
    return { ticket: entry.id, state: now.state, until: now.useBy }
  }
  return now === null ? stateRefusal('spoilt', first) : entryRefusal(now, first)
}

function termsText({ requirement }: Terms): string {
  return canonicalJson(requirement)
}
