/** The records of a trail with where each of them stands. */
import { CardeaError, ConfigurationError } from '../../errors.js'
import type { StatementRecord } from '../../model/record.js'
import { errorCode } from '../error-code.js'
import { lineBatches, listSegments, type Segment } from '../segment-files.js'
import { decodeLine, type TrailEntry } from '../trail-line.js'

/** Where in a trail something begins: the number of a segment, and bytes before it in the segment. */
export interface Position {
  readonly segment: number
  readonly offset: number
}

/** Where one line stands. */
export interface Place extends Position {
  /** Its length without the line feed. */
  readonly bytes: number
}

export interface PlacedEntry {
  readonly entry: TrailEntry
  readonly place: Place
  /** Valid until the next entry is asked for, unless copied. */
  readonly line: Buffer
}

export const BEGINNING: Position = Object.freeze({ segment: 0, offset: 0 })

/** Where the line after it begins, if one does. */
export function after({ segment, offset, bytes }: Place): Position {
  return { segment, offset: offset + bytes + 1 }
}

/**
 * Every whole record from a position on, up to where the trail ends now. Lines are checked for form, not for the
 * chain: that is `verifyTrail`'s.
 *
 * @throws ConfigurationError for a directory that cannot be read; CardeaError CARDEA_TRAIL_DAMAGED at a line that
 *   is no record.
 */
export async function* placedEntries(
  directory: string,
  from: Position = BEGINNING,
): AsyncGenerator<PlacedEntry> {
  for (const segment of await segmentsOf(directory)) {
    if (segment.number < from.segment) continue
    let offset = segment.number === from.segment ? from.offset : 0
    try {
      for await (const { lines } of lineBatches(segment.path, offset)) {
        for (const line of lines) {
          const place = { segment: segment.number, offset, bytes: line.length }
          yield { entry: entryOn(segment, line), place, line }
          offset += line.length + 1
        }
      }
    } catch (error) {
      // A writer that opens a trail removes a segment without a whole line, and pruning removes old ones.
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
}

/** @throws ConfigurationError for a directory that cannot be read. */
export async function segmentsOf(directory: string): Promise<readonly Segment[]> {
  try {
    return await listSegments(directory)
  } catch (error) {
    throw new ConfigurationError(`There is no trail that can be read in ${directory}.`, { cause: error })
  }
}

function entryOn(segment: Segment, line: Buffer): TrailEntry {
  const entry = decodeLine(line)
  const why = typeof entry === 'string' ? entry : missingIn(entry)
  if (why === null && typeof entry !== 'string') return entry
  throw new CardeaError('CARDEA_TRAIL_DAMAGED', `${segment.name}: ${why}. Run cardea audit verify.`)
}

/** Whoever reads a statement may count on what every one has, whoever wrote the line. */
function missingIn(entry: TrailEntry): string | null {
  const body: Partial<Record<keyof StatementRecord, unknown>> | undefined =
    'body' in entry ? entry.body : undefined
  if (body === undefined) return null
  const objects = [body.decision, body.dataSource]
  const lists = [body.objects, body.labels, body.bindings]
  const texts = [body.session, body.statement]
  const whole =
    objects.every(part => typeof part === 'object' && part !== null) &&
    lists.every(Array.isArray) &&
    texts.every(part => typeof part === 'string')
  return whole ? null : `record ${entry.seq} is no statement as it is recorded`
}
