/**
 * What a MySQL session must be like, or the server would read another statement than the one that was
 * judged. Looked at on every checkout: the host's own code uses the same connections in between.
 */
import { ConfigurationError } from '../../errors.js'
import type { MysqlAsk, MysqlConnection } from './mysql-query.js'

/** Modes that leave the meaning of a statement as it is. Any other is refused, known or not. */
const HARMLESS_MODES = new Set([
  ...['ALLOW_INVALID_DATES', 'ERROR_FOR_DIVISION_BY_ZERO', 'IGNORE_SPACE', 'NO_AUTO_CREATE_USER'],
  ...['NO_AUTO_VALUE_ON_ZERO', 'NO_DIR_IN_CREATE', 'NO_ENGINE_SUBSTITUTION', 'NO_FIELD_OPTIONS'],
  ...['NO_KEY_OPTIONS', 'NO_TABLE_OPTIONS', 'NO_UNSIGNED_SUBTRACTION', 'NO_ZERO_DATE', 'NO_ZERO_IN_DATE'],
  ...['ONLY_FULL_GROUP_BY', 'PAD_CHAR_TO_FULL_LENGTH', 'REAL_AS_FLOAT', 'STRICT_ALL_TABLES'],
  ...['STRICT_TRANS_TABLES', 'TIME_ROUND_FRACTIONAL', 'TIME_TRUNCATE_FRACTIONAL', 'TRADITIONAL'],
])

/** In others a byte of a longer character can be a quote, or a character be cut to a byte that is one. */
const CHARSETS = new Set(['utf8mb4', 'utf8mb3', 'utf8'])
const ENCODINGS = new Set(['utf8', 'cesu8'])

const SETTINGS = `select @@session.sql_mode, @@session.character_set_client, @@session.character_set_connection,
  @@session.character_set_results, @@session.autocommit, @@session.sql_auto_is_null, database()`

const MULTI_STATEMENTS = 0x10000

export interface MysqlSessions {
  /** @throws ConfigurationError for a connection that cannot be governed as it is set up. */
  verify(connection: MysqlConnection): Promise<void>
}

export function mysqlSessions(ask: MysqlAsk): MysqlSessions {
  const configured = new WeakSet<object>()
  let home: string | null | undefined
  return {
    async verify(connection) {
      if (!configured.has(connection)) {
        refuseConfiguration(connection)
        configured.add(connection)
      }
      const [modes = '', client, literals, results, autocommit, autoIsNull, database] = await settings(
        ask,
        connection,
      )
      for (const charset of [client, literals, results]) {
        if (!CHARSETS.has(charset ?? '')) {
          throw new ConfigurationError(
            `The character set ${charset ?? 'NULL'} cannot be governed. Connect with utf8mb4.`,
          )
        }
      }
      if (autocommit !== '1') {
        throw new ConfigurationError('The session does not commit by itself. Connect with autocommit = 1.')
      }
      const mode = modes?.split(',').find(name => name !== '' && !HARMLESS_MODES.has(name))
      if (mode !== undefined) {
        throw new ConfigurationError(
          `The sql_mode ${mode} changes how statements are read. Connect without it.`,
        )
      }
      if (home === undefined) home = database ?? null
      await restore(ask, connection, {
        ignoreSpace: modes?.split(',').includes('IGNORE_SPACE') === true,
        autoIsNull: autoIsNull !== '0',
        database: database === home ? undefined : home,
      })
    },
  }
}

function refuseConfiguration({ config, clientEncoding }: MysqlConnection): void {
  if (((config.clientFlags ?? 0) & MULTI_STATEMENTS) !== 0 || config.multipleStatements === true) {
    throw new ConfigurationError(
      'The connection allows several statements per query. Remove multipleStatements.',
    )
  }
  for (const name of ['queryFormat', 'infileStreamFactory'] as const) {
    if (config[name] !== undefined) {
      throw new ConfigurationError(`The connection option ${name} reaches past governance. Remove it.`)
    }
  }
  if (!ENCODINGS.has(clientEncoding)) {
    throw new ConfigurationError(
      `The driver writes statements in ${clientEncoding}, which cannot be governed. Connect with the charset utf8mb4.`,
    )
  }
}

async function settings(ask: MysqlAsk, connection: MysqlConnection): Promise<(string | null)[]> {
  const { rows } = await ask(connection, { sql: SETTINGS, values: [], arrays: true })
  const row = rows[0]
  if (!Array.isArray(row)) throw new ConfigurationError('The session settings could not be read.')
  return row.map(value => (value === null ? null : String(value)))
}

interface Deviations {
  /** Without it `count (x)` may mean a routine of the user's own. */
  readonly ignoreSpace: boolean
  readonly autoIsNull: boolean
  /** The database that unqualified names mean, where the session is in another one. */
  readonly database: string | null | undefined
}

async function restore(
  ask: MysqlAsk,
  connection: MysqlConnection,
  { ignoreSpace, autoIsNull, database }: Deviations,
): Promise<void> {
  const set = [
    ...(ignoreSpace ? [] : [`sql_mode = concat(@@session.sql_mode, ',IGNORE_SPACE')`]),
    ...(autoIsNull ? ['sql_auto_is_null = 0'] : []),
  ]
  if (database === null) {
    throw new ConfigurationError('The session has chosen a database. Connect without one, or always with it.')
  }
  const statements = [
    ...(set.length === 0 ? [] : [`set session ${set.join(', ')}`]),
    ...(database === undefined ? [] : [`use \`${database.replaceAll('`', '``')}\``]),
  ]
  for (const sql of statements) await ask(connection, { sql, values: [], arrays: false })
}
