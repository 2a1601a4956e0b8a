/** Which result types can hold a masked value, and what a field's type becomes where its own cannot. */
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
const TEXT: Readonly<Record<Dialect, number | string>> = { postgres: 25, mysql: 253, sqlite: 'TEXT' }

export function holdsText(field: Field, dialect: Dialect): boolean {
  if (field.type === undefined) return true
  if (typeof field.type === 'string') return field.type === '' || /char|text|clob|blob/i.test(field.type)
  return dialect === 'sqlite' || TEXT_TYPES[dialect].includes(field.type)
}

export function isJson(field: Field, dialect: Dialect): boolean {
  if (typeof field.type === 'number') return dialect !== 'sqlite' && JSON_TYPES[dialect].includes(field.type)
  return typeof field.type === 'string' && /^jsonb?$/i.test(field.type)
}

export function isNumberArray(field: Field, dialect: Dialect): boolean {
  return dialect === 'postgres' && NUMBER_ARRAYS.includes(field.type)
}

export function asTextField(field: Field, dialect: Dialect): Field {
  return holdsText(field, dialect) ? field : { ...field, type: TEXT[dialect] }
}
