/** Names of a trail's segments, and their lines in either direction, a chunk at a time. */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CardeaError } from '../errors.js'
import { MAX_LINE_BYTES } from './trail-line.js'

export interface Segment {
  readonly number: number
  readonly name: string
  readonly path: string
}

const NAME = /^(\d{8})\.jsonl$/
const LINE_FEED = 0x0a
const CHUNK_BYTES = 1_048_576

export function segment(directory: string, number: number): Segment {
  const name = `${String(number).padStart(8, '0')}.jsonl`
  return { number, name, path: join(directory, name) }
}

/** In order. Anything else in the directory is none of the trail's. */
export async function listSegments(directory: string): Promise<readonly Segment[]> {
  const names = await readdir(directory)
  return names
    .map(name => NAME.exec(name)?.[1])
    .filter(digits => digits !== undefined)
    .map(digits => segment(directory, Number(digits)))
    .sort((a, b) => a.number - b.number)
}

/** Complete lines without their line feeds, and how many bytes of the file they took with them. */
export interface LineBatch {
  readonly lines: readonly Buffer[]
  readonly end: number
}

/**
 * Every complete line from `start` on. The bytes behind the last line feed are not a line: the caller
 * finds them between the last batch's `end` and the end of the file.
 *
 * @throws CardeaError CARDEA_TRAIL_DAMAGED for a line longer than any that was ever written.
 */
export async function* lineBatches(path: string, start = 0): AsyncGenerator<LineBatch> {
  const file = await open(path, 'r')
  try {
    let carry: Buffer = Buffer.alloc(0)
    let position = start
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position)
      if (bytesRead === 0) return
      position += bytesRead
      const bytes = Buffer.concat([carry, chunk.subarray(0, bytesRead)])
      const { lines, used } = split(bytes)
      carry = bytes.subarray(used)
      if (carry.length > MAX_LINE_BYTES) throw overlong(path)
      if (lines.length > 0) yield { lines, end: position - carry.length }
    }
  } finally {
    await file.close()
  }
}

function split(bytes: Buffer): { lines: Buffer[]; used: number } {
  const lines: Buffer[] = []
  let used = 0
  for (let feed = bytes.indexOf(LINE_FEED); feed !== -1; feed = bytes.indexOf(LINE_FEED, used)) {
    lines.push(bytes.subarray(used, feed))
    used = feed + 1
  }
  return { lines, used }
}

/** Where the last `count` complete lines of a file begin, and how many of them there are. */
export async function lastLinesStart(path: string, count: number): Promise<{ start: number; lines: number }> {
  const file = await open(path, 'r')
  try {
    let end = (await file.stat()).size
    let feeds = 0
    while (end > 0) {
      const from = Math.max(0, end - CHUNK_BYTES)
      const block = await readBlock(file, from, end)
      for (
        let at = block.lastIndexOf(LINE_FEED);
        at !== -1;
        at = at > 0 ? block.lastIndexOf(LINE_FEED, at - 1) : -1
      ) {
        // One more line feed than lines wanted marks the byte before the first of them.
        if (++feeds > count) return { start: from + at + 1, lines: count }
      }
      end = from
    }
    return { start: 0, lines: feeds }
  } finally {
    await file.close()
  }
}

/** The bytes of a file from `from` up to `end`, or up to where the file ends. */
export async function readBytes(path: string, from: number, end?: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    return await readBlock(file, from, end ?? (await file.stat()).size)
  } finally {
    await file.close()
  }
}

async function readBlock(file: FileHandle, from: number, end: number): Promise<Buffer> {
  const block = Buffer.alloc(Math.max(0, end - from))
  let filled = 0
  while (filled < block.length) {
    const { bytesRead } = await file.read(block, filled, block.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return block.subarray(0, filled)
}

function overlong(path: string): CardeaError {
  return new CardeaError(
    'CARDEA_TRAIL_DAMAGED',
    `${path} holds a line of more than ${MAX_LINE_BYTES} bytes, which no trail writes. Run cardea audit verify.`,
  )
}
