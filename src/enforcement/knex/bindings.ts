import { CardeaError } from '../../errors.js'
import type { Binding } from '../../model/submission.js'

/** What a driver sends as it stands. */
export interface BindingRules {
  /** Arrays are one value (PostgreSQL), not a list spliced into the text (MySQL). */
  readonly arrays: boolean
  /** Objects are JSON (PostgreSQL); other drivers would let the object write its own SQL. */
  readonly json: boolean
  /** NaN and infinities are values; MySQL's driver would write them as bare words. */
  readonly nonFinite: boolean
}

/**
 * A private copy of one binding that nobody else can change and that runs no code of the caller when
 * it is sent.
 *
 * @throws CardeaError `CARDEA_BINDING_REFUSED`.
 */
export function copyBinding(value: unknown, rules: BindingRules, depth = 0): Binding {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return value
    case 'number':
      if (!rules.nonFinite && !Number.isFinite(value)) throw refused('a number that is not finite')
      return value
    case 'object':
      return value === null ? null : copyObject(value, rules, depth)
    default:
      throw refused(`a ${typeof value}`)
  }
}

/** As `copyBinding`, for each of a list; holes are undefined. */
export function copyBindings(values: readonly unknown[], rules: BindingRules, depth = 0): readonly Binding[] {
  const copies: Binding[] = []
  const { length } = values
  for (let at = 0; at < length; at++) copies.push(copyBinding(values[at], rules, depth))
  return Object.freeze(copies)
}

/** PostgreSQL's arrays have six dimensions at most; a list that holds itself has no end. */
const DEEPEST = 32

function copyObject(value: object, rules: BindingRules, depth: number): Binding {
  if (Array.isArray(value)) {
    if (!rules.arrays) throw refused('an array; write one placeholder per value')
    if (depth >= DEEPEST) throw refused('an array nested too deeply')
    return copyBindings(value, rules, depth + 1)
  }
  if (value instanceof Date) return new Date(Date.prototype.getTime.call(value))
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(Uint8Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)))
  }
  if (serialisesItself(value))
    throw refused('an object that writes its own SQL; convert it to a string first')
  if (!rules.json) throw refused('an object; convert it with JSON.stringify first')
  const json = jsonOf(value)
  if (json === undefined) throw refused('an object without a JSON form')
  return json
}

function jsonOf(value: object): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    throw refused('an object that cannot be written as JSON')
  }
}

function serialisesItself(value: object): boolean {
  return ['toPostgres', 'toSqlString'].some(name => typeof Reflect.get(value, name) === 'function')
}

function refused(what: string): CardeaError {
  return new CardeaError(
    'CARDEA_BINDING_REFUSED',
    `A binding is ${what}. Bind strings, numbers, dates or buffers.`,
  )
}

/** Whether two copies would send the same bytes. */
export function sameBinding(a: Binding, b: Binding): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && sameBindings(a, b)
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime())
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  return Object.is(a, b)
}

export function sameBindings(a: readonly Binding[], b: readonly Binding[]): boolean {
  return a.length === b.length && a.every((value, at) => sameBinding(value, b[at]))
}
