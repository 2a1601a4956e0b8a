import type { Readable } from 'node:stream'
import type { Row } from '../../model/result.js'
import type { RowSource, StreamOptions, Work } from './driver.js'
import type { MysqlAsk, MysqlCommand, MysqlField, Send } from './mysql-query.js'
import { mysql, mysqlFieldOut, mysqlOptions, readOnlyBracket } from './mysql-shape.js'
import { stoppable, stoppedOnce } from './stoppable.js'

/** Rows as the server sends them; the socket is paused while the caller has not taken them. */
export async function mysqlStream(ask: MysqlAsk, given: Work, { batch }: StreamOptions): Promise<RowSource> {
  const work = stoppedOnce(given)
  const { statement, limits, inTransaction } = work
  const connection = mysql(work.raw)
  const bracket = limits.readOnly ? readOnlyBracket(inTransaction) : undefined
  limits.signal.throwIfAborted()
  const send = await ask.ready(connection, {
    sql: statement.sql,
    values: statement.bindings,
    ...mysqlOptions(statement.options),
  })
  if (bracket !== undefined) await ask(connection, { sql: bracket.before, values: [], arrays: false })

  const { command, quiet } = watched(send)
  const readable = command.stream({ highWaterMark: batch })
  readable.on('error', () => {})
  const left = quiet.promise.then(async () => {
    await work.stopped()
    if (bracket !== undefined) await ask(connection, { sql: bracket.after, values: [], arrays: false })
  })
  left.catch(() => {})
  const close = async () => {
    if (!readable.readableEnded && !quiet.reached) {
      readable.destroy()
      await work.cancel().catch(() => {})
    }
    await left
  }
  try {
    const fields = await stoppable(work, limits.signal, () => quiet.fields)
    const read = () =>
      stoppable(work, limits.signal, () =>
        fields === undefined ? none(quiet.promise) : take(readable, batch),
      )
    return { fields: (fields ?? []).map(mysqlFieldOut), read, close, quiet: left }
  } catch (error) {
    // A deadlock has taken the savepoint along: what ended the statement is what to report.
    await close().catch(() => {})
    throw error
  }
}

interface Quiet {
  reached: boolean
  /** The connection can take the next statement, or never will. */
  readonly promise: Promise<void>
  /** Absent for a statement without a result set. */
  readonly fields: Promise<readonly MysqlField[] | undefined>
}

function watched(send: Send): { command: MysqlCommand; quiet: Quiet } {
  const fields = deferred<readonly MysqlField[] | undefined>()
  const end = deferred<void>()
  const quiet: Quiet = { reached: false, promise: end.promise, fields: fields.promise }
  const finish = () => {
    quiet.reached = true
    end.resolve()
  }
  let running: MysqlCommand | undefined
  const command = send(reason => {
    fields.reject(reason)
    running?.emit('error', reason)
    finish()
  })
  running = command
  command.on('fields', fields.resolve)
  command.on('error', fields.reject)
  command.on('end', finish)
  return { command, quiet }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

async function none(quiet: Promise<void>): Promise<Row[]> {
  await quiet
  return []
}

/** Up to `batch` rows; none at the end. */
async function take(readable: Readable, batch: number): Promise<Row[]> {
  const rows: Row[] = []
  while (rows.length < batch) {
    const row: Row | null = readable.read()
    if (row !== null) rows.push(row)
    else if (rows.length > 0 || readable.readableEnded) break
    else if (readable.errored) throw readable.errored
    else await change(readable)
  }
  return rows
}

function change(readable: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      for (const name of ['readable', 'end', 'close', 'error']) readable.off(name, settle)
      if (error instanceof Error) reject(error)
      else resolve()
    }
    for (const name of ['readable', 'end', 'close', 'error']) readable.on(name, settle)
  })
}
