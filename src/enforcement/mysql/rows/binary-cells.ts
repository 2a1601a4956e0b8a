/** Cells of the binary protocol (COM_STMT_EXECUTE), and values of its parameters. */
import { type Reader, TYPE } from '../../upstream/mysql/wire.js'
import type { Column } from './columns.js'
import { moment, valueOfBytes, valueOfText } from './values.js'

/**
 * Reads one cell that is not NULL.
 *
 * @throws RangeError where the bytes are not what the type says.
 */
export function readCell(column: Column, reader: Reader): unknown {
  const isUnsigned = (column.flags & UNSIGNED) !== 0
  const fixed = readFixed(column.type, isUnsigned, reader)
  if (fixed !== undefined) return fixed
  const bytes = reader.lenencBytes()
  switch (column.type) {
    case TYPE.decimal:
    case TYPE.newdecimal:
      return valueOfText(column, bytes)
    default:
      return valueOfBytes(column, bytes)
  }
}

const UNSIGNED = 0x20

/** @returns undefined for types that are written with their length in front, as texts are. */
export function readFixed(type: number, isUnsigned: boolean, reader: Reader): unknown {
  switch (type) {
    case TYPE.tiny:
      return signed(reader.int(1), 8, isUnsigned)
    case TYPE.short:
    case TYPE.year:
      return signed(reader.int(2), 16, isUnsigned || type === TYPE.year)
    case TYPE.long:
    case TYPE.int24:
      return signed(reader.int(4), 32, isUnsigned)
    case TYPE.longlong: {
      const bytes = reader.take(8)
      const value = isUnsigned ? bytes.readBigUInt64LE() : bytes.readBigInt64LE()
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : value
    }
    case TYPE.float:
      return shortest(reader.take(4).readFloatLE())
    case TYPE.double:
      return reader.take(8).readDoubleLE()
    case TYPE.date:
    case TYPE.newdate:
    case TYPE.datetime:
    case TYPE.timestamp:
      return moment(readMoment(reader, type === TYPE.date || type === TYPE.newdate))
    case TYPE.time:
      return readTime(reader)
    default:
      return undefined
  }
}

function signed(value: number, bits: number, isUnsigned: boolean): number {
  return isUnsigned || value < 2 ** (bits - 1) ? value : value - 2 ** bits
}

/** A float as its digits say, and not as a double that is close to it. */
function shortest(value: number): number {
  for (let digits = 6; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

/** As text, with a fraction where there is one. */
export function readMoment(reader: Reader, isDay: boolean): string {
  const length = reader.int(1)
  if (![0, 4, 7, 11].includes(length)) throw new RangeError('a time is not what its length says')
  const year = length >= 4 ? reader.int(2) : 0
  const [month, day] = length >= 4 ? [reader.int(1), reader.int(1)] : [0, 0]
  const [hour, minute, second] = length >= 7 ? [reader.int(1), reader.int(1), reader.int(1)] : [0, 0, 0]
  const micros = length >= 11 ? reader.int(4) : 0
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
  if (isDay) return date
  return `${date} ${two(hour)}:${two(minute)}:${two(second)}${fraction(micros)}`
}

export function readTime(reader: Reader): string {
  const length = reader.int(1)
  if (![0, 8, 12].includes(length)) throw new RangeError('a time is not what its length says')
  if (length === 0) return '00:00:00'
  const negative = reader.int(1) === 1
  const days = reader.int(4)
  const [hour, minute, second] = [reader.int(1), reader.int(1), reader.int(1)]
  const micros = length >= 12 ? reader.int(4) : 0
  return `${negative ? '-' : ''}${two(days * 24 + hour)}:${two(minute)}:${two(second)}${fraction(micros)}`
}

function two(part: number): string {
  return String(part).padStart(2, '0')
}

function fraction(micros: number): string {
  return micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`
}
