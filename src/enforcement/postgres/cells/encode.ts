import { isDeepStrictEqual } from 'node:util'
import {
  type Member,
  readBinaryArray,
  readBinaryRecord,
  writeBinaryArray,
  writeBinaryRecord,
} from './binary-nested.js'
import { binaryText } from './binary-text.js'
import { encodeScalar } from './encode-scalars.js'
import { type Nested, readArray, readRecord, writeArray } from './nested-text.js'
import { isOutOfRange } from './out-of-range.js'
import { textValue } from './text-values.js'
import { type ArrayType, arrayType, BYTEA, FIRST_OWN, isTextLike, JSON_TEXT, JSONB, RECORD } from './types.js'

type Format = 'text' | 'binary'

/**
 * The bytes of a masked value, in a type that can hold it.
 *
 * @param cell as it was: what of an array or a record is unchanged stays as the server wrote it.
 * @returns null where the type cannot hold the value: then the cell is NULL. A member of an array or a record
 *   that cannot hold its mask is NULL by itself.
 * @example
 * encodeCell(25, 'binary', '411111******1111') // the text's bytes
 * encodeCell(20, 'binary', '411111******1111') // null: no bigint
 */
export function encodeCell(type: number, format: Format, value: unknown, cell?: Buffer): Buffer | null {
  try {
    return encoded(type, format, value, cell)
  } catch (error) {
    // The cell was none of its type.
    if (isOutOfRange(error)) return null
    throw error
  }
}

function encoded(type: number, format: Format, value: unknown, cell?: Buffer): Buffer | null {
  if (value === null || value === undefined) return null
  if (isTextLike(type)) return plainBytes(value)
  if (type === JSON_TEXT || type === JSONB) return jsonBytes(value, format === 'binary' && type === JSONB)
  if (type === BYTEA) return byteaBytes(value, format)
  const scalar = encodeScalar(type, format, value)
  if (scalar !== undefined) return scalar
  const array = arrayType(type)
  if (array !== undefined) {
    if (!Array.isArray(value)) return null
    return format === 'text' ? arrayBytes(array, value, cell) : binaryArrayBytes(type, array, value, cell)
  }
  if (typeof value !== 'string' || (type !== RECORD && type < FIRST_OWN)) return null
  if (format === 'binary') return cell === undefined ? null : binaryRecordBytes(value, cell)
  return Buffer.from(value, 'utf8')
}

function plainBytes(value: unknown): Buffer | null {
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (value instanceof Uint8Array) return Buffer.from(value)
  return typeof value === 'object' ? null : Buffer.from(String(value), 'utf8')
}

function jsonBytes(value: unknown, versioned: boolean): Buffer {
  const text = JSON.stringify(value)
  return Buffer.from(versioned ? `\u0001${text}` : text, 'utf8')
}

function byteaBytes(value: unknown, format: Format): Buffer | null {
  if (!(value instanceof Uint8Array)) return null
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return format === 'binary' ? bytes : Buffer.from(`\\x${bytes.toString('hex')}`, 'latin1')
}

function arrayBytes(array: ArrayType, value: readonly unknown[], cell: Buffer | undefined): Buffer | null {
  if (cell === undefined) return null
  const { bounds, elements } = readArray(cell.toString('utf8'))
  return Buffer.from(writeArray({ bounds, elements: merged(array, elements, value) }), 'utf8')
}

function merged(array: ArrayType, elements: Nested, value: unknown): Nested {
  return elements.map((element, at) => {
    const now: unknown = Array.isArray(value) ? value[at] : value
    if (element !== null && typeof element !== 'string') return merged(array, element, now)
    if (element === null || isDeepStrictEqual(textValue(array.read ?? 25, element), now)) return element
    return encodeCell(array.element, 'text', now)?.toString('utf8') ?? null
  })
}

function binaryArrayBytes(
  type: number,
  array: ArrayType,
  value: readonly unknown[],
  cell: Buffer | undefined,
): Buffer | null {
  const text = cell && binaryText(type, cell)
  if (cell === undefined || text === undefined) return null
  const { element, dimensions, elements } = readBinaryArray(cell)
  const lists = Math.max(0, dimensions.length - 1)
  const before = (textValue(type, text) as unknown[]).flat(lists)
  const now = value.flat(lists)
  if (before.length !== elements.length || now.length !== elements.length) return null
  const changed = elements.map((bytes, at) =>
    isDeepStrictEqual(before[at], now[at]) ? bytes : encodeCell(element, 'binary', now[at]),
  )
  return array.element === element ? writeBinaryArray(cell, changed) : null
}

/** @param value a masked record as text. */
function binaryRecordBytes(value: string, cell: Buffer): Buffer | null {
  const text = binaryText(RECORD, cell)
  if (text === undefined) return null
  const before = readRecord(text)
  const now = readRecord(value)
  const members = readBinaryRecord(cell)
  if (before?.length !== members.length || now?.length !== members.length) return null
  return writeBinaryRecord(
    members.map((member, at): Member => {
      if (before[at] === now[at]) return member
      return { type: member.type, bytes: encodeCell(member.type, 'binary', now[at]) }
    }),
  )
}
