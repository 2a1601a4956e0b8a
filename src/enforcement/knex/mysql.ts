import type { Driver, Ran, Work } from './driver.js'
import { type MysqlAnswer, type MysqlAsk, type MysqlStatement, mysqlAsk } from './mysql-query.js'
import { mysqlSessions } from './mysql-session.js'
import {
  headerIn,
  mysql,
  mysqlEngineError,
  mysqlFieldOut,
  mysqlOptions,
  readOnlyBracket,
  rowsIn,
  text,
} from './mysql-shape.js'
import { mysqlStream } from './mysql-stream.js'
import { stoppable, stoppedOnce } from './stoppable.js'

/** mysql2, for MySQL and MariaDB. The driver would let lists and objects write SQL, so only plain values pass. */
export function mysqlDriver(): Driver {
  const ask = mysqlAsk()
  const sessions = mysqlSessions(ask)
  return Object.freeze({
    dialect: 'mysql',
    rules: { bindings: { arrays: false, json: false, nonFinite: false }, options: ['rowsAsArray'] },
    streamOptions: ['highWaterMark', 'objectMode'],
    pin: raw => sessions.verify(mysql(raw)),
    // The server does not tell when the host's own code changes a setting in between.
    isPinned: () => false,
    isShareable: () => false,
    inTransaction: () => undefined,
    control: async (raw, text) => {
      await ask(mysql(raw), { sql: text, values: [], arrays: false })
    },
    run: work => run(ask, work),
    stream: (work, options) => mysqlStream(ask, work, options),
    engineError: mysqlEngineError,
    errorCode: error => text(error, 'code'),
  } satisfies Driver)
}

async function run(ask: MysqlAsk, given: Work): Promise<Ran> {
  const work = stoppedOnce(given)
  const { statement, limits, inTransaction } = work
  const connection = mysql(work.raw)
  const bracket = limits.readOnly ? readOnlyBracket(inTransaction) : undefined
  const question: MysqlStatement = {
    sql: statement.sql,
    values: statement.bindings,
    ...mysqlOptions(statement.options),
    ...(limits.maxRows === undefined ? {} : { rows: limits.maxRows + 1 }),
  }
  const answer = await stoppable(work, limits.signal, async () => {
    if (bracket === undefined) return ask(connection, question, work.cancel)
    const leave = async () => {
      await work.stopped()
      return ask(connection, { sql: bracket.after, values: [], arrays: false })
    }
    await ask(connection, { sql: bracket.before, values: [], arrays: false })
    try {
      const answer = await ask(connection, question, work.cancel)
      await leave()
      return answer
    } catch (error) {
      // A deadlock has taken the savepoint along: what ended the statement is what to report.
      await leave().catch(() => {})
      throw error
    }
  })
  return ran(answer, limits.maxRows, statement.sql)
}

function ran(answer: MysqlAnswer, maxRows: number | undefined, sql: string): Ran {
  const { header, fields } = answer
  const rows = maxRows === undefined ? answer.rows : answer.rows.slice(0, maxRows)
  const affected =
    header?.affectedRows ?? (/^\s*(insert|replace|delete)\b/i.test(sql) ? rows.length : undefined)
  return {
    result: {
      fields: (fields ?? []).map(mysqlFieldOut),
      rows,
      truncated: answer.cut || rows.length < answer.rows.length,
      ...(affected === undefined ? {} : { affected }),
      ...(header === undefined ? {} : { generatedKey: header.insertId }),
    },
    respond: released => ({
      response: fields === undefined ? [headerIn(header, released), undefined] : rowsIn(released, fields),
    }),
  }
}
