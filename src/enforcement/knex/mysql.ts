import { ConfigurationError } from '../../errors.js'
import type { Driver, Ran, Work } from './driver.js'
import { askMysql, type MysqlAnswer, type MysqlConnection, type MysqlStatement } from './mysql-query.js'
import {
  headerIn,
  mysql,
  mysqlEngineError,
  mysqlFieldOut,
  readOnlyBracket,
  rowsIn,
  text,
} from './mysql-shape.js'
import { mysqlStream } from './mysql-stream.js'
import { stoppable } from './stoppable.js'

/** mysql2, for MySQL and MariaDB. The driver writes bindings into the text, so only plain values pass. */
export function mysqlDriver(): Driver {
  const pinned = new WeakSet<object>()
  return Object.freeze({
    dialect: 'mysql',
    rules: { bindings: { arrays: false, json: false, nonFinite: false }, options: ['rowsAsArray'] },
    streamOptions: ['highWaterMark', 'objectMode'],
    pin: async raw => {
      await verify(mysql(raw))
      pinned.add(raw)
    },
    isPinned: raw => pinned.has(raw),
    inTransaction: () => undefined,
    control: async (raw, text) => {
      await askMysql(mysql(raw), { sql: text, values: [], arrays: false })
    },
    run,
    stream: mysqlStream,
    engineError: mysqlEngineError,
    errorCode: error => text(error, 'code'),
  } satisfies Driver)
}

const multiStatements = 0x10000
/** Modes under which the same bytes are another statement (or another string) than analysis reads. */
const lexingModes = ['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'PIPES_AS_CONCAT', 'HIGH_NOT_PRECEDENCE']
const charsets = ['utf8mb4', 'utf8mb3', 'utf8', 'ascii', 'latin1']

async function verify(connection: MysqlConnection): Promise<void> {
  const flags = connection.config.clientFlags ?? 0
  if ((flags & multiStatements) !== 0 || connection.config.multipleStatements === true) {
    throw new ConfigurationError(
      'The connection allows several statements per query. Remove multipleStatements.',
    )
  }
  const { rows } = await askMysql(connection, {
    sql: 'select @@session.sql_mode, @@session.character_set_client',
    values: [],
    arrays: true,
  })
  const row = rows[0]
  const [modes, charset] = Array.isArray(row) ? row.map(String) : ['', '']
  const mode = lexingModes.find(name => modes?.split(',').includes(name))
  if (mode !== undefined) {
    throw new ConfigurationError(`The sql_mode ${mode} changes how statements are read. Connect without it.`)
  }
  if (charset === undefined || !charsets.includes(charset)) {
    throw new ConfigurationError(
      `The character set ${charset ?? '?'} cannot be governed. Connect with utf8mb4.`,
    )
  }
}

async function run(work: Work): Promise<Ran> {
  const { statement, limits, inTransaction } = work
  const connection = mysql(work.raw)
  const bracket = limits.readOnly ? readOnlyBracket(inTransaction) : undefined
  const question: MysqlStatement = {
    sql: statement.sql,
    values: statement.bindings,
    arrays: statement.options.arrays,
    ...(limits.maxRows === undefined ? {} : { rows: limits.maxRows + 1 }),
  }
  const answer = await stoppable(work, limits.signal, async () => {
    if (bracket === undefined) return askMysql(connection, question, work.cancel)
    await askMysql(connection, { sql: bracket.before, values: [], arrays: false })
    try {
      return await askMysql(connection, question, work.cancel)
    } finally {
      await askMysql(connection, { sql: bracket.after, values: [], arrays: false })
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
    },
    respond: released => ({
      response:
        fields === undefined ? [headerIn(header, released, sql), undefined] : rowsIn(released, fields),
    }),
  }
}
