import { PeerMissingError, SurfaceRefusedError } from '../../errors.js'
import type { Row } from '../../model/result.js'
import type { RowSource, StreamOptions, Work } from './driver.js'
import type { PgMeter } from './postgres-meter.js'
import type { PgAsk, PgConnection, PgField } from './postgres-query.js'
import { pg, pgFieldOut, pgValues, readOnlyBracket } from './postgres-shape.js'
import { stoppable } from './stoppable.js'

interface PgCursor {
  read(rows: number, done: (error: Error | null, rows?: Row[]) => void): void
  close(done: (error?: Error | null) => void): void
  readonly _result: { readonly fields: readonly PgField[] }
}
type QueryStreamClass = new (
  text: string,
  values: readonly unknown[],
  config: { rowMode?: 'array' },
) => { readonly cursor: PgCursor }

/** Rows in batches from a server-side portal: as many are in memory as the caller has asked for. */
export async function postgresStream(
  ask: PgAsk,
  meter: PgMeter,
  work: Work,
  { batch }: StreamOptions,
): Promise<RowSource> {
  const QueryStream = await queryStreamClass()
  const { statement, limits, inTransaction } = work
  const connection = pg(work.raw)
  const bracket = limits.readOnly ? readOnlyBracket(inTransaction) : undefined
  limits.signal.throwIfAborted()
  for (const text of bracket?.before ?? []) await control(ask, connection, text)

  const query = new QueryStream(
    statement.sql,
    pgValues(statement.bindings),
    statement.options.arrays ? { rowMode: 'array' } : {},
  )
  connection.query(query)
  let failed = false
  const letGo = async () => {
    // A portal that failed is gone; asking to close it would wait for an answer that was given already.
    if (!failed) await closeCursor(query.cursor)
    if (bracket === undefined) return
    if (!failed) for (const text of bracket.after) await control(ask, connection, text)
    else if (!inTransaction) await control(ask, connection, 'ROLLBACK')
  }
  let ending: Promise<void> | undefined
  let isQuiet: () => void = () => {}
  const quiet = new Promise<void>(resolve => {
    isQuiet = resolve
  })
  const close = () => {
    ending ??= letGo().finally(isQuiet)
    return ending
  }
  const fetch = async () => {
    const rows = await stoppable(work, limits.signal, async () => {
      meter.restart(connection)
      try {
        return await readBatch(query.cursor, batch)
      } catch (error) {
        failed = true
        throw error
      }
    })
    // Whoever has these rows still to look at may run other statements meanwhile.
    if (rows.length < batch) await close()
    return rows
  }
  return opened(query.cursor, batch, fetch, { close, quiet })
}

/** The first batch is fetched at once: only then does the server describe the columns. */
async function opened(
  cursor: PgCursor,
  batch: number,
  fetch: () => Promise<Row[]>,
  end: Pick<RowSource, 'close' | 'quiet'>,
): Promise<RowSource> {
  try {
    let next: Row[] | undefined = await fetch()
    let last = next.length < batch
    const { fields } = cursor._result
    if (fields.some(field => field.name === '__proto__')) {
      throw new SurfaceRefusedError('A result column may not be called __proto__. Rename it.')
    }
    const read = async () => {
      const rows: Row[] = next ?? (last ? [] : await fetch())
      if (next === undefined) last = rows.length < batch
      next = undefined
      return rows
    }
    return { fields: fields.map(pgFieldOut), read, ...end }
  } catch (error) {
    await end.close()
    throw error
  }
}

function readBatch(cursor: PgCursor, rows: number): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    cursor.read(rows, (error, got) => (error ? reject(error) : resolve(got ?? [])))
  })
}

function closeCursor(cursor: PgCursor): Promise<void> {
  return new Promise(resolve => {
    cursor.close(() => resolve())
  })
}

async function control(ask: PgAsk, connection: PgConnection, text: string): Promise<void> {
  await ask(connection, { text, values: [], arrays: false })
}

async function queryStreamClass(): Promise<QueryStreamClass> {
  try {
    const module: { default: unknown } = await import('pg-query-stream')
    return module.default as QueryStreamClass
  } catch {
    throw new PeerMissingError('pg-query-stream', 'Streaming from PostgreSQL')
  }
}
