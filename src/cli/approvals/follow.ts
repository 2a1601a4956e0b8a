import { setTimeout as pause } from 'node:timers/promises'
import type { ApprovalView } from '../../approval/approval-queue.js'
import type { Inbox } from './client.js'
import { InboxFailure } from './transport.js'

export interface Follower {
  /** A request is new or has changed; also each that is pending at the start. Newest last. */
  changed(view: ApprovalView): void
  /** Why nothing new is heard, for people; null: it is again. */
  trouble(words: string | null): void
}

/** Milliseconds between two looks at everything, beside the stream: it may be dead without saying so. */
const LOOK_MS = 30_000
const SHORTEST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/**
 * Follows an inbox until the signal aborts: by its stream of changes, and by looking at everything while
 * there is none. One call at a time, so that what a follower hears is in order.
 *
 * @param wake gets a function that looks at everything at once.
 * @throws InboxFailure when going on is of no use.
 */
export async function follow(
  inbox: Inbox,
  signal: AbortSignal,
  follower: Follower,
  wake: (look: () => void) => void = () => {},
): Promise<void> {
  const over = new AbortController()
  const stop = (): void => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const looks = looker(inbox, follower, over.signal)
  wake(() => looks.want(null))
  const timer = setInterval(() => looks.want(null), LOOK_MS)
  try {
    looks.want(null)
    await Promise.race([listen(inbox, over.signal, looks.want), looks.ended])
  } catch (error) {
    if (!over.signal.aborted) throw error
  } finally {
    clearInterval(timer)
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** Keeps a stream open, again and again; each time that there is none, everything is looked at instead. */
async function listen(inbox: Inbox, signal: AbortSignal, want: (id: string | null) => void): Promise<void> {
  let wait = SHORTEST_PAUSE_MS
  while (!signal.aborted) {
    const opened = (): void => {
      wait = SHORTEST_PAUSE_MS
      want(null)
    }
    try {
      await inbox.events(signal, opened, want)
    } catch (error) {
      if (error instanceof InboxFailure && error.lasting) throw error
    }
    await pause(wait, undefined, { signal }).catch(() => {})
    wait = Math.min(wait * 2, LONGEST_PAUSE_MS)
    want(null)
  }
}

interface Looker {
  /** Null: everything. */
  want(id: string | null): void
  /** Rejects when looking is of no use any more; resolves never. */
  readonly ended: Promise<never>
}

/** Looks at what is wanted, one call after the other. What failed for a while stays wanted. */
function looker(inbox: Inbox, follower: Follower, signal: AbortSignal): Looker {
  const { all, one, wanted } = looks(inbox, follower)
  let everything = false
  let working = false
  let inTrouble = false
  let fail: (error: unknown) => void = () => {}
  const ended = new Promise<never>((_, reject) => {
    fail = reject
  })
  ended.catch(() => {})

  const work = async (): Promise<void> => {
    while (!signal.aborted && (everything || wanted.size > 0)) {
      if (everything) {
        everything = false
        await all()
        if (inTrouble) follower.trouble(null)
        inTrouble = false
      }
      for (const id of wanted) await one(id)
    }
    working = false
  }
  const want = (id: string | null): void => {
    if (id === null) everything = true
    else wanted.add(id)
    if (working) return
    working = true
    work().catch((error: unknown) => {
      working = false
      if (signal.aborted) return
      if (!(error instanceof InboxFailure) || error.lasting) return fail(error)
      inTrouble = true
      follower.trouble(error.message)
    })
  }
  return { want, ended }
}

/** What the inbox holds, told to the follower once per version. `wanted`: ids to be looked at. */
function looks(inbox: Inbox, follower: Follower) {
  const versions = new Map<string, number>()
  const wanted = new Set<string>()
  let pending = new Set<string>()

  const tell = (view: ApprovalView): void => {
    if (view.state === 'pending') pending.add(view.id)
    else pending.delete(view.id)
    if ((versions.get(view.id) ?? 0) >= view.version) return
    versions.set(view.id, view.version)
    follower.changed(view)
  }
  return {
    wanted,
    async all(): Promise<void> {
      const views = await inbox.list()
      const before = pending
      pending = new Set(views.map(({ id }) => id))
      for (const id of before) if (!pending.has(id)) wanted.add(id)
      for (const view of [...views].reverse()) tell(view)
    },
    async one(id: string): Promise<void> {
      // Before the look: what changes during it must be looked at again.
      wanted.delete(id)
      try {
        const view = await inbox.find(id)
        if (view !== null) tell(view)
      } catch (error) {
        wanted.add(id)
        throw error
      }
    },
  }
}
