/** How often people may be asked: against tiring them until somebody says yes without reading. */
import type { ApprovalRequirement } from '../../model/decision.js'
import type { DecidedSubmission } from '../../model/progress.js'
import type { Refusal } from '../../model/refusal.js'
import type { ApprovalEntry } from '../approval-entry.js'
import type { Office } from './office.js'
import { refusal } from './refusals.js'
import { requesterOf, topicOf } from './seal.js'

const HOUR_MS = 3_600_000
const USUAL_COOL_DOWN_MS = 10 * 60_000
const USUAL_PENDING = 20

/** Before a person is asked. */
export async function tooOften(
  office: Office,
  decided: DecidedSubmission,
  requirement: ApprovalRequirement,
): Promise<Refusal | null> {
  const { store, key, clock } = office
  const { coolDownMs = USUAL_COOL_DOWN_MS, maxPerHour } = requirement
  const now = clock.now()
  if (coolDownMs > 0) {
    const topic = topicOf(key, decided)
    const denied = await store.list({ topic, states: ['denied'], updatedSince: now - coolDownMs, limit: 1 })
    if (denied.length > 0) {
      return limited(
        'A person denied this statement a moment ago, so nobody is asked again now. Do something else.',
        decided,
      )
    }
  }
  const made = await madeLately(office, requesterOf(key, decided.principal), maxPerHour)
  return maxPerHour !== undefined && made >= maxPerHour ? tooManyPerHour(maxPerHour, decided) : null
}

/** Requests within the last hour, as far as that matters. */
async function madeLately(
  { store, clock }: Office,
  requester: string,
  most: number | undefined,
  before?: ApprovalEntry,
): Promise<number> {
  if (most === undefined) return 0
  const made = await store.list({ requester, createdSince: clock.now() - HOUR_MS })
  return made.filter(({ id }) => before === undefined || id < before.id).length
}

function tooManyPerHour(most: number, decided: DecidedSubmission): Refusal {
  return limited(
    `${most} requests within an hour are allowed, and they have been made. Try again later.`,
    decided,
  )
}

/** After it was added: of several that came at once, all see the same order, and only the first ones stay. */
export async function tooMany(
  office: Office,
  entry: ApprovalEntry,
  decided: DecidedSubmission,
): Promise<Refusal | null> {
  const { maxPending = USUAL_PENDING, maxPerHour } = entry.request.requirement
  const made = await madeLately(office, entry.requester, maxPerHour, entry)
  if (maxPerHour !== undefined && made >= maxPerHour) return tooManyPerHour(maxPerHour, decided)
  const open = await office.store.list({ requester: entry.requester, states: ['pending'] })
  const before = open.filter(other => other.id < entry.id).length
  if (before < maxPending) return null
  return limited(
    `${maxPending} requests may wait for a decision at once, and so many do. Wait until they are decided.`,
    decided,
  )
}

function limited(reason: string, decided: DecidedSubmission): Refusal {
  return refusal('CARDEA_APPROVAL_LIMIT', reason, decided)
}
