/** A caller that waits for people: holds no connection and no thread, only a place in a list. */
import type { Decided, Pass } from '../../model/progress.js'
import type { Refusal } from '../../model/refusal.js'
import type { ApprovalEntry } from '../approval-entry.js'
import { type Announcement, announce, type Failure } from './announce.js'
import { endIfOpen, look } from './entries.js'
import { NOT_IN_TIME } from './entry-state.js'
import type { Office } from './office.js'
import type { Opened } from './open.js'
import { passFor } from './pass.js'
import { entryRefusal, stateRefusal, unavailable } from './refusals.js'
import type { Vigil, VigilEnd } from './vigil.js'

/** `taken`: another caller that waited for the same statement has the grant. */
export async function waitFor(
  office: Office,
  { entry, isNew }: Opened,
  decided: Decided,
  vigil: Vigil,
): Promise<Pass | Refusal | 'taken'> {
  const { id } = entry
  const { waiting } = office
  waiting.set(id, (waiting.get(id) ?? 0) + 1)
  const news = wakeUps(office, id)
  const announcement = isNew ? announce(office, entry) : undefined
  try {
    return await settled(office, id, decided, vigil, news, announcement)
  } finally {
    news.stop()
    void announcement?.stop()
    const left = (waiting.get(id) ?? 1) - 1
    if (left > 0) waiting.set(id, left)
    else {
      waiting.delete(id)
      office.broken.delete(id)
    }
  }
}

async function settled(
  office: Office,
  id: string,
  decided: Decided,
  vigil: Vigil,
  news: WakeUps,
  announcement: Announcement | undefined,
): Promise<Pass | Refusal | 'taken'> {
  let failure: Failure | undefined
  const failed = announcement?.failed.then(what => {
    failure = what
  })
  for (;;) {
    const next = news.next()
    const now = await office.turn(id, () => look(office, id))
    const end = vigil.ended()
    if (end !== null) return leave(office, id, end, decided)
    if (failure?.kind === 'broken') throw failure.error
    if (now?.state === 'approved') return take(office, now)
    if (now?.state === 'consumed') return 'taken'
    if (now?.state !== 'pending') {
      const cause = office.broken.get(id)
      if (cause !== undefined) throw cause
      return now === null ? stateRefusal('spoilt', decided) : entryRefusal(now, decided)
    }
    if (failure !== undefined) return unreachable(office, id, failure.why, decided)
    await vigil.until(Promise.race(failed === undefined ? [next] : [next, failed]))
  }
}

/** Of several that wait for the same, one gets the grant. */
function take(office: Office, entry: ApprovalEntry): Pass | 'taken' {
  if (office.taken.has(entry.id)) return 'taken'
  office.taken.add(entry.id)
  return passFor(entry)
}

async function leave(office: Office, id: string, end: VigilEnd, decided: Decided): Promise<Refusal> {
  const alone = (office.waiting.get(id) ?? 1) === 1
  if (end === 'timeout')
    await office.turn(id, () => endIfOpen(office, id, { state: 'expired', why: NOT_IN_TIME }))
  else if (alone || end === 'closed')
    await office.turn(id, () => endIfOpen(office, id, { state: 'withdrawn', why: end }))
  return stateRefusal(end, decided)
}

async function unreachable(office: Office, id: string, why: string, decided: Decided): Promise<Refusal> {
  await office.turn(id, () => endIfOpen(office, id, { state: 'withdrawn', why }))
  const names = [...office.providers, ...office.channels].map(({ name }) => name).join(', ')
  return unavailable(`nobody could be asked through ${names}. Try again when it works.`, decided)
}

interface WakeUps {
  /** Settles at the next change from now on. */
  next(): Promise<void>
  stop(): void
}

function wakeUps(office: Office, id: string): WakeUps {
  let wake: () => void = () => {}
  const stop = office.changes.follow(id, () => wake())
  return {
    next: () =>
      new Promise(resolve => {
        wake = resolve
      }),
    stop,
  }
}
