/** Which result types can hold a masked value, and what a field's type becomes where its own cannot. */
import type { Coarseness, ColumnMask } from '../model/decision.js'
import type { Dialect } from '../model/dialect.js'
import type { Field } from '../model/result.js'

/** `text`, `varchar`, `bpchar`, `char`, `name`, `unknown` (pg_type); VARCHAR, blobs and strings (MySQL protocol). */
const TEXT_TYPES: Readonly<Record<Exclude<Dialect, 'sqlite'>, readonly number[]>> = {
  postgres: [25, 1043, 1042, 18, 19, 705],
  mysql: [15, 249, 250, 251, 252, 253, 254],
}
const JSON_TYPES: Readonly<Record<Exclude<Dialect, 'sqlite'>, readonly number[]>> = {
  postgres: [114, 3802],
  mysql: [245],
}
/** `int2[]`, `int4[]`, `int8[]`, `numeric[]`, `float4[]`, `float8[]`, `oid[]` (pg_type). */
const NUMBER_ARRAYS: readonly unknown[] = [1005, 1007, 1016, 1231, 1021, 1022, 1028]
/** PostgreSQL's `text`. */
export const TEXT_OID = 25
const TEXT: Readonly<Record<Dialect, number | string>> = { postgres: TEXT_OID, mysql: 253, sqlite: 'TEXT' }

/** `bool`, `date`, `timestamp`, `timestamptz`; YEAR, and the types of dates and times. */
const NUMBERLESS: Readonly<Record<Dialect, readonly unknown[]>> = {
  postgres: [16, 1082, 1114, 1184],
  mysql: [7, 10, 11, 12, 13],
  sqlite: [],
}
/** `int2`, `int4`, `oid`; integers of up to four bytes. Their name may speak of cards all the same. */
const SMALL_NUMBERS: Readonly<Record<Dialect, readonly unknown[]>> = {
  postgres: [21, 23, 26],
  mysql: [1, 2, 3, 9],
  sqlite: [],
}
/** Types whose text a driver turns into something else (pg-types 2.2). */
const PARSED: readonly unknown[] = [
  ...NUMBERLESS.postgres,
  ...SMALL_NUMBERS.postgres,
  ...[17, 114, 199, 600, 651, 700, 701, 718, 1186, 1187, 2951, 3802, 3807, 3907],
  ...[791, 1000, 1001, 1005, 1007, 1008, 1009, 1014, 1015, 1016, 1017, 1021, 1022, 1028, 1040, 1041],
  ...[1115, 1182, 1183, 1185, 1231, 1270],
]

/** Whether no scan finds anything in a field of this type. @param named whether the column's name speaks of cards */
export function holdsNothing({ type }: Field, dialect: Dialect, named: boolean): boolean {
  return NUMBERLESS[dialect].includes(type) || (!named && SMALL_NUMBERS[dialect].includes(type))
}

/** Whether the bytes of encoded PostgreSQL cells are the text that the driver would give. */
export function isTextInBytes(field: Field): boolean {
  if (field.encoding?.format === 'binary') return holdsText(field, 'postgres') && field.type !== undefined
  return !PARSED.includes(field.type)
}

export function holdsText(field: Field, dialect: Dialect): boolean {
  if (field.type === undefined) return true
  if (typeof field.type === 'string') return field.type === '' || /char|text|clob|blob/i.test(field.type)
  return dialect === 'sqlite' || TEXT_TYPES[dialect].includes(field.type)
}

export function isJson(field: Field, dialect: Dialect): boolean {
  if (typeof field.type === 'number') return dialect !== 'sqlite' && JSON_TYPES[dialect].includes(field.type)
  return typeof field.type === 'string' && /^jsonb?$/i.test(field.type)
}

/** `uuid` (pg_type). */
const UUID_OID = 2950

export function isUuidField({ type }: Field, dialect: Dialect): boolean {
  return dialect === 'postgres' && type === UUID_OID
}

export function isNumberArray(field: Field, dialect: Dialect): boolean {
  return dialect === 'postgres' && NUMBER_ARRAYS.includes(field.type)
}

/** `date`, `timestamp`, `timestamptz`; TIMESTAMP, DATE, DATETIME. */
const DATES: Readonly<Record<Exclude<Dialect, 'sqlite'>, readonly unknown[]>> = {
  postgres: [1082, 1114, 1184],
  mysql: [7, 10, 12],
}
/** `int2`, `int4`, `int8`, `float4`, `float8`, `numeric`; DECIMAL, the integers, FLOAT, DOUBLE, NEWDECIMAL. */
const NUMBERS: Readonly<Record<Exclude<Dialect, 'sqlite'>, readonly unknown[]>> = {
  postgres: [21, 23, 20, 700, 701, 1700],
  mysql: [0, 1, 2, 3, 4, 5, 8, 9, 246],
}

/** Whether what `generalise` leaves of a field's values is of the field's own type. */
export function holdsGeneralised(field: Field, to: Coarseness, dialect: Dialect): boolean {
  if (holdsText(field, dialect) || dialect === 'sqlite') return true
  return (typeof to === 'number' ? NUMBERS : DATES)[dialect].includes(field.type)
}

/** Whether a mask leaves cells of the field's own type. A scan does where it finds nothing. */
export function keepsType({ method, to = 'decade' }: ColumnMask, field: Field, dialect: Dialect): boolean {
  if (method === 'generalise') return holdsGeneralised(field, to, dialect)
  return method === 'keep' || method === 'scan' || method === 'null'
}

export function asTextField(field: Field, dialect: Dialect): Field {
  return holdsText(field, dialect) ? field : { ...field, type: TEXT[dialect] }
}
