/** The value of a cell, as the in-process driver gives it: what masks, digests and records are made of. */
import { TYPE } from '../../upstream/mysql/wire.js'
import { type Column, isBytes } from './columns.js'

/** @param text of a number, a time, or whatever the type is. */
export function valueOfText(column: Column, bytes: Buffer): unknown {
  switch (column.type) {
    case TYPE.tiny:
    case TYPE.short:
    case TYPE.long:
    case TYPE.int24:
    case TYPE.year:
    case TYPE.float:
    case TYPE.double:
      return Number(bytes.toString('latin1'))
    case TYPE.longlong:
      return integer(bytes.toString('latin1'))
    case TYPE.decimal:
    case TYPE.newdecimal:
    case TYPE.time:
      return bytes.toString('latin1')
    case TYPE.date:
    case TYPE.newdate:
    case TYPE.datetime:
    case TYPE.timestamp:
      return moment(bytes.toString('latin1'))
    default:
      return valueOfBytes(column, bytes)
  }
}

/** Of types whose cells are bytes or text in either protocol. */
export function valueOfBytes(column: Column, bytes: Buffer): unknown {
  if (column.isJson) return json(bytes.toString('utf8'))
  switch (column.type) {
    case TYPE.bit:
    case TYPE.geometry:
      return Buffer.from(bytes)
    default:
      return isBytes(column) ? Buffer.from(bytes) : bytes.toString('utf8')
  }
}

function integer(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

const MOMENT = /^(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?)?$/

/** In the time zone of this process; a date that is none stays text. */
export function moment(text: string): Date | string {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = MOMENT.exec(text) ?? []
  if (year === undefined || month === '00' || day === '00') return text
  const made = new Date(0)
  made.setFullYear(Number(year), Number(month) - 1, Number(day))
  made.setHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)))
  return made
}

/** A document that is none stays text. */
function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The text of a masked value; undefined where it has none. */
export function textOf(value: unknown): Buffer | undefined {
  switch (typeof value) {
    case 'string':
      return Buffer.from(value, 'utf8')
    case 'number':
    case 'bigint':
      return Buffer.from(String(value), 'latin1')
    case 'boolean':
      return Buffer.from(value ? '1' : '0', 'latin1')
    case 'object':
      break
    default:
      return undefined
  }
  if (value === null) return undefined
  if (value instanceof Date) return Buffer.from(written(value), 'latin1')
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Buffer.from(JSON.stringify(value), 'utf8')
}

function written(date: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0')
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return date.getMilliseconds() === 0
    ? `${day} ${time}`
    : `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
