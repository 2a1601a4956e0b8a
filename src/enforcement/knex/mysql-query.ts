import type { EventEmitter } from 'node:events'
import { SurfaceRefusedError } from '../../errors.js'
import type { Row } from '../../model/result.js'
import type { Binding } from '../../model/submission.js'
import { LARGEST_ANSWER, sizeOf, tooLarge } from './answer-size.js'
import { preparedStatements } from './mysql-prepared.js'

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
  readonly serverStatus?: number
}

/** mysql2's running command: `fields`, then `result` per row (or once with a header), then `end`. */
export interface MysqlCommand extends EventEmitter {
  stream(options: { highWaterMark: number }): import('node:stream').Readable
}

/** What a statement is sent with: every option that would change its text or the shape of its rows, named. */
export interface MysqlQuestion {
  readonly sql: string
  readonly values: readonly unknown[]
  readonly rowsAsArray: boolean
  readonly supportBigNumbers?: true
  readonly nestTables: false
  readonly namedPlaceholders: false
}

export interface MysqlConnection extends EventEmitter {
  readonly config: {
    readonly clientFlags?: number
    readonly multipleStatements?: boolean
    readonly queryFormat?: unknown
    readonly infileStreamFactory?: unknown
  }
  readonly clientEncoding: string
  query(question: MysqlQuestion): MysqlCommand
  execute(question: MysqlQuestion): MysqlCommand
  prepare(
    question: MysqlQuestion,
    done: (error: unknown, statement: { readonly parameters: readonly unknown[] }) => void,
  ): void
  unprepare(question: MysqlQuestion): void
}

export interface MysqlStatement {
  readonly sql: string
  readonly values: readonly Binding[]
  readonly arrays: boolean
  readonly exact?: true
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

/** Sends a statement once called. `broken` is told of a connection that fails under the command. */
export type Send = (broken: (reason: unknown) => void) => MysqlCommand

export interface MysqlAsk {
  /** Sends the statement and resolves when the connection is quiet again. Rejects with the driver's error. */
  (connection: MysqlConnection, statement: MysqlStatement, stop?: () => Promise<void>): Promise<MysqlAnswer>
  /**
   * Makes a statement ready to be sent. One with bindings is prepared at the server, which alone tells
   * placeholders from question marks in comments and texts: the driver's own way writes the values into
   * the text, comments included.
   */
  ready(connection: MysqlConnection, statement: MysqlStatement): Promise<Send>
}

export function mysqlAsk(): MysqlAsk {
  const statements = preparedStatements()

  async function ready(
    connection: MysqlConnection,
    { sql, values, arrays, exact }: MysqlStatement,
  ): Promise<Send> {
    const question: MysqlQuestion = {
      sql,
      values: values.map(value => value ?? null),
      rowsAsArray: arrays,
      ...(exact === undefined ? {} : { supportBigNumbers: exact }),
      nestTables: false,
      namedPlaceholders: false,
    }
    const bound = values.length > 0
    if (bound) await statements.prepare(connection, question)
    return broken => {
      connection.on('error', broken)
      const command = bound ? connection.execute(question) : connection.query(question)
      command.on('end', () => connection.off('error', broken))
      return command
    }
  }

  return Object.assign(
    async (connection: MysqlConnection, statement: MysqlStatement, stop?: () => Promise<void>) =>
      collect(await ready(connection, statement), statement.rows, stop),
    { ready },
  )
}

async function collect(
  send: Send,
  mostRows = Number.POSITIVE_INFINITY,
  stop?: () => Promise<void>,
): Promise<MysqlAnswer> {
  const rows: Row[] = []
  let fields: readonly MysqlField[] | undefined
  let header: MysqlHeader | undefined
  let sets = 0
  let size = 0
  let stopping: Promise<void> | undefined
  const failure = await new Promise<unknown>(resolve => {
    let error: unknown
    const command = send(resolve)
    command.on('fields', (described: readonly MysqlField[] | undefined) => {
      sets++
      fields ??= described
    })
    command.on('result', (row: Row | MysqlHeader) => {
      if (fields === undefined) {
        header = row as MysqlHeader
        return
      }
      size += sizeOf(row as Row)
      if (rows.length < mostRows && size <= LARGEST_ANSWER) rows.push(row as Row)
      else stopping ??= stop?.().catch(() => {})
    })
    command.on('error', (reason: unknown) => {
      error = reason
    })
    command.on('end', () => resolve(error))
  })
  const cut = stopping !== undefined
  await stopping
  if (size > LARGEST_ANSWER) throw tooLarge()
  if (failure !== undefined && !cut) throw failure
  if (sets > 1)
    throw new SurfaceRefusedError('The statement gave several results. Send statements that give one.')
  return { fields, rows, header, cut }
}
