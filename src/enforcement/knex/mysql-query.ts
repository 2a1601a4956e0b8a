import type { EventEmitter } from 'node:events'
import { SurfaceRefusedError } from '../../errors.js'
import type { Row } from '../../model/result.js'
import type { Binding } from '../../model/submission.js'

export interface MysqlField {
  readonly name: string
  readonly schema: string
  readonly orgTable: string
  readonly orgName: string
  readonly columnType: number
  readonly characterSet: number
  readonly columnLength: number
  readonly flags: number
  readonly decimals: number
}

export interface MysqlHeader {
  readonly affectedRows: number
  readonly insertId: number
  readonly info?: string
  readonly serverStatus?: number
  readonly warningStatus?: number
  readonly changedRows?: number
}

/** mysql2's running command: `fields`, then `result` per row (or once with a header), then `end`. */
export interface MysqlCommand extends EventEmitter {
  stream(options: { highWaterMark: number }): import('node:stream').Readable
}

export interface MysqlConnection extends EventEmitter {
  readonly config: { readonly clientFlags?: number; readonly multipleStatements?: boolean }
  query(options: { sql: string; values: readonly unknown[]; rowsAsArray: boolean }): MysqlCommand
}

export interface MysqlStatement {
  readonly sql: string
  readonly values: readonly Binding[]
  readonly arrays: boolean
  /** Rows kept at most; the statement is stopped at the server when there are more. */
  readonly rows?: number
}

export interface MysqlAnswer {
  /** Absent for a statement without a result set. */
  readonly fields: readonly MysqlField[] | undefined
  readonly rows: Row[]
  readonly header: MysqlHeader | undefined
  readonly cut: boolean
}

/** Sends the statement and resolves when the connection is quiet again. Rejects with the driver's error. */
export async function askMysql(
  connection: MysqlConnection,
  statement: MysqlStatement,
  stop?: () => Promise<void>,
): Promise<MysqlAnswer> {
  const rows: Row[] = []
  let fields: readonly MysqlField[] | undefined
  let header: MysqlHeader | undefined
  let sets = 0
  let stopping: Promise<void> | undefined
  const failure = await new Promise<unknown>(resolve => {
    let error: unknown
    const command = submit(connection, statement, resolve)
    command.on('fields', (described: readonly MysqlField[] | undefined) => {
      sets++
      fields ??= described
    })
    command.on('result', (row: Row | MysqlHeader) => {
      if (fields === undefined) header = row as MysqlHeader
      else if (rows.length < (statement.rows ?? Number.POSITIVE_INFINITY)) rows.push(row as Row)
      else stopping ??= stop?.().catch(() => {})
    })
    command.on('error', (reason: unknown) => {
      error = reason
    })
    command.on('end', () => resolve(error))
  })
  const cut = stopping !== undefined
  await stopping
  if (failure !== undefined && !cut) throw failure
  if (sets > 1)
    throw new SurfaceRefusedError('The statement gave several results. Send statements that give one.')
  return { fields, rows, header, cut }
}

/**
 * @param broken told of a connection that fails under the command: the driver tells the connection
 *   then, not the command.
 */
export function submit(
  connection: MysqlConnection,
  { sql, values, arrays }: MysqlStatement,
  broken: (reason: unknown) => void,
): MysqlCommand {
  connection.on('error', broken)
  const command = connection.query({ sql, values: values.map(value => value ?? null), rowsAsArray: arrays })
  command.on('end', () => connection.off('error', broken))
  return command
}
