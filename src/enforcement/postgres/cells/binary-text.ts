/** A binary value as the text that the server would have sent. */
import { isUtf8 } from 'node:buffer'
import { lengthed, readBinaryArray, readBinaryRecord } from './binary-nested.js'
import { numeric, SCALARS } from './binary-scalars.js'
import { searchQuery, searchVector } from './binary-search.js'
import { type Nested, recordMember, writeArray, writeRecord } from './nested-text.js'
import { isOutOfRange } from './out-of-range.js'
import {
  arrayType,
  FIRST_OWN,
  isTextLike,
  JSON_TEXT,
  JSONB,
  multirangeElement,
  RECORD,
  rangeElement,
} from './types.js'

/** Types inside types inside types: deeper values are none that anybody stored. */
const DEEPEST = 16
/** `"char"`, of one byte. */
const CHAR = 18
const TSVECTOR = 3614
const TSQUERY = 3615
/** Of no type there is. */
const UNKNOWN_ELEMENT = FIRST_OWN
const UNREADABLE = '\ufffd'
/** `jsonpath`, beside `jsonb`: a version before the text. */
const JSONPATH = 4072

/** @returns undefined for a type that is not known, or bytes that are no value of it. */
export function binaryText(type: number, bytes: Buffer): string | undefined {
  try {
    return text(type, bytes, 0)
  } catch (error) {
    if (isOutOfRange(error)) return undefined
    throw error
  }
}

function text(type: number, bytes: Buffer, depth: number): string {
  if (depth > DEEPEST) throw new RangeError('too deep')
  if (type === CHAR) return charText(bytes)
  if (isTextLike(type) || type === JSON_TEXT) return bytes.toString('utf8')
  if (type === JSONB || type === JSONPATH) {
    if (bytes[0] !== 1) throw new RangeError('another version')
    return bytes.toString('utf8', 1)
  }
  const scalar = SCALARS.get(type)
  if (scalar !== undefined) return scalar(bytes)
  const range = rangeElement(type)
  if (range !== undefined) return rangeText(range, bytes, depth)
  const multirange = multirangeElement(type)
  if (multirange !== undefined) return multirangeText(multirange, bytes, depth)
  if (arrayType(type) !== undefined) return arrayText(bytes, depth)
  if (type === RECORD) return recordText(bytes, depth)
  if (type === TSVECTOR) return searchVector(bytes)
  if (type === TSQUERY) return searchQuery(bytes)
  if (type >= FIRST_OWN) return ownText(bytes, depth)
  if (depth > 0) return pieces(bytes)
  throw new RangeError('a type that is not known')
}

/** One byte: nothing for zero, and beyond ASCII what the server shows in the place of half a character. */
function charText(bytes: Buffer): string {
  const byte = bytes.readUInt8(0)
  if (byte >= 0x80) return `\\${byte.toString(8)}`
  return byte === 0 ? '' : String.fromCharCode(byte)
}

/**
 * A type of the database's own: text, or a record, an array or a range where the bytes are one to the last; each
 * of these has zero bytes. Within another type, where a domain goes by its own number, it may be a number as well.
 */
function ownText(bytes: Buffer, depth: number): string {
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString('utf8')
  for (const read of [recordText, arrayText, ownRangeText, ownMultirangeText]) {
    try {
      return read(bytes, depth)
    } catch (error) {
      if (!isOutOfRange(error)) throw error
    }
  }
  if (depth > 0) return numberText(bytes) ?? pieces(bytes)
  throw new RangeError('a type that is not known')
}

function numberText(bytes: Buffer): string | undefined {
  try {
    return numeric(bytes)
  } catch (error) {
    if (!isOutOfRange(error)) throw error
  }
  return bytes.length === 8 ? String(bytes.readBigInt64BE()) : undefined
}

/**
 * The texts within bytes of a type that nobody knows. A zero byte, which no text has, begins a length: its last
 * byte may look like a digit of the text behind it.
 */
function pieces(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0) at += 3
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : UNREADABLE
  }
  return text
}

function recordText(bytes: Buffer, depth: number): string {
  const members = readBinaryRecord(bytes)
  return writeRecord(members.map(({ type, bytes: member }) => member && text(type, member, depth + 1)))
}

function arrayText(bytes: Buffer, depth: number): string {
  const { element, dimensions, elements } = readBinaryArray(bytes)
  const texts = elements.map(member => member && text(element, member, depth + 1))
  return writeArray({ bounds: '', elements: nested(texts, dimensions) })
}

/** A flat list as lists in lists. */
export function nested(flat: readonly (string | null)[], dimensions: readonly number[]): Nested {
  let level: Nested = flat
  for (const length of dimensions.slice(1).reverse()) {
    const lists: Nested[] = []
    for (let at = 0; length > 0 && at < level.length; at += length) lists.push(level.slice(at, at + length))
    level = lists
  }
  return level
}

const EMPTY = 1
const LOWER_INCLUDED = 2
const UPPER_INCLUDED = 4
const NO_LOWER = 8
const NO_UPPER = 16
const ORDINARY = LOWER_INCLUDED | UPPER_INCLUDED | NO_LOWER | NO_UPPER

function rangeText(element: number, bytes: Buffer, depth: number): string {
  const flags = bytes.readUInt8(0)
  if (flags === EMPTY && bytes.length === 1) return 'empty'
  if ((flags & ~ORDINARY) !== 0) throw new RangeError('no range')
  let at = 1
  const bound = (absent: number): string => {
    if ((flags & absent) !== 0) return ''
    const value = lengthed(bytes, at)
    if (value === null) throw new RangeError('no range')
    at += 4 + value.length
    return recordMember(text(element, value, depth + 1))
  }
  const lower = bound(NO_LOWER)
  const upper = bound(NO_UPPER)
  if (at !== bytes.length) throw new RangeError('no range')
  return `${(flags & LOWER_INCLUDED) === 0 ? '(' : '['}${lower},${upper}${(flags & UPPER_INCLUDED) === 0 ? ')' : ']'}`
}

function ownRangeText(bytes: Buffer, depth: number): string {
  return rangeText(UNKNOWN_ELEMENT, bytes, depth)
}

function ownMultirangeText(bytes: Buffer, depth: number): string {
  return multirangeText(UNKNOWN_ELEMENT, bytes, depth)
}

function multirangeText(range: number, bytes: Buffer, depth: number): string {
  const count = bytes.readInt32BE(0)
  if (count < 0 || count > bytes.length) throw new RangeError('no multirange')
  let at = 4
  const ranges: string[] = []
  for (let i = 0; i < count; i++) {
    const value = lengthed(bytes, at)
    if (value === null) throw new RangeError('no multirange')
    at += 4 + value.length
    ranges.push(text(range, value, depth + 1))
  }
  if (at !== bytes.length) throw new RangeError('no multirange')
  return `{${ranges.join(',')}}`
}
