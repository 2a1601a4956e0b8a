/** What a column's type says about its encoded cells (PostgreSQL's OIDs). */
import type { Field } from '../model/result.js'

/** `text`, `varchar`, `bpchar`, `"char"`, `name`, `unknown`, `int8`, `numeric`. */
const PLAIN_TEXTS: readonly unknown[] = [25, 1043, 1042, 18, 19, 705, 20, 1700]
/** `bool`, `int2`, `int4`, `oid`, `date`, `timestamp`, `timestamptz`. */
const NUMBERLESS: readonly unknown[] = [16, 21, 23, 26, 1082, 1114, 1184]

/** `int2`, `int4`, `oid`. */
const SMALL_INTEGERS: readonly unknown[] = [21, 23, 26]

/** Whether the bytes of a cell are its value as a text. */
export function isPlainText({ type, encoding }: Field): boolean {
  return encoding?.format === 'text' && PLAIN_TEXTS.includes(type)
}

/** Whether the bytes of a cell are a number too small for a PAN, in decimal digits. */
export function isSmallInteger({ type, encoding }: Field): boolean {
  return encoding?.format === 'text' && SMALL_INTEGERS.includes(type)
}

/** Whether cells are too small for a PAN, or none by form. */
export function holdsNothing(field: Field | undefined): boolean {
  return field?.encoding !== undefined && NUMBERLESS.includes(field.type)
}

/** Whether cells are of `date`, as text. */
export function isDate({ type, encoding }: Field): boolean {
  return encoding?.format === 'text' && type === 1082
}
