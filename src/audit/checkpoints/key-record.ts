import { epochName } from '../keys/epoch-keys.js'
import type { TrailEntry } from '../trail-line.js'
import { type ParsedCheckpoint, parseCheckpoint } from './note-text.js'
import { type NoteKey, signedBy } from './signed-note.js'

/** A key of an epoch, as the root introduces it. */
export interface KnownEpoch {
  readonly number: number
  readonly key: NoteKey
  /** The root's checkpoint: the tree before the epoch. */
  readonly checkpoint: ParsedCheckpoint
  /** Number of the record that introduces it: checkpoints of trees at least that size are signed with it. */
  readonly since: number
}

/** The key that a `trail.key` or `trail.segment` record names, or in words why it does not. */
export function epochOf(entry: TrailEntry, root: NoteKey): KnownEpoch | string {
  const note = 'detail' in entry ? entry.detail['note'] : undefined
  const checkpoint = typeof note === 'string' ? parseCheckpoint(note) : undefined
  if (checkpoint?.epoch === undefined) return 'the record introduces no key'
  if (checkpoint.origin !== root.name) return `the key is of another trail, ${checkpoint.origin}`
  if (!signedBy(checkpoint.note, root)) return 'the root key has not signed the key that is introduced here'
  const { number, publicKey } = checkpoint.epoch
  const key = { name: epochName(root.name, number), publicKey }
  return { number, key, checkpoint, since: entry.seq }
}
