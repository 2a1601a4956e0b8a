/** What anchors hold about the trails of a directory. */
import { readFile } from 'node:fs/promises'
import { type AnchorReading, readAnchors } from '../../audit/anchors/read.js'
import { readKeys } from '../../audit/keys/trail-root.js'
import type { KeptCheckpoint } from '../../audit/verify.js'
import { ConfigurationError } from '../../errors.js'

/** A place, as far as it is about one trail. */
export interface AnchoredTrail {
  readonly place: string
  readonly checkpoints: number
  /** The largest. */
  readonly newest: { readonly size: number; readonly time?: string } | null
  /** Checkpoints with a time stamp of the given authority; with one that is not. */
  readonly stamped: number
  readonly unsound: number
  /** Other trails that it holds checkpoints of: their directories are to be kept and verified, too. */
  readonly others: readonly string[]
}

export interface Anchored {
  readonly anchors: readonly AnchoredTrail[]
  readonly checkpoints: readonly KeptCheckpoint[]
}

const PATIENCE_MS = 300_000

/**
 * Reads the places once, and tells for each trail what they hold about it.
 *
 * @param ca file with the authorities whose time stamps count.
 * @throws ConfigurationError where a place cannot be read; of the function returned, where no place knows the trail: that
 *   the trail is what they once saw, nobody could say then.
 */
export async function anchoredBy(
  places: readonly string[],
  ca: string | undefined,
): Promise<(directory: string) => Anchored> {
  const authorities = ca === undefined ? {} : { ca: await readFile(ca, 'utf8').catch(() => unreadable(ca)) }
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const readings = await readAnchors(places, { ...authorities, signal })
  return directory => anchoredTrail(directory, readings)
}

function anchoredTrail(directory: string, readings: readonly AnchorReading[]): Anchored {
  if (readings.length === 0) return { anchors: [], checkpoints: [] }
  const isOwn = ownedBy(directory)
  const all = readings.flatMap(({ checkpoints }) => checkpoints)
  const own = all.filter(({ origin }) => isOwn(origin))
  if (own.length === 0) {
    throw new ConfigurationError(
      `No anchor holds a checkpoint of the trail in ${directory}. They hold those of ${named(all.map(({ origin }) => origin))}.`,
    )
  }
  return {
    anchors: readings.map(reading => aboutTrail(reading, isOwn)),
    checkpoints: own,
  }
}

/** Whether a checkpoint of that name is one of the trail. */
export function ownedBy(directory: string): (origin: string) => boolean {
  const keys = readKeys(directory)
  // Whatever a trail without a name is, it is not what was kept: let verification say so.
  return origin => keys === null || keys === 'unreadable' || origin === keys.name
}

function aboutTrail(
  { place, checkpoints, stamped, unsound }: AnchorReading,
  isOwn: (origin: string) => boolean,
): AnchoredTrail {
  const own = checkpoints.filter(({ origin }) => isOwn(origin))
  const newest = own.reduce<AnchoredTrail['newest']>(
    (most, { size, time }) =>
      most !== null && most.size >= size ? most : { size, ...(time === undefined ? {} : { time }) },
    null,
  )
  const others = new Set(checkpoints.map(({ origin }) => origin).filter(origin => !isOwn(origin)))
  return { place, checkpoints: own.length, newest, stamped, unsound: unsound.length, others: [...others] }
}

/** For people. */
export function anchorLines(anchors: readonly AnchoredTrail[]): readonly string[] {
  return anchors.flatMap(({ place, checkpoints, newest, stamped, unsound, others }) => {
    const time = newest?.time === undefined ? '' : `, of ${newest.time}`
    const stamps = stamped === 0 ? '' : `, ${stamped} with a time stamp`
    return [
      newest === null
        ? `  anchor ${place}: no checkpoint of this trail`
        : `  anchor ${place}: ${checkpoints} checkpoints${stamps}, the newest of ${newest.size} records${time}`,
      ...(unsound === 0
        ? []
        : [`    ${unsound} with a time stamp that is not one of the authority: not counted`]),
      ...(others.length === 0
        ? []
        : [`    it also holds checkpoints of ${named(others)}: keep and verify them, too`]),
    ]
  })
}

const MOST_NAMES = 5

function named(origins: readonly string[]): string {
  const names = [...new Set(origins)]
  const more = names.length - MOST_NAMES
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function unreadable(path: string): never {
  throw new ConfigurationError(`The certificates in ${path} cannot be read.`)
}
