/** What several writers write from now on, those included that begin meanwhile. */
import { setTimeout as pause } from 'node:timers/promises'
import type { TrailEntry } from '../../audit/trail-line.js'
import { tail } from '../../audit/trail-reader.js'
import { type NamedTrail, trailDirectories } from '../trail-directory.js'

export interface EntryInTrail {
  readonly trail: string
  readonly entry: TrailEntry
}

/** Milliseconds between looks for new writers. */
const LOOK_MS = 1_000

type Arrival =
  | { readonly kind: 'entry'; readonly from: AsyncIterator<EntryInTrail>; readonly value: EntryInTrail }
  | { readonly kind: 'end'; readonly from: AsyncIterator<EntryInTrail> }
  | { readonly kind: 'look' }

/**
 * The last records of each trail of a directory, then what comes, as it comes, until the signal aborts.
 *
 * @param last records of each trail that is there already; of one that is begun meanwhile, all.
 */
export async function* follow(path: string, last: number, signal: AbortSignal): AsyncGenerator<EntryInTrail> {
  const waiting = new Map<unknown, Promise<Arrival>>()
  const known = new Set<string>()
  const begun: AsyncGenerator<EntryInTrail>[] = []
  const begin = async (records: number): Promise<void> => {
    for (const trail of await trailDirectories(path)) {
      if (known.has(trail.directory)) continue
      known.add(trail.directory)
      const from = entriesOf(trail, { last: records, follow: true, signal })
      begun.push(from)
      waiting.set(from, arrival(from))
    }
  }
  const look = async (): Promise<Arrival> => {
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined)
    return { kind: 'look' }
  }
  try {
    await begin(last)
    waiting.set(look, look())
    while (!signal.aborted) {
      const arrived = await Promise.race(waiting.values())
      if (arrived.kind === 'look') {
        if (!signal.aborted) await begin(Number.MAX_SAFE_INTEGER)
        waiting.set(look, look())
      } else if (arrived.kind === 'end') waiting.delete(arrived.from)
      else {
        waiting.set(arrived.from, arrival(arrived.from))
        yield arrived.value
      }
    }
  } finally {
    // Closes their files. Not awaited: one that waits for a record ends with the signal.
    for (const from of begun) void from.return(undefined).catch(() => undefined)
  }
}

async function arrival(from: AsyncIterator<EntryInTrail>): Promise<Arrival> {
  const next = await from.next()
  return next.done === true ? { kind: 'end', from } : { kind: 'entry', from, value: next.value }
}

export async function* entriesOf(
  { name: trail, directory }: NamedTrail,
  options: { readonly last: number; readonly follow?: boolean; readonly signal?: AbortSignal },
): AsyncGenerator<EntryInTrail> {
  for await (const entry of tail(directory, options)) yield { trail, entry }
}
