import { randomBytes } from 'node:crypto'
import { ConfigurationError } from '../errors.js'
import type { Scrubber } from '../model/scrub.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import type { ApprovalProvider } from './approval-provider.js'
import type { Note } from './ask.js'
import { clear } from './clear.js'
import type { ApprovalDesk } from './desk.js'
import { memoryGrantStore } from './grant-store.js'
import { obtain } from './obtain.js'
import { noteExpired, type Office } from './office.js'

export interface ApprovalDeskOptions {
  /** Who asks people. Null: every statement that needs an approval is refused as unavailable. */
  readonly provider: ApprovalProvider | null
  readonly clock: Clock
  readonly ids: Ids
  /** Takes protected values out of everything that approvers, agents and records get to see. */
  readonly scrubber: Scrubber
  /** Puts each state change on record; its rejection stops the statement. */
  readonly note: Note
  /** HMAC key of the grants, 32 bytes or more. Default: random, so that no grant outlives the process. */
  readonly key?: Uint8Array
}

const SHORTEST_KEY = 32

/**
 * The approval desk: asks, holds grants in memory, and lets each be used once (docs/approval.md).
 *
 * @throws ConfigurationError for a key that is too short.
 */
export function approvalDesk(options: ApprovalDeskOptions): ApprovalDesk {
  const { provider, clock, ids, scrubber, note } = options
  const key = Uint8Array.from(options.key ?? randomBytes(SHORTEST_KEY))
  if (key.length < SHORTEST_KEY)
    throw new ConfigurationError(`The key of the grants needs ${SHORTEST_KEY} bytes or more.`)
  const office: Office = {
    provider,
    clock,
    ids,
    scrubber,
    note,
    key,
    store: memoryGrantStore(),
    vigils: new Set(),
  }
  return Object.freeze({
    obtain: (decided, signal) => obtain(office, decided, signal),
    clear: (decided, pass) => clear(office, decided, pass),
    close: () => close(office),
  } satisfies ApprovalDesk)
}

/** Ends every wait, forgets every grant, and closes the provider whatever the trail says. */
async function close(office: Office): Promise<void> {
  for (const wait of office.vigils) wait.end('closed')
  try {
    await noteExpired(office, office.store.drain(), 'closed')
  } finally {
    await office.provider?.close?.()
  }
}
