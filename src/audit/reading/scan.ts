/** Searching a trail by reading all of it, in either order, without holding more than a chunk of it. */
import { lineHash } from '../trail-line.js'
import { placedEntries } from './entries.js'
import { matches, type SearchFilter } from './filter.js'
import { type MarkedPlace, PlaceReader } from './place-reader.js'
import { type Found, type Story, StoryJoiner, storyOf } from './stories.js'

export async function* scan(directory: string, filter: SearchFilter): AsyncGenerator<Found> {
  const joiner = new StoryJoiner<undefined>()
  for await (const { entry } of placedEntries(directory)) {
    const found = joiner.take(entry, undefined)?.found
    if (found !== undefined && matches(found, filter)) yield found
  }
  for (const { found } of joiner.unfinished()) if (matches(found, filter)) yield found
}

/** A story by where it stands: some hundred bytes, however large it is. */
export type StoryPlaces = Omit<Story<MarkedPlace>, 'found'>

/** The last first. Reads forward and remembers where what matches stands, no more than the last `limit` of it. */
export async function* scanReversed(
  directory: string,
  filter: SearchFilter,
  limit: number,
): AsyncGenerator<Found> {
  const kept: StoryPlaces[] = []
  const keep = ({ found, ...places }: Story<MarkedPlace>): void => {
    if (!matches(found, filter)) return
    kept.push(places)
    if (kept.length >= 2 * limit) kept.splice(0, kept.length - limit)
  }
  const joiner = new StoryJoiner<MarkedPlace>()
  for await (const { entry, line, place } of placedEntries(directory)) {
    const story = joiner.take(entry, { ...place, hash: lineHash(line) })
    if (story !== null) keep(story)
  }
  for (const story of joiner.unfinished()) keep(story)
  const reader = new PlaceReader(directory)
  try {
    for (const places of kept.slice(Math.max(0, kept.length - limit)).reverse()) {
      const found = await readAgain(reader, places)
      if (found !== null) yield found
    }
  } finally {
    await reader.close()
  }
}

/** @throws CardeaError CARDEA_TRAIL_DAMAGED where other lines stand there by now. */
export async function readAgain(reader: PlaceReader, { first, last }: StoryPlaces): Promise<Found | null> {
  const opening = await reader.read(first)
  return storyOf(opening, last === undefined ? undefined : await reader.read(last))
}
