/** RowDescription: as the server sends it, as fields for the pipeline, and as the client is told. */
import type { Field } from '../../../model/result.js'
import { ANSWER } from './message-types.js'

/** One column as the server describes it. */
export interface Column {
  readonly name: string
  readonly table: number
  readonly number: number
  readonly type: number
  readonly size: number
  readonly modifier: number
  /** 0 text, 1 binary. Not known before the portal is there. */
  readonly format: number
}

export const TEXT_OID = 25

/** Of a statement that gives no rows. Rows without columns are another matter: there are descriptions of none. */
export const NO_ROWS: readonly Column[] = Object.freeze([])

/** @throws RangeError for a message whose lengths do not add up. */
export function readColumns(bytes: Buffer, start: number, end: number): readonly Column[] {
  let at = start + 7
  return Array.from({ length: bytes.readUInt16BE(start + 5) }, () => {
    const stop = bytes.indexOf(0, at)
    if (stop < 0 || stop + 19 > end) throw new RangeError('a row description is not whole')
    const name = bytes.toString('utf8', at, stop)
    at = stop + 19
    return {
      name,
      table: bytes.readUInt32BE(stop + 1),
      number: bytes.readInt16BE(stop + 5),
      type: bytes.readUInt32BE(stop + 7),
      size: bytes.readInt16BE(stop + 11),
      modifier: bytes.readInt32BE(stop + 13),
      format: bytes.readInt16BE(stop + 17),
    }
  })
}

const NO_FIELDS: readonly Field[] = Object.freeze([])

/** @param told types that the client was told before, by position. */
export function fieldsOf(columns: readonly Column[], told: readonly Field[] | undefined): readonly Field[] {
  if (columns.length === 0) return NO_FIELDS
  return columns.map(({ name, table, number, type, format }, at) => {
    const before = told?.[at]?.type
    return {
      name,
      type,
      ...(table === 0 ? {} : { origin: { tableId: table, columnNumber: number } }),
      encoding: {
        format: format === 1 ? ('binary' as const) : ('text' as const),
        ...(typeof before === 'number' ? { told: before } : {}),
      },
    }
  })
}

/** The message that tells the client what it gets: the server's own words but for what masking changes. */
export function rowDescription(columns: readonly Column[], fields: readonly Field[]): Buffer {
  const parts = columns.map((column, at) => {
    const { name = column.name, type = column.type } = fields[at] ?? {}
    const same = type === column.type
    const text = Buffer.from(`${name}\0`, 'utf8')
    const rest = Buffer.alloc(18)
    rest.writeUInt32BE(column.table, 0)
    rest.writeInt16BE(column.number, 4)
    rest.writeUInt32BE(typeof type === 'number' ? type : TEXT_OID, 6)
    rest.writeInt16BE(same ? column.size : -1, 10)
    rest.writeInt32BE(same ? column.modifier : -1, 12)
    rest.writeInt16BE(column.format, 16)
    return Buffer.concat([text, rest])
  })
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(7)
  head[0] = ANSWER.rowDescription
  head.writeInt32BE(6 + body.length, 1)
  head.writeUInt16BE(columns.length, 5)
  return Buffer.concat([head, body])
}
