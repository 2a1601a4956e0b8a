/** A trail at one size: the Merkle tree over its records, signed (RFC 6962, C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** The trail's own name, first line of the note. */
  readonly origin: string
  /** Records that the tree holds: those numbered 1 to `size`. */
  readonly size: number
  /** The tree's root hash, base64. */
  readonly root: string
  /** The signed note, as written. */
  readonly note: string
  /** When it was made, UTC, ISO 8601. */
  readonly time: string
}
