import type { Checkpoint } from '../../model/checkpoint.js'

/** What an anchor gives back for a checkpoint, kept beside the trail. */
export interface AnchorReceipt {
  /** The anchor's name. */
  readonly anchor: string
  /** Of the checkpoint that it took. */
  readonly size: number
  /** When it took it, UTC, ISO 8601. */
  readonly time: string
  /** What proves it: an object's version, a time stamp, a cosignature. */
  readonly evidence: string
}

/**
 * Port: keeps checkpoints where whoever can write to the trail cannot (PCI DSS 10.3.3, 10.3.4). It is called in
 * the background, one checkpoint after the other, and never delays a decision; a rejection is put on record.
 */
export interface Anchor {
  readonly name: string
  anchor(checkpoint: Checkpoint): Promise<AnchorReceipt>
}
