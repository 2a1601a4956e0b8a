import { type ChainHead, decodeLine, lineHash, type TrailEntry, ZERO_HASH } from '../trail-line.js'

/** Follows the records of a trail: their form, their numbers, the hash of each in the next, an outcome for every intent. */
export class ChainCheck {
  readonly #openIntents = new Set<string>()
  #head: ChainHead = { seq: 0, hash: ZERO_HASH }

  get head(): ChainHead {
    return this.#head
  }

  get openIntents(): number {
    return this.#openIntents.size
  }

  /** Goes on where the segments before were pruned. @param first the record that follows them. */
  continueAt(first: TrailEntry, openIntents: readonly string[]): void {
    this.#head = { seq: first.seq - 1, hash: first.prev }
    for (const id of openIntents) this.#openIntents.add(id)
  }

  /** The record on a line, or in words why it is not the next one. */
  look(line: Buffer): TrailEntry | string {
    const entry = decodeLine(line)
    if (typeof entry === 'string') return entry
    const seq = this.#head.seq + 1
    if (entry.seq < seq) return `record ${entry.seq} stands here a second time or out of order`
    if (entry.seq > seq) return `records ${seq} to ${entry.seq - 1} are missing`
    if (entry.prev !== this.#head.hash) return 'the record before this one is not the one that was written'
    return this.#unpaired(entry) ?? entry
  }

  /** The record that was looked at is sound. */
  take(entry: TrailEntry, line: Buffer): void {
    if (entry.event === 'statement') {
      if (entry.phase === 'intent') this.#openIntents.add(entry.id)
      else this.#openIntents.delete(entry.id)
    }
    this.#head = { seq: entry.seq, hash: lineHash(line) }
  }

  /** One outcome per intent; a statement that never ran is one whole outcome by itself. */
  #unpaired(entry: TrailEntry): string | undefined {
    if (entry.event !== 'statement') return undefined
    const open = this.#openIntents.has(entry.id)
    if (entry.phase === 'intent') return open ? `a second intent of ${entry.id}` : undefined
    return open || entry.body !== undefined
      ? undefined
      : `an outcome of ${entry.id}, which has no open intent`
  }
}
