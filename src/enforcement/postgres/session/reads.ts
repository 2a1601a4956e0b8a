/**
 * The client's messages about statements and portals, read. Each throws RangeError for one that is not whole,
 * or holds text that is not UTF-8: what is judged must be what the server reads.
 */
import { isUtf8 } from 'node:buffer'

/** A message's body, taken apart front to back. */
class Body {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  text(): string {
    const stop = this.bytes.indexOf(0, this.at)
    if (stop < 0 || stop >= this.end) throw new RangeError('a name or text without its end')
    const part = this.bytes.subarray(this.at, stop)
    if (!isUtf8(part)) throw new RangeError('text that is not UTF-8')
    const text = part.toString('utf8')
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

  take(length: number): Buffer {
    if (length < 0 || this.at + length > this.end) throw new RangeError('a value that is not whole')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  over(): void {
    if (this.at !== this.end) throw new RangeError('a message with something behind its end')
  }
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
  const types = Array.from({ length: body.int16() }, () => body.int32() >>> 0)
  body.over()
  return { name, text, types }
}

export interface BindRequest {
  readonly portal: string
  readonly statement: string
  /** One per parameter, or one for all, or none for text. */
  readonly formats: readonly number[]
  readonly values: readonly (Buffer | null)[]
}

export function readBind(bytes: Buffer, start: number, end: number): BindRequest {
  const body = new Body(bytes, start + 5, end)
  const portal = body.text()
  const statement = body.text()
  const formats = Array.from({ length: body.int16() }, () => body.int16())
  const values = Array.from({ length: body.int16() }, () => {
    const length = body.int32()
    return length < 0 ? null : body.take(length)
  })
  for (let left = body.int16(); left > 0; left--) body.int16()
  body.over()
  return { portal, statement, formats, values }
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
