import { isUtf8 } from 'node:buffer'
import { binaryText } from './binary-text.js'
import { textValue } from './text-values.js'
import { BYTEA } from './types.js'

/**
 * The value of a cell as node-postgres gives it with its own parsers, whatever the format, so that masks decide
 * alike. Never throws.
 *
 * @param type type OID; 0 where it is not known.
 * @param start where the cell begins in `bytes`; @param end where it ends. Default: it is all of them.
 * @returns for a binary type that is not known its text where it is one, else the bytes; the bytes also where
 *   they are no value of the type.
 * @example
 * decodeCell(20, 'binary', Buffer.from('000000000000002a', 'hex')) // '42'
 */
export function decodeCell(
  type: number,
  format: 'text' | 'binary',
  bytes: Buffer,
  start = 0,
  end = bytes.length,
): unknown {
  if (format === 'text') return textValue(type, bytes.toString('utf8', start, end))
  const cell = bytes.subarray(start, end)
  if (type === BYTEA) return cell
  const text = binaryText(type, cell)
  if (text !== undefined) return textValue(type, text)
  return isUtf8(cell) && !cell.includes(0) ? cell.toString('utf8') : cell
}
