/** Puts a request into the store, or finds the one that asks for the very same already. */
import type { Decided } from '../../model/progress.js'
import type { Refusal } from '../../model/refusal.js'
import { type ApprovalEntry, isOpen } from '../approval-entry.js'
import { crowded, endIfOpen, look, ROUNDS, sweep } from './entries.js'
import { begun, HOLD_MS } from './entry-state.js'
import { tooMany, tooOften } from './limits.js'
import type { Office } from './office.js'
import { stateRefusal } from './refusals.js'
import { approvalRequest, requestDetail } from './request.js'
import { askOf, requesterOf, sealed, topicOf } from './seal.js'
import type { Terms } from './terms.js'

export interface Opened {
  readonly entry: ApprovalEntry
  /** False: somebody asked for the same before, and people are told already. */
  readonly isNew: boolean
}

export async function open(
  office: Office,
  decided: Decided,
  terms: Terms,
  mode: ApprovalEntry['mode'],
  signal: AbortSignal,
): Promise<Opened | Refusal> {
  const { store, key, holder } = office
  const ask = askOf(key, decided, terms)
  const openKey = mode === 'ticket' ? ask : `${ask}.${holder}`
  await sweep(office)
  const standing = await standingEntry(office, topicOf(key, decided), openKey)
  if (standing !== null) return { entry: standing, isNew: false }

  const often = await tooOften(office, decided, terms.requirement)
  if (often !== null) return often
  const entry = await newEntry(office, decided, terms, { mode, ask, openKey }, signal)
  if (signal.aborted) return stateRefusal('abandoned', decided)
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await store.insert(entry)
    if (before === null) return added(office, entry, decided)
    const now = await office.turn(before.id, () => look(office, before.id))
    if (now === null) return stateRefusal('spoilt', decided)
    if (isOpen(now) && now.openKey === openKey) return { entry: now, isNew: false }
  }
  throw crowded()
}

/** Asked for already, by the same caller and in the same words: people are not asked twice. */
async function standingEntry(office: Office, topic: string, openKey: string): Promise<ApprovalEntry | null> {
  const open = await office.store.list({ topic, states: ['pending', 'approved'] })
  const same = open.find(entry => entry.openKey === openKey)
  if (same === undefined) return null
  const now = await office.turn(same.id, () => look(office, same.id))
  return now !== null && isOpen(now) && now.openKey === openKey ? now : null
}

/** In the store, but not asked yet: it must be on record, and few enough must wait. */
async function added(office: Office, entry: ApprovalEntry, decided: Decided): Promise<Opened | Refusal> {
  try {
    await office.note('approval.request', requestDetail(entry, decided))
  } catch (error) {
    const why = 'the request could not be put on record'
    await endIfOpen(office, entry.id, { state: 'withdrawn', why }).catch(() => {})
    throw error
  }
  const many = await tooMany(office, entry, decided)
  if (many === null) return { entry, isNew: true }
  await endIfOpen(office, entry.id, { state: 'withdrawn', why: 'too many requests of this requester wait' })
  return many
}

async function newEntry(
  office: Office,
  decided: Decided,
  terms: Terms,
  { mode, ask, openKey }: Pick<ApprovalEntry, 'mode' | 'ask' | 'openKey'>,
  signal: AbortSignal,
): Promise<ApprovalEntry> {
  const { clock, ids, key, scrubber, holder } = office
  const preview = await office.preview?.(decided, signal)
  const now = clock.now()
  const { decideWithinMs, useWithinMs } = terms.requirement
  const decideBy = now + decideWithinMs
  const id = ids.next()
  return sealed(
    key,
    begun({
      mode,
      request: approvalRequest(decided, terms, scrubber, { id, createdAt: now, decideBy, preview }),
      ask,
      topic: topicOf(key, decided),
      requester: requesterOf(key, decided.principal),
      openKey,
      holder: mode === 'wait' ? holder : null,
      heldUntil: mode === 'wait' ? now + HOLD_MS : null,
      useWithinMs,
    }),
  )
}
