/**
 * The client's messages about statements and portals, read. Each throws RangeError for one that is not whole,
 * or holds text that is not UTF-8: what is judged must be what the server reads.
 */
import { isUtf8 } from 'node:buffer'

/** Bytes up to which a text is looked at one by one: for short ones that is less than a call to ask for it. */
const SHORT_BYTES = 512

/** A message's body, taken apart front to back. */
class Body {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  text(): string {
    const { bytes, at, end } = this
    const near = Math.min(end, at + SHORT_BYTES)
    let stop = at
    while (stop < near && bytes[stop] !== 0) stop++
    if (stop === near) stop = bytes.indexOf(0, near)
    if (stop < 0 || stop >= end) throw new RangeError('a name or text without its end')
    const text = utf8Of(bytes, at, stop)
    if (text === undefined) throw new RangeError('text that is not UTF-8')
    this.at = stop + 1
    return text
  }

  byte(): number {
    if (this.at >= this.end) throw new RangeError('a message that is too short')
    return this.bytes[this.at++] ?? 0
  }

  int16(): number {
    if (this.at + 2 > this.end) throw new RangeError('a message that is too short')
    this.at += 2
    return this.bytes.readUInt16BE(this.at - 2)
  }

  int32(): number {
    if (this.at + 4 > this.end) throw new RangeError('a message that is too short')
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  /** @returns where they began. */
  skip(length: number): number {
    if (this.at + length > this.end) throw new RangeError('a value that is not whole')
    this.at += length
    return this.at - length
  }

  over(): void {
    if (this.at !== this.end) throw new RangeError('a message with something behind its end')
  }
}

/** @returns undefined for bytes that are not UTF-8. */
export function utf8Of(bytes: Buffer, start: number, end: number): string | undefined {
  if (start === end) return ''
  let at = start
  if (end - start <= SHORT_BYTES) while (at < end && (bytes[at] ?? 0) < 0x80) at++
  if (at === end) return bytes.toString('latin1', start, end)
  return isUtf8(bytes.subarray(start, end)) ? bytes.toString('utf8', start, end) : undefined
}

export interface ParseRequest {
  readonly name: string
  readonly text: string
  readonly types: readonly number[]
}

export function readParse(bytes: Buffer, start: number, end: number): ParseRequest {
  const body = new Body(bytes, start + 5, end)
  const name = body.text()
  const text = body.text()
  const types: number[] = []
  for (let left = body.int16(); left > 0; left--) types.push(body.int32() >>> 0)
  body.over()
  return { name, text, types }
}

export interface BindRequest {
  readonly portal: string
  readonly statement: string
  /** One per parameter, or one for all, or none for text. */
  readonly formats: readonly number[]
  /** What the values are ranges of: the message. */
  readonly bytes: Buffer
  /** Of each value, where it begins and where it ends; both -1 for NULL. */
  readonly ranges: readonly number[]
}

export function readBind(bytes: Buffer, start: number, end: number): BindRequest {
  const body = new Body(bytes, start + 5, end)
  const portal = body.text()
  const statement = body.text()
  const formats: number[] = []
  for (let left = body.int16(); left > 0; left--) formats.push(body.int16())
  const ranges: number[] = []
  for (let left = body.int16(); left > 0; left--) {
    const length = body.int32()
    const from = length < 0 ? -1 : body.skip(length)
    ranges.push(from, length < 0 ? -1 : from + length)
  }
  body.skip(2 * body.int16())
  body.over()
  return { portal, statement, formats, bytes, ranges }
}

export interface NamedRequest {
  readonly kind: 'S' | 'P'
  readonly name: string
}

/** Describe or Close. */
export function readNamed(bytes: Buffer, start: number, end: number): NamedRequest {
  const body = new Body(bytes, start + 5, end)
  const kind = body.byte()
  const name = body.text()
  body.over()
  if (kind !== 0x53 && kind !== 0x50) throw new RangeError('neither statement nor portal')
  return { kind: kind === 0x53 ? 'S' : 'P', name }
}

export function readExecute(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly portal: string; readonly rows: number } {
  const body = new Body(bytes, start + 5, end)
  const portal = body.text()
  const rows = body.int32()
  body.over()
  return { portal, rows: Math.max(0, rows) }
}

export function readQuery(bytes: Buffer, start: number, end: number): string {
  const body = new Body(bytes, start + 5, end)
  const text = body.text()
  body.over()
  return text
}
