/**
 * better-sqlite3 and libsql. Both are synchronous: a statement cannot be stopped while it runs, so a
 * time limit is only looked at between batches.
 */
import { SurfaceRefusedError } from '../../errors.js'
import type { EngineError, ExecutionLimits } from '../../model/executor.js'
import type { Field, Row } from '../../model/result.js'
import type { Binding } from '../../model/submission.js'
import type { Driver, Ran, RowSource, StreamOptions, Work } from './driver.js'
import type { DriverOptions } from './snapshot.js'

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
  iterate(bindings: readonly unknown[]): Iterator<Row>
  run(bindings: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint }
  safeIntegers(on: boolean): void
}
interface SqliteConnection {
  readonly inTransaction: boolean
  prepare(sql: string): SqliteStatement
}

export function sqliteDriver(): Driver {
  return Object.freeze({
    dialect: 'sqlite',
    rules: { bindings: { arrays: false, json: false, nonFinite: true }, options: ['safeIntegers'] },
    streamOptions: ['highWaterMark', 'objectMode'],
    pin: async () => {},
    isPinned: () => true,
    inTransaction: raw => sqlite(raw).inTransaction,
    control: async (raw, sql) => {
      sqlite(raw).prepare(sql).run([])
    },
    run: async work => run(work),
    stream: async (work, options) => stream(work, options),
    engineError,
    errorCode: () => undefined,
  } satisfies Driver)
}

function sqlite(raw: object): SqliteConnection {
  return raw as SqliteConnection
}

function run(work: Work): Ran {
  const { limits, statement } = work
  limits.signal.throwIfAborted()
  const connection = sqlite(work.raw)
  const prepared = prepare(connection, statement.sql, statement.options)
  const values = statement.bindings.map(sent)
  return reading(connection, prepared, limits, () => {
    if (prepared.reader) return ranReader(connection, prepared, values, limits)
    const { changes, lastInsertRowid } = prepared.run(values)
    return {
      result: { fields: [], rows: [], affected: changes, truncated: false },
      respond: released => ({
        response: { changes: released.affected ?? 0, lastInsertRowid },
        context: { lastID: lastInsertRowid, changes: released.affected ?? 0 },
      }),
    }
  })
}

function ranReader(
  connection: SqliteConnection,
  prepared: SqliteStatement,
  values: readonly unknown[],
  { readOnly, maxRows }: ExecutionLimits,
): Ran {
  const fields = describe(prepared)
  const before = readOnly ? 0 : changes(connection)
  const rows = maxRows === undefined ? prepared.all(values) : atMost(prepared, values, maxRows + 1)
  const affected = readOnly ? 0 : changes(connection) - before
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

function prepare(connection: SqliteConnection, sql: string, options: DriverOptions): SqliteStatement {
  const prepared = connection.prepare(sql)
  if (options.safeIntegers !== undefined) prepared.safeIntegers(options.safeIntegers)
  return prepared
}

/** SQLite itself refuses writes while `query_only` is on; unlike a transaction mode it works anywhere. */
function reading<T>(
  connection: SqliteConnection,
  prepared: SqliteStatement,
  limits: ExecutionLimits,
  work: () => T,
): T {
  if (!limits.readOnly || prepared.readonly === true) return work()
  connection.prepare('PRAGMA query_only = 1').all([])
  try {
    return work()
  } finally {
    connection.prepare('PRAGMA query_only = 0').all([])
  }
}

function changes(connection: SqliteConnection): number {
  const row = connection.prepare('select total_changes() as n').all([])[0]
  return Number(row === undefined ? 0 : Reflect.get(row, 'n'))
}

function describe(prepared: SqliteStatement): Field[] {
  return prepared.columns().map(({ name, type, database, table, column }) => {
    if (name === '__proto__')
      throw new SurfaceRefusedError('A result column may not be called __proto__. Rename it.')
    const origin =
      table === null || column === null
        ? {}
        : { origin: { relation: table, column, ...(database === null ? {} : { schema: database }) } }
    return { name, ...(type === null ? {} : { type }), ...origin }
  })
}

function atMost(prepared: SqliteStatement, values: readonly unknown[], count: number): Row[] {
  const rows = prepared.iterate(values)
  const taken = take(rows, count)
  finish(rows)
  return taken
}

function take(rows: Iterator<Row>, count: number): Row[] {
  const taken: Row[] = []
  while (taken.length < count) {
    const next = rows.next()
    if (next.done) break
    taken.push(next.value)
  }
  return taken
}

/** libsql's iterator has no `return`; a statement left half-way would keep its locks. */
function finish(rows: Iterator<Row>): void {
  if (rows.return !== undefined) rows.return()
  else while (!rows.next().done);
}

function stream(work: Work, { batch }: StreamOptions): RowSource {
  const { limits, statement } = work
  const connection = sqlite(work.raw)
  const prepared = prepare(connection, statement.sql, statement.options)
  const values = statement.bindings.map(sent)
  if (!prepared.reader)
    throw new SurfaceRefusedError('Only a statement that returns rows can be streamed. Await it instead.')
  const rows = reading(connection, prepared, limits, () => prepared.iterate(values))
  let done = false
  return {
    fields: describe(prepared),
    read: async () => {
      limits.signal.throwIfAborted()
      const taken = done ? [] : reading(connection, prepared, limits, () => take(rows, batch))
      done = taken.length < batch
      return taken
    },
    close: async () => {
      if (!done) finish(rows)
      done = true
    },
  }
}

function sent(value: Binding): unknown {
  if (value instanceof Date) return value.valueOf()
  if (typeof value === 'boolean') return Number(value)
  return value ?? null
}

function engineError(error: unknown): EngineError | undefined {
  if (!(error instanceof Error) || error instanceof SurfaceRefusedError) return undefined
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' && code.startsWith('SQLITE_')
    ? { failed: true, message: error.message, code }
    : undefined
}
