/**
 * Reads a whole trail and says whether it is as it was written. A hash chain shows every change that
 * was not followed by rewriting everything after it; what it cannot show by itself stands in `limits`.
 */
import { stat } from 'node:fs/promises'
import { CardeaError, ConfigurationError } from '../errors.js'
import { lineBatches, listSegments, type Segment } from './segment-files.js'
import { readHead } from './trail-head.js'
import { type ChainHead, decodeLine, lineHash, type TrailEntry, ZERO_HASH } from './trail-line.js'

export interface VerifyOptions {
  /** An anchor: a head (from an earlier report) kept where the trail's own host cannot change it. */
  readonly expectedHead?: ChainHead
}

export interface BadLine {
  /** File name of the segment. */
  readonly segment: string
  /** From 1; 0 when the segment as a whole is meant. */
  readonly line: number
  /** The number the record there should have. */
  readonly seq: number
  readonly reason: string
}

export interface VerifyReport {
  /**
   * `tampered`: not as it was written. `incomplete`: sound, but with intents that have no outcome or an
   * unfinished last line; so is a trail whose writer is at work, or died and was not reopened.
   */
  readonly status: 'whole' | 'tampered' | 'incomplete'
  /** Sound records read, up to the first bad one. */
  readonly records: number
  readonly segments: number
  readonly firstBad?: BadLine
  /** Keep this elsewhere: it is the anchor for the next verification. */
  readonly head: ChainHead
  /** False when `expectedHead` was given and the trail contains it. */
  readonly unanchored: boolean
  /** Intents without outcome. */
  readonly openIntents: number
  /** Bytes of an unfinished last line. */
  readonly tornBytes: number
  /** What this verification cannot exclude, for people. */
  readonly limits: readonly string[]
}

/**
 * @throws ConfigurationError when the directory cannot be read as a trail at all.
 * @example
 * const report = await verifyTrail('./audit', { expectedHead: { seq: 1200, hash: '9f…' } })
 */
export async function verifyTrail(directory: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  let segments: readonly Segment[]
  try {
    segments = await listSegments(directory)
  } catch (error) {
    throw new ConfigurationError(`There is no trail that can be read in ${directory}.`, { cause: error })
  }
  // Before the segments: a writer at work moves the note only after the records it names.
  const note = await readHead(directory)
  const run = new Verification(note, options.expectedHead)
  const firstBad = (await run.readAll(segments)) ?? run.checkHeads(segments.at(-1))
  return run.report(segments.length, firstBad)
}

class Verification {
  readonly #note: ChainHead | string | null
  readonly #expected: ChainHead | undefined
  readonly #openIntents = new Set<string>()
  readonly #found = new Map<number, string | null>()
  #head: ChainHead = { seq: 0, hash: ZERO_HASH }
  #tornBytes = 0

  constructor(note: ChainHead | string | null, expected: ChainHead | undefined) {
    this.#note = note
    this.#expected = expected
    if (note !== null && typeof note !== 'string') this.#found.set(note.seq, null)
    if (expected !== undefined) this.#found.set(expected.seq, null)
  }

  async readAll(segments: readonly Segment[]): Promise<BadLine | undefined> {
    for (const [index, segment] of segments.entries()) {
      if (segment.number !== index + 1)
        return this.#bad(segment, 0, `segment ${index + 1} is missing before this one`)
      const bad = await this.#readSegment(segment, index === segments.length - 1)
      if (bad !== undefined) return bad
    }
    return undefined
  }

  /** The head note and the anchor name records that must be there. */
  checkHeads(last: Segment | undefined): BadLine | undefined {
    if (typeof this.#note === 'string') return this.#bad(last, 0, this.#note)
    return (
      this.#checkHead(last, this.#note, 'the head note') ??
      this.#checkHead(last, this.#expected, 'the expected head')
    )
  }

  report(segments: number, firstBad: BadLine | undefined): VerifyReport {
    const incomplete = this.#openIntents.size > 0 || this.#tornBytes > 0
    const anchored = this.#expected !== undefined && firstBad === undefined
    return {
      status: firstBad !== undefined ? 'tampered' : incomplete ? 'incomplete' : 'whole',
      records: this.#head.seq,
      segments,
      ...(firstBad === undefined ? undefined : { firstBad }),
      head: this.#head,
      unanchored: !anchored,
      openIntents: this.#openIntents.size,
      tornBytes: this.#tornBytes,
      limits: this.#limits(anchored),
    }
  }

  async #readSegment(segment: Segment, isLast: boolean): Promise<BadLine | undefined> {
    let line = 0
    let end = 0
    try {
      for await (const batch of lineBatches(segment.path)) {
        for (const bytes of batch.lines) {
          line += 1
          const reason = this.#take(bytes)
          if (reason !== undefined) return this.#bad(segment, line, reason)
        }
        end = batch.end
      }
    } catch (error) {
      if (error instanceof CardeaError)
        return this.#bad(segment, line + 1, 'the line is longer than any that is written')
      throw error
    }
    const torn = (await stat(segment.path)).size - end
    if (torn > 0 && !isLast) return this.#bad(segment, line + 1, 'the line has no end')
    this.#tornBytes = torn
    return undefined
  }

  /** Why the line is bad, or nothing and the chain is one longer. */
  #take(bytes: Buffer): string | undefined {
    const entry = decodeLine(bytes)
    if (typeof entry === 'string') return entry
    const seq = this.#head.seq + 1
    if (entry.seq < seq) return `record ${entry.seq} stands here a second time or out of order`
    if (entry.seq > seq) return `records ${seq} to ${entry.seq - 1} are missing`
    if (entry.prev !== this.#head.hash) return 'the record before this one is not the one that was written'
    const unpaired = this.#pair(entry)
    if (unpaired !== undefined) return unpaired
    this.#head = { seq, hash: lineHash(bytes) }
    if (this.#found.has(seq)) this.#found.set(seq, this.#head.hash)
    return undefined
  }

  /** One outcome per intent; a statement that never ran is one whole outcome by itself. */
  #pair(entry: TrailEntry): string | undefined {
    if (entry.event !== 'statement') return undefined
    if (entry.phase === 'intent') {
      if (this.#openIntents.has(entry.id)) return `a second intent of ${entry.id}`
      this.#openIntents.add(entry.id)
      return undefined
    }
    if (this.#openIntents.delete(entry.id) || entry.body !== undefined) return undefined
    return `an outcome of ${entry.id}, which has no open intent`
  }

  #checkHead(
    last: Segment | undefined,
    head: ChainHead | null | undefined,
    name: string,
  ): BadLine | undefined {
    if (head === null || head === undefined) return undefined
    if (head.seq > this.#head.seq) {
      return this.#bad(
        last,
        0,
        `the tail is missing: ${name} names record ${head.seq}, the trail ends at ${this.#head.seq}`,
      )
    }
    const found = head.seq === 0 ? ZERO_HASH : this.#found.get(head.seq)
    if (found === head.hash) return undefined
    return { ...this.#bad(last, 0, `record ${head.seq} is not the one that ${name} names`), seq: head.seq }
  }

  #bad(segment: Segment | undefined, line: number, reason: string): BadLine {
    return { segment: segment?.name ?? '', line, seq: this.#head.seq + 1, reason }
  }

  #limits(anchored: boolean): readonly string[] {
    const limits: string[] = []
    if (anchored) {
      limits.push(
        `Records after ${this.#expected?.seq} are not covered by the expected head: their loss or a rewrite of them can go unseen.`,
      )
    } else {
      limits.push(
        'Without an expected head kept elsewhere, a rewrite of the whole trail together with its head note, or the replacement of both by an older copy, cannot be seen.',
      )
    }
    if (this.#note === null) {
      limits.push('There is no head note, so records missing at the end of the trail cannot be seen.')
    } else if (typeof this.#note !== 'string' && this.#note.seq < this.#head.seq) {
      limits.push(
        `The head note names record ${this.#note.seq}: a change to the last record, or the loss of records after ${this.#note.seq}, cannot be seen.`,
      )
    }
    return limits
  }
}
