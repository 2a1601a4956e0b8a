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
  /**
   * Whose signature it bears. `'root'`: the one key that stays as long as the trail does, which is the one to pin; at every
   * opening and about once an hour. `'epoch'`: a key of an hour, which a note of the root names.
   */
  readonly signer: 'root' | 'epoch'
  /** When it was made, UTC, ISO 8601. */
  readonly time: string
}
