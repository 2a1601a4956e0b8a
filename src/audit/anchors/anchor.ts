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
  /** Names its receipts' file, so: letters, digits, `.`, `_` and `-`. No two anchors of a trail share it. */
  readonly name: string
  /** Milliseconds between two checkpoints that it is given. Default 0: every one. */
  readonly everyMs?: number
  /**
   * @param signal aborts when time is over: whatever was begun must be ended then.
   * @throws an error whose message an operator may read: no secret, no address with one.
   */
  anchor(checkpoint: Checkpoint, signal: AbortSignal): Promise<AnchorReceipt>
}
