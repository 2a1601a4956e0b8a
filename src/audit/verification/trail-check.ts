import type { ParsedCheckpoint } from '../checkpoints/note-text.js'
import type { NoteKey } from '../checkpoints/signed-note.js'
import type { RootKept } from '../keys/trail-root.js'
import { CompactRange } from '../merkle/compact-range.js'
import type { Segment } from '../segment-files.js'
import { decodeLine, type TrailEntry, ZERO_HASH } from '../trail-line.js'
import type { BadLine } from '../verify.js'
import { ChainCheck } from './chain-check.js'
import { Remarks } from './remarks.js'
import { SealCheck } from './seal-check.js'

/** Everything that is followed line by line. */
export class TrailCheck {
  readonly chain = new ChainCheck()
  readonly seals: SealCheck
  readonly remarks = new Remarks()
  tornBytes = 0
  /** Of the segment at hand. */
  segmentLines = 0
  segmentEnd = 0
  #tree = CompactRange.empty()
  #begins = 1
  #before = ZERO_HASH
  #pruneOnRecord = false
  #kept: RootKept | undefined

  constructor(root: NoteKey | null, outside: readonly ParsedCheckpoint[]) {
    this.seals = new SealCheck(root, outside)
  }

  /** Number of the first record. */
  get begins(): number {
    return this.#begins
  }

  /** Where the root key is kept, as the trail says. */
  get kept(): RootKept | undefined {
    return this.#kept
  }

  beginSegment(): void {
    this.segmentLines = 0
    this.segmentEnd = 0
  }

  /** Why the line is bad, or nothing and the trail is one record longer. @param afterPruned the first of a pruned trail */
  take(line: Buffer, afterPruned: boolean): string | undefined {
    this.segmentLines += 1
    if (afterPruned) {
      const reason = this.#continueAt(decodeLine(line))
      if (reason !== undefined) return reason
    }
    const entry = this.chain.look(line)
    if (typeof entry === 'string') return entry
    const reason = this.seals.look(entry, this.#tree)
    if (reason !== undefined) return reason
    this.chain.take(entry, line)
    this.#tree.addLine(line)
    this.seals.grown(this.#tree)
    this.remarks.take(entry)
    if (entry.event === 'trail.key')
      this.#kept = entry.detail['rootKept'] === 'elsewhere' ? 'elsewhere' : 'beside'
    if (entry.event === 'trail.prune') this.#pruneOnRecord ||= this.#prunes(entry.detail)
    return undefined
  }

  /** A trail that does not begin with its first record says who took the others. */
  unpruned(first: Segment | undefined): BadLine | undefined {
    if (this.#begins === 1 || this.#pruneOnRecord) return undefined
    const reason = `records 1 to ${this.#begins - 1} are missing, and no trail.prune record says so`
    return { segment: first?.name ?? '', line: 0, seq: 1, reason }
  }

  bad(segment: Segment | undefined, line: number, reason: string): BadLine {
    return { segment: segment?.name ?? '', line, seq: this.chain.head.seq + 1, reason }
  }

  #continueAt(first: TrailEntry | string): string | undefined {
    if (typeof first === 'string') return first
    const { openIntents, tree } =
      'detail' in first ? first.detail : { openIntents: undefined, tree: undefined }
    const nodes = Array.isArray(tree) ? CompactRange.of(first.seq - 1, tree.map(String)) : undefined
    if (first.event !== 'trail.segment' || nodes === undefined || !Array.isArray(openIntents))
      return 'records are missing before it, and it does not say which tree it continues'
    this.#tree = nodes
    this.#begins = first.seq
    this.#before = first.prev
    this.chain.continueAt(first, openIntents.map(String))
    return undefined
  }

  #prunes({ seq, hash }: Readonly<Record<string, unknown>>): boolean {
    return seq === this.#begins - 1 && hash === this.#before
  }
}
