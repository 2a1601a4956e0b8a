/**
 * Follows the signatures of a trail: every key of an epoch up to the root key, every checkpoint to the key that was in use,
 * and all of them to the one tree that the records make. So all checkpoints are consistent with each other.
 */
import { epochOf, type KnownEpoch } from '../checkpoints/key-record.js'
import { type ParsedCheckpoint, parseCheckpoint } from '../checkpoints/note-text.js'
import { type NoteKey, signedBy } from '../checkpoints/signed-note.js'
import type { CompactRange } from '../merkle/compact-range.js'
import { EMPTY_ROOT, hashBytes } from '../merkle/tree-hasher.js'
import type { TrailEntry } from '../trail-line.js'

/** Why the trail is not what a checkpoint names, and the record by whose number that is known. */
export interface Mismatch {
  readonly seq: number
  readonly reason: string
}

export class SealCheck {
  readonly #root: NoteKey | null
  readonly #epochs: KnownEpoch[] = []
  /** Roots that the next key may have been signed with. */
  readonly #known = new Map<number, Buffer>()
  /** Roots at the sizes of checkpoints that do not stand in the trail; null until it has grown so far. */
  readonly #wanted = new Map<number, Buffer | null>()
  #checkpoints = 0
  #signed = 0

  /** @param outside checkpoints beside the trail or from elsewhere. */
  constructor(root: NoteKey | null, outside: readonly ParsedCheckpoint[]) {
    this.#root = root
    for (const { size } of outside) this.#wanted.set(size, size === 0 ? hashBytes(EMPTY_ROOT) : null)
  }

  /** On record. */
  get checkpoints(): number {
    return this.#checkpoints
  }

  get epochs(): number {
    return this.#epochs.length
  }

  /** Size of the largest tree that a good signature was found for. */
  get signed(): number {
    return this.#signed
  }

  /** @param tree of all records before the entry. @returns why the entry is not what the trail wrote. */
  look(entry: TrailEntry, tree: CompactRange): string | undefined {
    switch (entry.event) {
      case 'trail.segment':
        return this.#segment(entry.detail, tree, entry)
      case 'trail.key':
        return this.#key(entry, tree)
      case 'trail.checkpoint':
        return this.#checkpoint(entry.detail, tree)
      default:
        return undefined
    }
  }

  /** @param tree with the record that was looked at. */
  grown(tree: CompactRange): void {
    if (this.#wanted.has(tree.size)) this.#wanted.set(tree.size, tree.head().root)
  }

  /** A checkpoint that does not stand in the trail, once all records are read. @param name of the place it comes from. */
  outside(checkpoint: ParsedCheckpoint, name: string, records: number): Mismatch | undefined {
    const { note, origin, root, size } = checkpoint
    const bad = (reason: string): Mismatch => ({ seq: size, reason })
    if (this.#root !== null && origin !== this.#root.name)
      return bad(`${name} is of another trail, ${origin}`)
    if (size > records)
      return {
        seq: records + 1,
        reason: `the tail is missing: ${name} names record ${size}, the trail ends at ${records}`,
      }
    if (this.#wanted.get(size)?.equals(root) !== true)
      return bad(`the first ${size} records are not those that ${name} names`)
    const epoch = this.#epochs.findLast(({ since }) => since <= size)
    const keys = [epoch?.key, this.#root].filter(key => key !== undefined && key !== null)
    if (!keys.some(key => signedBy(note, key))) return bad(`${name} is not signed with a key of this trail`)
    this.#signed = Math.max(this.#signed, size)
    return undefined
  }

  #segment(
    detail: Readonly<Record<string, unknown>>,
    tree: CompactRange,
    entry: TrailEntry,
  ): string | undefined {
    const { note, tree: nodes } = detail
    if (nodes === undefined && this.#epochs.length === 0) return undefined
    if (!Array.isArray(nodes) || nodes.join() !== tree.nodes().join())
      return 'the segment does not continue the tree of the records before it'
    this.#known.set(tree.size, tree.head().root)
    if (note === undefined) return undefined
    const current = this.#epochs.at(-1)
    if (current === undefined) return this.#introduce(entry)
    return note === current.checkpoint.source
      ? undefined
      : 'the segment names another key than the one in use'
  }

  #key(entry: TrailEntry, tree: CompactRange): string | undefined {
    const before = this.#epochs.at(-1)
    const reason = this.#introduce(entry)
    const epoch = this.#epochs.at(-1)
    if (reason !== undefined || epoch === undefined) return reason
    if (before !== undefined && epoch.number !== before.number + 1)
      return `a key of epoch ${epoch.number} follows that of epoch ${before.number}`
    const { root, size } = epoch.checkpoint
    const known = size === tree.size ? tree.head().root : this.#known.get(size)
    if (known?.equals(root) !== true)
      return `the first ${size} records are not those that the root key has signed`
    this.#known.clear()
    this.#signed = size
    return undefined
  }

  #introduce(entry: TrailEntry): string | undefined {
    if (this.#root === null) return 'the file KEYS, which states the root key, is missing'
    const epoch = epochOf(entry, this.#root)
    if (typeof epoch === 'string') return epoch
    this.#epochs.push(epoch)
    return undefined
  }

  #checkpoint({ note }: Readonly<Record<string, unknown>>, tree: CompactRange): string | undefined {
    const checkpoint = typeof note === 'string' ? parseCheckpoint(note) : undefined
    const epoch = this.#epochs.at(-1)
    if (checkpoint === undefined) return 'the record holds no checkpoint'
    if (
      epoch === undefined ||
      checkpoint.origin !== this.#root?.name ||
      !signedBy(checkpoint.note, epoch.key)
    )
      return 'the checkpoint is not signed with the key in use'
    const { root, size } = checkpoint
    const head = tree.head()
    if (size !== head.size || !root.equals(head.root))
      return `the first ${head.size} records are not those that the checkpoint names`
    this.#known.set(size, root)
    this.#checkpoints += 1
    this.#signed = size
    return undefined
  }
}
