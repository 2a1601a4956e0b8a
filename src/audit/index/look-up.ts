/** Searching a trail by its index: a list for each condition and block of stories, and then the lines themselves. */
import { CardeaError } from '../../errors.js'
import { matches, type SearchFilter } from '../reading/filter.js'
import { PlaceReader } from '../reading/place-reader.js'
import { readAgain, type StoryPlaces, scan } from '../reading/scan.js'
import type { Found } from '../reading/stories.js'
import { BLOCK } from './batch.js'
import type { Database, Prepared } from './database.js'
import { type KnownTrail, knownTrail, openIntents, placeIn, rows } from './known-trail.js'
import { termsAsked } from './terms.js'

const LATEST = 8_640_000_000_000_000

export async function* lookUp(
  database: Database,
  trail: string,
  filter: SearchFilter,
  reverse: boolean,
): AsyncGenerator<Found> {
  const known = knownTrail(database, trail)
  if (known === undefined) return
  const groups = termsAsked(filter)
  if (groups.length === 0 && filter.from === undefined && filter.to === undefined && !reverse) {
    // Nothing to look up: reading on is faster than reading line by line.
    yield* scan(trail, filter)
    return
  }
  const reader = new PlaceReader(trail)
  try {
    for (const places of placesOf(database, known, filter, groups, reverse)) {
      const found = await readAgain(reader, places)
      if (found !== null && matches(found, filter)) yield found
    }
  } finally {
    await reader.close()
  }
}

/** Where candidates stand, in the order of their end; those that have not ended last. */
function* placesOf(
  database: Database,
  known: KnownTrail,
  filter: SearchFilter,
  groups: readonly (readonly number[])[],
  reverse: boolean,
): Generator<StoryPlaces> {
  const open = openIntents(database, known).map(first => ({ first }))
  if (reverse) yield* open.reverse()
  const lists = new Lists(database, known, groups)
  for (const block of blocksOf(database, known, filter, reverse)) {
    const stories = lists.in(block)
    for (const n of reverse ? stories.toReversed() : stories) yield lists.places(n)
  }
  if (!reverse) yield* open
}

function blocksOf(
  database: Database,
  { id }: KnownTrail,
  { from = -LATEST, to = LATEST + 1 }: SearchFilter,
  reverse: boolean,
): readonly number[] {
  return rows(
    database,
    `select block from span where trail = ? and latest >= ? and earliest < ? order by block ${reverse ? 'desc' : 'asc'}`,
    id,
    from,
    to,
  ).map(row => Number(row['block']))
}

class Lists {
  readonly #known: KnownTrail
  readonly #groups: readonly (readonly number[])[]
  readonly #list: Prepared
  readonly #story: Prepared

  constructor(database: Database, known: KnownTrail, groups: readonly (readonly number[])[]) {
    this.#known = known
    this.#groups = groups
    this.#list = database.prepare('select stories from term where trail = ? and term = ? and block = ?')
    this.#story = database.prepare(
      `select first_segment, first_offset, first_bytes, lower(hex(first_hash)) as first_hash,
         last_segment, last_offset, last_bytes, lower(hex(last_hash)) as last_hash
       from story where trail = ? and n = ?`,
    )
  }

  /** Numbers of the stories of a block that are in a list of every group, ascending. */
  in(block: number): readonly number[] {
    const [rarest, ...others] = this.#groups
    if (rarest === undefined) {
      const start = block * BLOCK
      const count = Math.min(BLOCK, this.#known.stories - start)
      return Array.from({ length: Math.max(0, count) }, (_, index) => start + index)
    }
    let stories = this.#union(rarest, block)
    for (const group of others) {
      if (stories.length === 0) return stories
      const also = new Set(this.#union(group, block))
      stories = stories.filter(n => also.has(n))
    }
    return stories
  }

  places(n: number): StoryPlaces {
    const row = this.#story.get(this.#known.id, n)
    if (typeof row !== 'object' || row === null) {
      throw new CardeaError(
        'CARDEA_TRAIL_DAMAGED',
        'The index was made anew while it was being read, because the trail is not the one that was indexed. Search again.',
      )
    }
    const record = { ...row } as Readonly<Record<string, unknown>>
    const first = placeIn(record, 'first')
    return record['last_segment'] === null ? { first } : { first, last: placeIn(record, 'last') }
  }

  #union(group: readonly number[], block: number): readonly number[] {
    const numbers = new Set(group.flatMap(term => this.#numbers(term, block)))
    return [...numbers].sort((a, b) => a - b)
  }

  #numbers(term: number, block: number): readonly number[] {
    const row = this.#list.get(this.#known.id, term, block)
    if (typeof row !== 'object' || row === null || !('stories' in row)) return []
    return String(row.stories).trim().split(' ').map(Number)
  }
}
