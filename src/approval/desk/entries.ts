/** Entries as the desk reads and changes them: seal checked, time applied, every end on record once. */
import type { ApprovalEntry } from '../approval-entry.js'
import { isOpen } from '../approval-entry.js'
import { type Draft, type Ending, ended, lapse } from './entry-state.js'
import { endDetail, type Office } from './office.js'
import { isSealed, sealed } from './seal.js'

/** Rounds of reading and changing before a crowd at one entry is called a failure. */
export const ROUNDS = 32

const SWEEP_EVERY_MS = 1_000
const SWEPT_AT_ONCE = 500

/** The entry as it stands now; null for one that is unknown, or was changed by anybody but a desk. */
export async function look(office: Office, id: string): Promise<ApprovalEntry | null> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const entry = await load(office, id)
    if (entry === null) return null
    const ending = lapse(entry, office.clock.now(), office.holder)
    if (ending === null) return entry
    const after = await finish(office, entry, ending)
    if (after !== null) return after
  }
  throw crowded()
}

/** Ends an entry if it is still open and as it was; null: somebody else changed it first. */
export async function finish(
  office: Office,
  entry: ApprovalEntry,
  { state, why }: Ending | { readonly state: 'denied'; readonly why: string },
): Promise<ApprovalEntry | null> {
  const after = await change(office, ended(entry, state, why, office.clock.now()))
  if (after !== null) await office.note('approval.expire', endDetail(after))
  return after
}

/** Ends an entry that may be in any state by now; null: it had ended already. */
export async function endIfOpen(
  office: Office,
  id: string,
  ending: Ending | { readonly state: 'denied'; readonly why: string },
): Promise<ApprovalEntry | null> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const entry = await look(office, id)
    if (entry === null || !isOpen(entry)) return null
    const after = await finish(office, entry, ending)
    if (after !== null) return after
  }
  throw crowded()
}

/** Seals and stores the next version; null: it lost against another change. */
export async function change(office: Office, next: Draft): Promise<ApprovalEntry | null> {
  const entry = sealed(office.key, next)
  return (await office.store.replace(entry)) ? entry : null
}

/** Puts on record what time has ended, at most once a second. */
export async function sweep(office: Office): Promise<void> {
  const now = office.clock.monotonic()
  if (now - office.swept.at < SWEEP_EVERY_MS) return
  office.swept.at = now
  for (const [id, until] of office.spent) if (office.clock.now() >= until) office.spent.delete(id)
  const open = await office.store.list({ states: ['pending', 'approved'], limit: SWEPT_AT_ONCE })
  for (const { id } of open.filter(entry => lapse(entry, office.clock.now(), office.holder) !== null)) {
    await office.turn(id, () => look(office, id))
  }
}

async function load(office: Office, id: string): Promise<ApprovalEntry | null> {
  const entry = await office.store.find(id)
  if (entry === null) return null
  if (entry.id === id && isSealed(office.key, entry)) return entry
  await office.note('control.fail', {
    control: 'approval store',
    request: id,
    why: 'An entry does not carry the seal of a desk with this key. It is treated as unknown.',
  })
  return null
}

export function crowded(): Error {
  return new Error('The approval request changed too often while it was being read.')
}
