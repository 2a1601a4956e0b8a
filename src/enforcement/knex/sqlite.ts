/**
 * better-sqlite3 and libsql. Both are synchronous: a statement cannot be stopped while it looks for its
 * next row, so a time limit is only looked at between rows.
 */
import { CardeaError, SurfaceRefusedError } from '../../errors.js'
import type { EngineError } from '../../model/executor.js'
import type { Field, Row } from '../../model/result.js'
import type { Binding } from '../../model/submission.js'
import type { Driver, Ran, RowSource, StreamOptions, Work } from './driver.js'
import { type RowIterator, type RowReader, rowReader } from './sqlite-rows.js'

interface SqliteColumn {
  readonly name: string
  readonly column: string | null
  readonly table: string | null
  readonly database: string | null
  readonly type: string | null
}
interface SqliteStatement {
  readonly reader: boolean
  /** Not in libsql. */
  readonly readonly?: boolean
  columns(): SqliteColumn[]
  all(bindings: readonly unknown[]): Row[]
  iterate(bindings: readonly unknown[]): RowIterator
  run(bindings: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint }
  safeIntegers(on: boolean): void
  /** Rows by position. */
  raw(on: boolean): void
}
interface SqliteConnection {
  readonly open: boolean
  readonly inTransaction: boolean
  prepare(sql: string): SqliteStatement
  /** Not in better-sqlite3. */
  interrupt?(): void
}

/**
 * Settings under which the schema's own code may do more than analysis knows: calling functions that are
 * not marked as harmless, and writing the schema as rows.
 */
const PINNED = ['trusted_schema', 'writable_schema'] as const

export function sqliteDriver(): Driver {
  /** Whether the host wants all integers of a connection as bigints; neither driver tells otherwise. */
  const bigints = new WeakMap<object, boolean>()
  return Object.freeze({
    dialect: 'sqlite',
    rules: { bindings: { arrays: false, json: false, nonFinite: true }, options: ['safeIntegers'] },
    streamOptions: ['highWaterMark', 'objectMode'],
    pin: async raw => {
      for (const name of PINNED) set(sqlite(raw), name, 0)
      const [row = {}] = sqlite(raw).prepare('select 1 as n').all([])
      bigints.set(raw, typeof Reflect.get(row, 'n') === 'bigint')
    },
    isPinned: raw => bigints.has(raw) && PINNED.every(name => setting(sqlite(raw), name) === 0),
    isShareable: raw => sqlite(raw).open,
    inTransaction: raw => sqlite(raw).inTransaction,
    control: async (raw, sql) => {
      sqlite(raw).prepare(sql).run([])
    },
    run: work => run(work, bigints.get(work.raw)),
    stream: async (work, options) => stream(work, options, bigints.get(work.raw)),
    engineError,
    errorCode: () => undefined,
  } satisfies Driver)
}

function sqlite(raw: object): SqliteConnection {
  return raw as SqliteConnection
}

function set(connection: SqliteConnection, name: string, value: number): void {
  const statement = connection.prepare(`PRAGMA ${name} = ${value}`)
  if (statement.reader) statement.all([])
  else statement.run([])
}

function setting(connection: SqliteConnection, name: string): number {
  const [row = {}] = connection.prepare(`PRAGMA ${name}`).all([])
  return Number(Reflect.get(row, name))
}

interface Prepared {
  readonly connection: SqliteConnection
  readonly statement: SqliteStatement
  readonly values: readonly unknown[]
  readonly bigints: boolean
}

function prepare({ raw, statement: { sql, bindings, options } }: Work, usual = false): Prepared {
  const connection = sqlite(raw)
  const statement = connection.prepare(sql)
  const bigints = options.safeIntegers ?? usual
  statement.safeIntegers(statement.reader || bigints)
  if (options.arrays && statement.reader) statement.raw(true)
  return { connection, statement, values: bindings.map(sent), bigints }
}

async function run(work: Work, bigints: boolean | undefined): Promise<Ran> {
  work.limits.signal.throwIfAborted()
  const prepared = prepare(work, bigints)
  return reading(prepared, work.limits.readOnly, async () =>
    prepared.statement.reader ? ranReader(prepared, work) : ranWriter(prepared),
  )
}

function ranWriter({ statement, values }: Prepared): Ran {
  const { changes, lastInsertRowid } = statement.run(values)
  return {
    result: {
      fields: [],
      rows: [],
      affected: changes,
      truncated: false,
      // Of a statement that wrote nothing, it is that of an earlier one.
      ...(changes > 0 ? { generatedKey: lastInsertRowid } : {}),
    },
    respond: released => {
      const context = { changes: released.affected ?? 0, lastID: released.generatedKey ?? 0 }
      return { response: { changes: context.changes, lastInsertRowid: context.lastID }, context }
    },
  }
}

async function ranReader(prepared: Prepared, { limits }: Work): Promise<Ran> {
  const { readOnly, maxRows, signal } = limits
  const fields = describe(prepared.statement)
  const before = readOnly ? 0 : changes(prepared.connection)
  const reader = readerOf(prepared, fields)
  let rows: Row[]
  try {
    rows = await reader.takeAll(maxRows === undefined ? Number.POSITIVE_INFINITY : maxRows + 1, signal)
  } finally {
    reader.finish()
  }
  const affected = readOnly ? 0 : changes(prepared.connection) - before
  return {
    result: {
      fields,
      rows: maxRows === undefined ? rows : rows.slice(0, maxRows),
      truncated: maxRows !== undefined && rows.length > maxRows,
      ...(affected > 0 ? { affected } : {}),
    },
    respond: released => ({
      response: released.rows,
      context: { lastID: 0, changes: released.affected ?? 0 },
    }),
  }
}

function readerOf({ connection, statement, values, bigints }: Prepared, fields: readonly Field[]): RowReader {
  return rowReader(statement.iterate(values), fields, { bigints, interrupt: () => connection.interrupt?.() })
}

/** SQLite itself refuses writes while `query_only` is on; unlike a transaction mode it works anywhere. */
async function reading<T>(prepared: Prepared, readOnly: boolean, work: () => Promise<T>): Promise<T> {
  const leave = readOnly ? onlyReading(prepared) : () => {}
  try {
    return await work()
  } finally {
    leave()
  }
}

function onlyReading({ connection, statement }: Prepared): () => void {
  if (statement.readonly === true || setting(connection, 'query_only') === 1) return () => {}
  set(connection, 'query_only', 1)
  return () => set(connection, 'query_only', 0)
}

function changes(connection: SqliteConnection): number {
  const row = connection.prepare('select total_changes() as n').all([])[0]
  return Number(row === undefined ? 0 : Reflect.get(row, 'n'))
}

function describe(statement: SqliteStatement): Field[] {
  return statement.columns().map(({ name, type, database, table, column }) => {
    if (name === '__proto__')
      throw new SurfaceRefusedError('A result column may not be called __proto__. Rename it.')
    const origin =
      table === null || column === null
        ? {}
        : { origin: { relation: table, column, ...(database === null ? {} : { schema: database }) } }
    return { name, ...(type === null ? {} : { type }), ...origin }
  })
}

function stream(work: Work, { batch }: StreamOptions, bigints: boolean | undefined): RowSource {
  const { limits } = work
  const prepared = prepare(work, bigints)
  if (!prepared.statement.reader)
    throw new SurfaceRefusedError('Only a statement that returns rows can be streamed. Await it instead.')
  const fields = describe(prepared.statement)
  const reader = readerOf(prepared, fields)
  return {
    fields,
    read: async () => {
      limits.signal.throwIfAborted()
      return reading(prepared, limits.readOnly, async () => reader.take(batch))
    },
    close: async () => reader.finish(),
    // Rows are read in one go each time that somebody asks.
    quiet: Promise.resolve(),
  }
}

/** libsql ends the process at a boolean, and a text at its first NUL. */
function sent(value: Binding): unknown {
  if (value instanceof Date) return value.valueOf()
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' && value.includes('\0')) {
    throw new CardeaError(
      'CARDEA_BINDING_REFUSED',
      'A binding is a text with a NUL character, which would be cut off there. Bind a Buffer.',
    )
  }
  return value ?? null
}

function engineError(error: unknown): EngineError | undefined {
  if (!(error instanceof Error) || error instanceof SurfaceRefusedError) return undefined
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' && code.startsWith('SQLITE_')
    ? { failed: true, message: error.message, code }
    : undefined
}
