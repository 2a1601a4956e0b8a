/** Column definitions (Protocol::ColumnDefinition41), as the server sends them and as the client is told. */
import type { Field } from '../../../model/result.js'
import type { Packet } from '../../upstream/mysql/packets.js'
import { BINARY, int, lenencBytes, Reader, TYPE, UTF8MB4 } from '../../upstream/mysql/wire.js'

export interface Column {
  readonly schema: string
  readonly table: string
  readonly originalTable: string
  readonly name: string
  readonly originalName: string
  readonly charset: number
  readonly length: number
  readonly type: number
  readonly flags: number
  readonly decimals: number
  /** MariaDB's own part, where there is one: pairs of a number and a text. */
  readonly extended: Buffer | undefined
  /** A document, whatever type the protocol has for it. */
  readonly isJson: boolean
  /** As it came. */
  readonly bytes: Buffer
}

const FIXED_BYTES = 0x0c

/**
 * @param hasExtended whether both sides have agreed on MariaDB's own part.
 * @throws RangeError also for texts that are not in UTF-8, which the session is held to: nobody could tell what is in them.
 */
export function readColumn({ bytes, start, end }: Packet, hasExtended: boolean): Column {
  const reader = new Reader(bytes, start, end)
  reader.lenencBytes()
  const [schema, table, originalTable, name, originalName] = [1, 2, 3, 4, 5].map(() =>
    reader.lenencText(),
  ) as [string, string, string, string, string]
  const extended = hasExtended ? Buffer.from(reader.lenencBytes()) : undefined
  if (reader.lenenc() < FIXED_BYTES) throw new RangeError('a column is not defined as it should be')
  const charset = reader.int(2)
  if (charset !== BINARY && !isUtf8(charset)) throw new RangeError('texts are not in UTF-8')
  const length = reader.int(4)
  const type = reader.int(1)
  const flags = reader.int(2)
  const decimals = reader.int(1)
  return {
    schema,
    table,
    originalTable,
    name,
    originalName,
    charset,
    length,
    type,
    flags,
    decimals,
    extended,
    isJson: type === TYPE.json || (extended !== undefined && saysJson(extended)),
    bytes: Buffer.from(bytes.subarray(start, end)),
  }
}

/**
 * Collations of UTF-8, by the numbers that MySQL and MariaDB have for them: first and last.
 *
 * @see https://mariadb.com/kb/en/supported-character-sets-and-collations/
 */
const UTF8: readonly (readonly [number, number])[] = [
  ...([
    [33, 33],
    [45, 46],
    [76, 76],
    [83, 83],
    [192, 215],
    [223, 247],
    [255, 323],
    [576, 610],
  ] as const),
  ...([
    [1057, 1057],
    [1069, 1070],
    [1107, 1107],
    [1216, 1238],
    [1248, 1270],
    [2048, 2559],
  ] as const),
]

function isUtf8(charset: number): boolean {
  return charset === UTF8MB4 || UTF8.some(([first, last]) => charset >= first && charset <= last)
}

const FORMAT = 1

function saysJson(extended: Buffer): boolean {
  const reader = new Reader(extended, 0, extended.length)
  while (reader.left > 0) {
    const key = reader.int(1)
    const value = reader.lenencText()
    if (key === FORMAT && value === 'json') return true
  }
  return false
}

/** What the pipeline knows of it, as the in-process driver has it. */
export function fieldOf({ name, type, schema, originalTable, originalName }: Column): Field {
  const origin = originalTable !== '' && originalName !== ''
  return {
    name,
    type,
    ...(origin ? { origin: { schema, relation: originalTable, column: originalName } } : {}),
  }
}

/** UNSIGNED, ZEROFILL, BINARY, ENUM, SET, TIMESTAMP, NUM. */
const FLAGS_OF_TYPES = 0x20 | 0x40 | 0x80 | 0x100 | 0x400 | 0x800 | 0x8000
const NOT_FIXED = 31

/**
 * As the client is told of it once masked.
 *
 * @param scrub for the name of the table, which may be an alias of the caller's.
 * @param wantsExtended whether the client has agreed on MariaDB's own part.
 */
export function columnDefinition(
  column: Column,
  field: Field,
  scrub: (text: string) => string,
  wantsExtended: boolean,
): Buffer {
  const table = scrub(column.table)
  const { origin } = field
  const isOwn =
    field.name === column.name &&
    field.type === column.type &&
    table === column.table &&
    (column.extended !== undefined) === wantsExtended &&
    (origin === undefined ||
      (origin.relation === column.originalTable && origin.column === column.originalName))
  if (isOwn) return column.bytes
  const isRetyped = field.type !== column.type
  const type = isRetyped ? TYPE.varString : column.type
  return Buffer.concat([
    ...['def', column.schema, table, origin?.relation ?? '', field.name, origin?.column ?? ''].map(
      lenencBytes,
    ),
    ...(wantsExtended ? [lenencBytes(isRetyped ? NO_BYTES : (column.extended ?? NO_BYTES))] : []),
    Buffer.from([FIXED_BYTES]),
    int(isRetyped ? UTF8MB4 : column.charset, 2),
    int(isRetyped ? Math.max(column.length, LONGEST_MASK) : column.length, 4),
    Buffer.from([type]),
    int(isRetyped ? column.flags & ~FLAGS_OF_TYPES : column.flags, 2),
    Buffer.from([isRetyped ? NOT_FIXED : column.decimals]),
    Buffer.alloc(2),
  ])
}

const LONGEST_MASK = 1_024
const NO_BYTES = Buffer.alloc(0)

/** Whether cells are bytes and no text. */
export function isBytes({ charset }: Column): boolean {
  return charset === BINARY
}
