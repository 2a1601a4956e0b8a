/** Space set aside, so that a trail on a full disk can still say why it ends (PCI DSS 10.7.2). */
import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeWholeFile } from './checkpoints/whole-file.js'

/** More than the last record and what the file system needs for it. */
const RESERVE_BYTES = 16_384

function reservePath(directory: string): string {
  return join(directory, 'reserve')
}

/** @throws what the file system throws where there is no space for it. */
export async function keepReserve(directory: string): Promise<void> {
  const path = reservePath(directory)
  if (existsSync(path) && statSync(path).size === RESERVE_BYTES) return
  // Written and not only sized: a file without blocks reserves nothing.
  await writeWholeFile(path, ' '.repeat(RESERVE_BYTES))
}

export function giveUpReserve(directory: string): void {
  rmSync(reservePath(directory), { force: true })
}
