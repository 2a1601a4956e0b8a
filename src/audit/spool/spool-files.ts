/** The files of a spool: numbered segments of lines, and how far they have been delivered. */
import { constants } from 'node:fs'
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../error-code.js'

/** The operations on files below a spool; tests inject failures. */
export interface SpoolFiles {
  /** Of a file that must not be there yet. */
  create(path: string): Promise<FileHandle>
  append(handle: FileHandle, bytes: Buffer): Promise<void>
}

export const nodeSpoolFiles: SpoolFiles = Object.freeze({
  create: (path: string) =>
    open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_APPEND, 0o600),
  append: (handle: FileHandle, bytes: Buffer) => handle.appendFile(bytes),
})

/** Everything before it has been delivered. */
export interface Position {
  readonly segment: number
  /** Bytes. */
  readonly offset: number
}

export interface Segment {
  readonly number: number
  readonly bytes: number
}

const SEGMENT = /^(\d{8})\.spool$/
const POSITION = 'delivered'

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(8, '0')}.spool`)
}

export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
}

/** In the order in which they were written. */
export async function listSegments(directory: string): Promise<Segment[]> {
  const numbers = (await readdir(directory))
    .map(name => SEGMENT.exec(name)?.[1])
    .filter(digits => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
  return Promise.all(
    numbers.map(async number => ({ number, bytes: (await stat(segmentPath(directory, number))).size })),
  )
}

/** Where it is not there or cannot be read, everything is delivered again. */
export async function readPosition(directory: string): Promise<Position> {
  const text = await readFile(join(directory, POSITION), 'utf8').catch(() => '')
  const [, segment, offset] = /^(\d{1,8}) (\d{1,15})\n$/.exec(text) ?? []
  return { segment: Number(segment ?? 0), offset: Number(offset ?? 0) }
}

/** Atomic: a process that is killed meanwhile leaves the one before. */
export async function writePosition(directory: string, { segment, offset }: Position): Promise<void> {
  const draft = join(directory, `${POSITION}.draft`)
  await writeFile(draft, `${segment} ${offset}\n`, { mode: 0o600 })
  await rename(draft, join(directory, POSITION))
}

export async function removeSegment(directory: string, number: number): Promise<void> {
  await rm(segmentPath(directory, number), { force: true })
}

const CHUNK = 262_144
const LINE_FEED = 10

/** How many lines end in the segment from the offset on, and where the last of them ends. */
export async function countLines(
  directory: string,
  { number, bytes }: Segment,
  offset: number,
): Promise<{ readonly lines: number; readonly end: number }> {
  const handle = await open(segmentPath(directory, number), 'r')
  const chunk = Buffer.alloc(CHUNK)
  let lines = 0
  let end = offset
  try {
    for (let at = offset; at < bytes; ) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, at)
      if (bytesRead === 0) break
      for (let found = chunk.indexOf(LINE_FEED); found >= 0 && found < bytesRead; ) {
        lines += 1
        end = at + found + 1
        found = chunk.indexOf(LINE_FEED, found + 1)
      }
      at += bytesRead
    }
    return { lines, end }
  } finally {
    await handle.close()
  }
}

/** The bytes of whole lines from the offset on: as many as fit, one at least. Empty at the end of the segment. */
export async function readLines(
  directory: string,
  number: number,
  { from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<Buffer> {
  const handle = await open(segmentPath(directory, number), 'r').catch((error: unknown) => {
    // Somebody has removed it: there is nothing in it any more.
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return Buffer.alloc(0)
  try {
    for (let length = Math.min(limit, to - from); length > 0; length = Math.min(length * 4, to - from)) {
      const bytes = Buffer.alloc(length)
      const { bytesRead } = await handle.read(bytes, 0, length, from)
      const end = bytes.subarray(0, bytesRead).lastIndexOf(LINE_FEED) + 1
      if (end > 0) return bytes.subarray(0, end)
      if (from + length >= to) break
    }
    return Buffer.alloc(0)
  } finally {
    await handle.close()
  }
}
