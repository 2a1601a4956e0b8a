import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { ConfigurationError } from '../../errors.js'
import { errorCode } from '../error-code.js'
import type { Anchor } from './anchor.js'
import { type AnchorOptions, anchorOf, checkpointLine } from './options.js'

export interface FileAnchorOptions extends AnchorOptions {
  /**
   * On a mount that the trail's host can append to and not rewrite, or made append-only by `chattr +a`. It must
   * be there: a mount that is missing must not become a file on the host's own disk.
   */
  readonly path: string
}

/**
 * Appends each checkpoint as a line of JSON to a file, and waits until it is on stable storage.
 *
 * @throws ConfigurationError without a path.
 * @example fileAnchor({ path: '/mnt/worm/cardea.jsonl' })
 */
export function fileAnchor(options: FileAnchorOptions): Anchor {
  const { path } = options
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fileAnchor needs a path.')
  return anchorOf('file', options, async checkpoint => {
    const line = Buffer.from(`${checkpointLine(checkpoint)}\n`)
    const offset = await append(path, line).catch((error: unknown) => {
      const hint = errorCode(error) === 'ENOENT' ? ': it must be made once, on the mount it belongs to' : ''
      throw new Error(`The anchor's file took no checkpoint (${errorCode(error) ?? 'short write'})${hint}.`)
    })
    return `line at byte ${offset}`
  })
}

/** @returns where the line begins. */
async function append(path: string, line: Buffer): Promise<number> {
  // Without waiting, so that a pipe in its place is an error and no hang.
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0))
  try {
    if (!(await file.stat()).isFile()) throw Object.assign(new Error('no file'), { code: 'ENOTREG' })
    const { bytesWritten } = await file.write(line)
    if (bytesWritten !== line.length) throw new Error('short write')
    await file.datasync()
    return (await file.stat()).size - line.length
  } finally {
    await file.close()
  }
}
