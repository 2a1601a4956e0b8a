/** What anchors answered, kept beside the trail: one line of JSON for each checkpoint, in a file for each anchor. */
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoint } from '../../model/checkpoint.js'
import type { AnchorReceipt } from './anchor.js'

/** A receipt as it is kept: it can be checked by itself, wherever it is copied to. */
export interface KeptReceipt extends AnchorReceipt {
  readonly checkpoint: Checkpoint
}

/** Of a trail's directory. */
export const RECEIPTS = 'anchors'

/** @throws what the file system says; the checkpoint is anchored all the same. */
export async function keepReceipt(
  directory: string,
  { anchor, evidence, size, time }: AnchorReceipt,
  checkpoint: Checkpoint,
): Promise<void> {
  const folder = join(directory, RECEIPTS)
  const kept: KeptReceipt = { anchor, checkpoint, evidence, size, time }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await appendFile(join(folder, `${anchor}.jsonl`), `${JSON.stringify(kept)}\n`, { mode: 0o600 })
}
