import { randomBytes } from 'node:crypto'
import { ConfigurationError } from '../errors.js'
import type { BreakGlassTerms } from '../model/decision.js'
import type { Scrubber } from '../model/scrub.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import { steadyClock } from '../util/steady-clock.js'
import type { ApprovalChannel } from './approval-channel.js'
import type { ApprovalProvider } from './approval-provider.js'
import type { ApprovalStore } from './approval-store.js'
import { account } from './desk/account.js'
import { breakGlass } from './desk/break-glass.js'
import { changes } from './desk/changes.js'
import { clear } from './desk/clear.js'
import { endIfOpen } from './desk/entries.js'
import { obtain } from './desk/obtain.js'
import type { Note, Office, Previewer } from './desk/office.js'
import { askForWindow } from './desk/petition.js'
import { queueOf } from './desk/queue.js'
import { standing } from './desk/standing.js'
import { turns } from './desk/turns.js'
import type { ApprovalDesk } from './desk.js'
import { memoryApprovalStore } from './stores/memory.js'

export interface ApprovalDeskOptions {
  /** Ask people and wait for what they say. */
  readonly providers?: readonly ApprovalProvider[]
  /** Tell people, whose answers come by other ways. With neither, nothing can be approved in this process. */
  readonly channels?: readonly ApprovalChannel[]
  /** Where requests and grants are kept. Default: memory, which ends with the process. */
  readonly store?: ApprovalStore
  /**
   * HMAC key of requests and grants, 32 bytes or more; the same in every process that shares a store. Default
   * for a store in memory: random. A store that outlives the process needs one.
   */
  readonly key?: Uint8Array
  /** What a statement does that needs an approval, where its caller does not say. Default `'wait'`. */
  readonly mode?: 'wait' | 'ticket'
  /** Emergency access, as policy permits it at the moment. Default: none. */
  readonly breakGlass?: (() => BreakGlassTerms | undefined) | undefined
  /** Finds out what a write would change, for people to see. */
  readonly preview?: Previewer
  readonly clock: Clock
  readonly ids: Ids
  /** Takes protected values out of everything that approvers, agents and records get to see. */
  readonly scrubber: Scrubber
  /** Puts each state change on record; its rejection stops the statement. */
  readonly note: Note
}

const SHORTEST_KEY = 32

/**
 * The approval desk: asks, keeps what people granted, and lets each grant be used once (docs/approval.md).
 *
 * @throws ConfigurationError for a key that is too short, or missing where the store outlives the process.
 */
export function approvalDesk(options: ApprovalDeskOptions): ApprovalDesk {
  const { clock, ids, scrubber, note, store = memoryApprovalStore() } = options
  const office: Office = {
    providers: options.providers ?? [],
    channels: options.channels ?? [],
    store,
    mode: options.mode ?? 'wait',
    clock: steadyClock(clock),
    ids,
    scrubber,
    note,
    key: keyOf(options.key, store),
    breakGlass: () => options.breakGlass?.() ?? null,
    preview: options.preview ?? null,
    holder: randomBytes(16).toString('hex'),
    turn: turns(),
    changes: changes(store),
    vigils: new Set(),
    underway: new Set(),
    waiting: new Map(),
    taken: new Set(),
    spent: new Map(),
    announcing: new Set(),
    reserved: new Map(),
    broken: new Map(),
    heart: {},
    swept: { at: Number.NEGATIVE_INFINITY },
    door: { closed: false },
  }
  return Object.freeze({
    obtain: (decided, signal) => obtain(office, decided, signal),
    clear: (decided, pass) => clear(office, decided, pass),
    petition: (plea, asking, decided) =>
      plea.kind === 'window' ? askForWindow(office, decided, plea) : breakGlass(office, asking, plea),
    standing: (asking, ticket) => standing(office, asking, ticket),
    account: outcome => account(office, outcome),
    queue: queueOf(office),
    close: () => close(office),
  } satisfies ApprovalDesk)
}

function keyOf(given: Uint8Array | undefined, store: ApprovalStore): Uint8Array {
  if (given === undefined && store.durable) {
    throw new ConfigurationError(
      `The approval store ${store.name} outlives the process, so it needs a key that does so too: 32 random bytes, the same in every process, kept where agents cannot read them.`,
    )
  }
  const key = Uint8Array.from(given ?? randomBytes(SHORTEST_KEY))
  if (key.length < SHORTEST_KEY) {
    throw new ConfigurationError(`The key of the approval desk needs ${SHORTEST_KEY} bytes or more.`)
  }
  return key
}

/** Ends every wait, withdraws what nobody but this process could use, and closes everything whatever the trail says. */
async function close(office: Office): Promise<void> {
  const { store, providers, channels, changes, announcing, vigils, holder, underway } = office
  office.door.closed = true
  for (const wait of vigils) wait.end('closed')
  clearInterval(office.heart.timer)
  try {
    await Promise.allSettled(underway)
    const open = await store.list({ states: ['pending', 'approved'] })
    const mine = open.filter(entry => !store.durable || entry.holder === holder)
    for (const { id } of mine) {
      await office.turn(id, () => endIfOpen(office, id, { state: 'withdrawn', why: 'closed' }))
    }
    await Promise.allSettled([...announcing].map(stop => stop()))
  } finally {
    changes.close()
    await Promise.allSettled([...providers, ...channels].map(async adapter => adapter.close?.()))
    await store.close()
  }
}
