/** Bringing an index up to what a trail holds by now, a few thousand stories at a time. */
import { CardeaError } from '../../errors.js'
import { after, BEGINNING, type Position, placedEntries, segmentsOf } from '../reading/entries.js'
import { type MarkedPlace, PlaceReader } from '../reading/place-reader.js'
import { StoryJoiner } from '../reading/stories.js'
import { lineHash } from '../trail-line.js'
import { Batch } from './batch.js'
import type { Database } from './database.js'
import {
  forgetTrail,
  isSameState,
  type KnownTrail,
  knownTrail,
  openIntents,
  saveTrail,
} from './known-trail.js'

const LINES_AT_ONCE = 8_192

/** From where the trail is to be read on, and the statements that are open there. */
interface Start {
  readonly known: KnownTrail | undefined
  /** What is known is not of this trail, or not of the trail as it is now. */
  readonly anew: boolean
  readonly position: Position
  readonly joiner: StoryJoiner<MarkedPlace>
}

/** @param trail the directory, as the index calls it. */
export async function updateIndex(database: Database, trail: string): Promise<void> {
  while (!(await readOn(database, trail, await startOf(database, trail)))) {
    // Another process has moved the index on meanwhile: from there again.
  }
}

async function startOf(database: Database, trail: string): Promise<Start> {
  const known = knownTrail(database, trail)
  const beginning: Start = {
    known,
    anew: known !== undefined,
    position: BEGINNING,
    joiner: new StoryJoiner(),
  }
  if (known === undefined || (await segmentsOf(trail))[0]?.number !== known.firstSegment) return beginning
  const reader = new PlaceReader(trail)
  try {
    if ((await reader.line(known.head)) === null) return beginning
    const joiner = new StoryJoiner<MarkedPlace>()
    for (const place of openIntents(database, known)) joiner.take(await reader.read(place), place)
    return { known, anew: false, position: known, joiner }
  } catch (error) {
    if (error instanceof CardeaError) return beginning
    throw error
  } finally {
    await reader.close()
  }
}

/** False where somebody else has changed what the index knows of the trail since `start`. */
async function readOn(database: Database, trail: string, start: Start): Promise<boolean> {
  const { joiner } = start
  const batch = new Batch()
  let { anew, known } = start
  let stories = anew ? 0 : (known?.stories ?? 0)
  let firstSegment = anew ? undefined : known?.firstSegment
  let head: MarkedPlace | undefined
  let lines = 0

  const commit = (): boolean => {
    if (head === undefined || firstSegment === undefined) return true
    database.exec('begin immediate')
    try {
      if (!isSameState(knownTrail(database, trail), known)) {
        database.exec('rollback')
        return false
      }
      if (anew && known !== undefined) forgetTrail(database, known)
      const { offset, segment } = after(head)
      saveTrail(database, trail, { firstSegment, segment, offset, stories, head })
      known = knownTrail(database, trail)
      if (known !== undefined) batch.write(database, known.id, joiner.unfinished())
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
    anew = false
    head = undefined
    lines = 0
    return true
  }

  for await (const { entry, line, place } of placedEntries(trail, start.position)) {
    firstSegment ??= place.segment
    head = { ...place, hash: lineHash(line) }
    const story = joiner.take(entry, head)
    if (story !== null) batch.add(stories++, story)
    lines += 1
    if (lines >= LINES_AT_ONCE && !commit()) return false
  }
  return commit()
}
