/**
 * Tells people of one request, over every provider and channel at once, until it is decided. Where none of
 * them can reach anybody, whoever waits is told so.
 */
import type { ApprovalChannel } from '../approval-channel.js'
import type { ApprovalEntry } from '../approval-entry.js'
import { cut } from './answer.js'
import { consult, ProviderFailure } from './consult.js'
import { endIfOpen, look } from './entries.js'
import type { Office } from './office.js'

const LONGEST_WORDS = 500
const LOOK_EVERY_MS = 5_000

/** `unreachable`: nobody can be asked. `broken`: the store or the trail failed. */
export type Failure =
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'broken'; readonly error: unknown }

export interface Announcement {
  /** Settles only if something failed. */
  readonly failed: Promise<Failure>
  /** Settles when every channel has told people, or could not. */
  readonly told: Promise<unknown>
  /** Takes the question away and tells the channels how it ended; settles when they know. */
  stop(): Promise<void>
}

export function announce(office: Office, entry: ApprovalEntry): Announcement {
  const { providers, channels, announcing } = office
  const controller = new AbortController()
  const { signal } = controller
  let fail: (failure: Failure) => void = () => {}
  const failed = new Promise<Failure>(resolve => {
    fail = resolve
  })
  const words: string[] = []
  const gaveUp = (error: unknown): void => {
    if (!(error instanceof ProviderFailure)) fail({ kind: 'broken', error })
    if (!(error instanceof ProviderFailure) || signal.aborted) return
    const asked = providers.length + channels.length
    words.push(asked === 1 ? error.words : `${error.provider}: ${error.words}`)
    if (words.length < asked) return
    fail({
      kind: 'unreachable',
      why: `unavailable: ${cut(office.scrubber.text(words.join('; ')), LONGEST_WORDS)}`,
    })
  }
  for (const provider of providers) consult(office, provider, entry.id, signal).catch(gaveUp)
  const told = Promise.all(channels.map(channel => tell(channel, entry, signal).catch(gaveUp)))
  const unfollow = office.changes.follow(entry.id, () => void stopWhenDecided())

  const stop = async (): Promise<void> => {
    if (!announcing.delete(stop)) return
    clearInterval(clock)
    unfollow()
    controller.abort()
    await conclude(office, entry)
  }
  const stopWhenDecided = async (): Promise<void> => {
    // A store that cannot be read just now has not decided anything.
    const now = await look(office, entry.id).catch(() => undefined)
    if (now !== undefined && now?.state !== 'pending') await stop()
  }
  // Time that runs out changes nothing in the store until somebody looks.
  const clock = setInterval(() => {
    if (office.clock.now() >= entry.decideBy) void stopWhenDecided()
  }, LOOK_EVERY_MS).unref()
  announcing.add(stop)
  return { failed, told, stop }
}

/** For a request that nobody waits for: once nobody can be told of it, it is withdrawn. */
export async function spread(office: Office, entry: ApprovalEntry): Promise<void> {
  const { failed, told, stop } = announce(office, entry)
  const withdrawn = failed.then(async failure => {
    const why = failure.kind === 'unreachable' ? failure.why : 'it could not be kept or put on record'
    await office.turn(entry.id, () => endIfOpen(office, entry.id, { state: 'withdrawn', why }))
    await stop()
  })
  withdrawn.catch(() => {})
  await told
  // A provider that fails at once has failed by then.
  await Promise.race([withdrawn, new Promise(resolve => setImmediate(resolve))])
}

async function tell(
  channel: ApprovalChannel,
  { request }: ApprovalEntry,
  signal: AbortSignal,
): Promise<void> {
  try {
    await channel.announce(request, signal)
  } catch (error) {
    throw new ProviderFailure(channel.name, error instanceof Error ? error.message : 'no error given')
  }
}

/** Nobody waits for it: a channel that cannot take a question away leaves one that nobody can answer. */
async function conclude({ channels, store }: Office, { id, request }: ApprovalEntry): Promise<void> {
  const tellers = channels.filter(channel => channel.conclude !== undefined)
  if (tellers.length === 0) return
  const after = await store.find(id).catch(() => null)
  const { state, why } = after ?? { state: 'withdrawn' as const, why: null }
  // The process ends, the request goes on.
  if (state === 'pending') return
  const conclusion = Object.freeze({ state, ...(why === null ? {} : { why }) })
  await Promise.allSettled(tellers.map(async channel => channel.conclude?.(request, conclusion)))
}
