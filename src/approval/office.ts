import type { Scrubber } from '../model/scrub.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import type { ApprovalProvider } from './approval-provider.js'
import type { Note } from './ask.js'
import type { GrantStore, HeldGrant } from './grant-store.js'
import type { Vigil } from './vigil.js'

/** What both halves of the desk, asking and redeeming, work with. */
export interface Office {
  readonly provider: ApprovalProvider | null
  readonly clock: Clock
  readonly ids: Ids
  readonly scrubber: Scrubber
  readonly note: Note
  readonly key: Uint8Array
  readonly store: GrantStore
  /** Waits under way, to be ended when the desk closes. */
  readonly vigils: Set<Vigil>
}

/** Puts on record that nobody will ever use these grants. */
export async function noteExpired(office: Office, grants: readonly HeldGrant[], why: string): Promise<void> {
  for (const { grant } of grants) {
    await office.note('approval.expire', { request: grant.requestId, grant: grant.id, why })
  }
}
