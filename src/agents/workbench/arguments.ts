/**
 * Reads the arguments of a call as a model gave them: strictly, without running code of whoever made them, and
 * without repeating a value.
 */
import type { ToolName } from './tool-schemas.js'

const LONGEST_SQL = 100_000
const LONGEST_PARAM = 1_000_000
const MOST_PARAMS = 1_000
const LONGEST_NAME = 500
const LONGEST_REASON = 2_000

export type Scalar = string | number | boolean | null

/** What calls can say, each as it was read; absent where the call did not say it or said null. */
export interface Arguments {
  readonly sql?: string
  readonly params?: readonly Scalar[]
  readonly max_rows?: number
  readonly reason?: string
  readonly approval_id?: string
  readonly like?: string
  readonly table?: string
}

type Name = keyof Arguments

/** A sentence that says what is wrong; holds no value. */
export class ArgumentFault extends Error {}

type Reader = (value: unknown, name: string) => string | number | readonly Scalar[]

/** Each gives what `Arguments` says under its name. */
const READERS: Readonly<Record<Name, Reader>> = {
  sql: (value, name) => textOf(value, name, LONGEST_SQL),
  params: paramsOf,
  max_rows: rowsOf,
  reason: (value, name) => textOf(value, name, LONGEST_REASON),
  approval_id: (value, name) => textOf(value, name, LONGEST_NAME),
  like: (value, name) => textOf(value, name, LONGEST_NAME),
  table: (value, name) => textOf(value, name, LONGEST_NAME),
}

const TAKEN: Readonly<
  Record<ToolName, { readonly names: readonly Name[]; readonly required: readonly Name[] }>
> = {
  query: { names: ['sql', 'params', 'max_rows'], required: ['sql'] },
  execute: { names: ['sql', 'params', 'reason', 'approval_id'], required: ['sql'] },
  list_tables: { names: ['like'], required: [] },
  describe_table: { names: ['table'], required: ['table'] },
  explain_policy: { names: ['sql', 'params'], required: ['sql'] },
  approval_status: { names: ['approval_id'], required: ['approval_id'] },
}

/** @throws ArgumentFault */
export function readArguments(tool: ToolName, given: unknown): Arguments {
  const { names, required } = TAKEN[tool]
  const members = membersOf(given)
  for (const name of members.keys()) {
    if (!names.some(known => known === name))
      throw new ArgumentFault(`An argument is not known. ${tool} takes ${names.join(', ')}.`)
  }
  const read = Object.fromEntries(
    names.flatMap(name => {
      const value = members.get(name)
      return value === undefined || value === null ? [] : [[name, READERS[name](value, name)]]
    }),
  )
  const missing = required.find(name => !Object.hasOwn(read, name))
  if (missing !== undefined) throw new ArgumentFault(`The argument ${missing} is missing.`)
  return read as Arguments
}

/** Own members of a plain object, by name. None for a call that gives no arguments at all. */
function membersOf(given: unknown): ReadonlyMap<string, unknown> {
  const members = new Map<string, unknown>()
  if (given === undefined || given === null) return members
  if (!isPlain(given)) throw new ArgumentFault('The arguments must be one JSON object.')
  const keys = Reflect.ownKeys(given)
  if (keys.length > 32) throw new ArgumentFault('There are too many arguments.')
  for (const key of keys) {
    const described = Object.getOwnPropertyDescriptor(given, key)
    if (typeof key !== 'string' || described === undefined || !('value' in described))
      throw new ArgumentFault('The arguments must be one JSON object.')
    members.set(key, described.value)
  }
  return members
}

/** An object literal or what JSON.parse gives, of whichever realm. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function textOf(value: unknown, name: string, longest: number): string {
  if (typeof value !== 'string') throw new ArgumentFault(`The argument ${name} must be a text.`)
  if (value === '') throw new ArgumentFault(`The argument ${name} is empty.`)
  soundText(value, `The argument ${name}`, longest)
  return value
}

function soundText(text: string, what: string, longest: number): void {
  if (text.length > longest) throw new ArgumentFault(`${what} is longer than ${longest} characters.`)
  if (text.includes('\0')) throw new ArgumentFault(`${what} holds a NUL character.`)
  if (/\p{Surrogate}/u.test(text)) throw new ArgumentFault(`${what} is not well-formed Unicode.`)
}

function rowsOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new ArgumentFault(`The argument ${name} must be a whole number, 1 or more.`)
}

function paramsOf(value: unknown, name: string): readonly Scalar[] {
  if (!Array.isArray(value)) throw new ArgumentFault(`The argument ${name} must be a list.`)
  if (value.length > MOST_PARAMS)
    throw new ArgumentFault(`The argument ${name} has more than ${MOST_PARAMS} values.`)
  const scalars: Scalar[] = []
  for (let at = 0; at < value.length; at += 1) {
    const described = Object.getOwnPropertyDescriptor(value, at)
    if (described === undefined || !('value' in described))
      throw new ArgumentFault(`The argument ${name} must be a list without gaps.`)
    scalars.push(scalarOf(described.value, `Value ${at + 1} of ${name}`))
  }
  return Object.freeze(scalars)
}

function scalarOf(value: unknown, what: string): Scalar {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') {
    soundText(value, what, LONGEST_PARAM)
    return value
  }
  if (typeof value !== 'number')
    throw new ArgumentFault(`${what} must be a text, a number, true, false or null.`)
  if (!Number.isFinite(value)) throw new ArgumentFault(`${what} is not a finite number.`)
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new ArgumentFault(`${what} has more digits than a JSON number keeps. Give it as text.`)
  return value
}
