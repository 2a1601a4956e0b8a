import { SurfaceRefusedError } from '../../errors.js'
import type { Binding } from '../../model/submission.js'
import { type BindingRules, copyBindings, sameBindings } from './bindings.js'
import type { CompiledStatement } from './knex-internals.js'

/** The driver options that change only the shape of a result. Everything else is refused. */
export interface DriverOptions {
  /** Rows by position (pg `rowMode: 'array'`, mysql2 `rowsAsArray`). */
  readonly arrays: boolean
  /** better-sqlite3 only: 64-bit integers as BigInt. */
  readonly safeIntegers?: boolean
  /** mysql2 only: integers of 64 bits that a number would round come as texts. Never taken from a caller. */
  readonly exact?: true
}

/** One statement, read once. It is decided on, approved and executed exactly as it stands here. */
export interface Snapshot {
  readonly sql: string
  readonly bindings: readonly Binding[]
  readonly options: DriverOptions
}

export interface SnapshotRules {
  readonly bindings: BindingRules
  /** The options of `.options()` that this driver's callers may set. */
  readonly options: readonly string[]
}

/** @throws CardeaError for a binding or a driver option that cannot be governed. */
export function snapshot(statement: CompiledStatement, rules: SnapshotRules): Snapshot {
  const { sql, bindings, options } = statement
  if (typeof sql !== 'string' || sql === '') throw new Error('The query is empty')
  const given = bindings === undefined || bindings === null ? [] : bindings
  if (!Array.isArray(given))
    throw new SurfaceRefusedError('Bindings must be a list by the time they reach the driver.')
  return Object.freeze({
    sql,
    bindings: copyBindings(given, rules.bindings),
    options: driverOptions(options, rules.options),
  })
}

export function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return (
    a.sql === b.sql &&
    a.options.arrays === b.options.arrays &&
    a.options.safeIntegers === b.options.safeIntegers &&
    sameBindings(a.bindings, b.bindings)
  )
}

const NO_OPTIONS: DriverOptions = Object.freeze({ arrays: false })

function driverOptions(given: unknown, allowed: readonly string[]): DriverOptions {
  const read = readOptions(given, allowed)
  if (read.size === 0) return NO_OPTIONS
  const safeIntegers = read.get('safeIntegers')
  return Object.freeze({
    arrays: read.get('rowMode') === 'array' || read.get('rowsAsArray') === true,
    ...(typeof safeIntegers === 'boolean' ? { safeIntegers } : {}),
  })
}

/** The options by name, each read once; anything off the list is refused, inherited or not. */
export function readOptions(given: unknown, allowed: readonly string[]): ReadonlyMap<string, unknown> {
  const read = new Map<string, unknown>()
  if (given === undefined || given === null) return read
  if (typeof given !== 'object') throw new SurfaceRefusedError('Driver options must be an object.')
  for (const name in given) {
    if (!allowed.includes(name)) throw refusedOption(name, allowed)
    read.set(name, Reflect.get(given, name))
  }
  for (const name of Reflect.ownKeys(given)) {
    if (typeof name !== 'string' || !allowed.includes(name)) throw refusedOption(String(name), allowed)
  }
  return read
}

function refusedOption(name: string, allowed: readonly string[]): SurfaceRefusedError {
  const instead = allowed.length === 0 ? 'none can be set here' : `only ${allowed.join(', ')} can be set here`
  return new SurfaceRefusedError(
    `The driver option ${JSON.stringify(name)} reaches past governance; ${instead}.`,
  )
}
