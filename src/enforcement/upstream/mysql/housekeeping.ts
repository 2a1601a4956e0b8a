/** Cardea's own questions to the server, between clients: how the session is set, and whether the last left anything. */
import { connectionFailed, UpstreamRefusal } from '../refusal.js'
import type { MysqlConnection } from './connection.js'
import { type ResultParts, ResultReader } from './result-reader.js'
import { ANSWER, COMMAND, Reader } from './wire.js'

type Row = readonly (string | null)[]
type Asking = Pick<MysqlConnection, 'ask' | 'deprecatesEof'>

/**
 * The rows of a statement; none where it gives none.
 *
 * @throws UpstreamRefusal where the server refuses it; CardeaError where the connection is lost.
 */
export function ask(connection: Asking, text: string): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    const rows: Row[] = []
    let columns = 0
    const parts: ResultParts = {
      definition: () => {
        columns += 1
      },
      described() {},
      row: ({ bytes, start, end }) => rows.push(texts(new Reader(bytes, start, end), columns)),
      ended: () => resolve(rows),
      failed: ({ code = 'HY000' }) => reject(new UpstreamRefusal(code, 'settings')),
      closed: () => reject(connectionFailed('The connection to the database is lost.')),
    }
    connection.ask(question(text), new ResultReader(connection.deprecatesEof, parts))
  })
}

const NULL = 0xfb

function texts(reader: Reader, columns: number): Row {
  const row: (string | null)[] = []
  for (let column = 0; column < columns; column++) {
    const mark = reader.at
    if (reader.int(1) === NULL) row.push(null)
    else {
      reader.at = mark
      row.push(reader.lenencText())
    }
  }
  return row
}

export function question(text: string): Buffer {
  return Buffer.concat([Buffer.from([COMMAND.query]), Buffer.from(text, 'utf8')])
}

/** Modes that leave the meaning of a statement as it is. Any other is taken out of what the server begins with. */
export const HARMLESS_MODES: readonly string[] = [
  ...['ALLOW_INVALID_DATES', 'ERROR_FOR_DIVISION_BY_ZERO', 'NO_AUTO_CREATE_USER', 'NO_AUTO_VALUE_ON_ZERO'],
  ...['NO_ENGINE_SUBSTITUTION', 'NO_UNSIGNED_SUBTRACTION', 'NO_ZERO_DATE', 'NO_ZERO_IN_DATE'],
  ...['ONLY_FULL_GROUP_BY', 'STRICT_ALL_TABLES', 'STRICT_TRANS_TABLES', 'TIME_ROUND_FRACTIONAL'],
  ...['TIME_TRUNCATE_FRACTIONAL', 'TRADITIONAL'],
]

/** What a session is, and whatever of it might outlive COM_RESET_CONNECTION. */
function stateOf({ isMariadb }: MysqlConnection): string {
  const readOnly = isMariadb ? 'tx_read_only' : 'transaction_read_only'
  const isolation = isMariadb ? 'tx_isolation' : 'transaction_isolation'
  const settings = [
    ...['sql_mode', 'character_set_client', 'character_set_connection', 'character_set_results'],
    ...['collation_connection', 'autocommit', 'sql_auto_is_null', 'time_zone', 'foreign_key_checks'],
    ...['unique_checks', 'sql_select_limit', 'sql_safe_updates', 'group_concat_max_len', 'wait_timeout'],
    ...['lc_messages', 'lc_time_names', 'completion_type', readOnly, isolation],
  ].map(name => `@@session.${name}`)
  return `select database(), current_user(), current_role(), ${settings.join(', ')}`
}

/** As every session is lent: statements are read as they were judged, and texts are UTF-8. */
export async function pin(connection: MysqlConnection): Promise<string> {
  const [[modes] = []] = await ask(connection, 'select @@session.sql_mode')
  await ask(connection, 'set names utf8mb4')
  await ask(
    connection,
    `set session sql_mode = '${pinnedModes(modes).join(',')}', session autocommit = 1, session sql_auto_is_null = 0`,
  )
  return state(connection)
}

/**
 * Takes back what makes statements mean something else than they were judged as, and nothing that is the client's own.
 *
 * @returns whether nothing had to be.
 */
export async function keepPinned(connection: Asking): Promise<boolean> {
  const charsets = ['client', 'connection', 'results'].map(each => `@@session.character_set_${each}`)
  const settings = ['@@session.sql_mode', '@@session.sql_auto_is_null', ...charsets]
  const [[mode, isNull, ...found] = []] = await ask(connection, `select ${settings.join(', ')}`)
  const modes = pinnedModes(mode)
  const has = new Set((mode ?? '').split(','))
  const isOwn = [...has].every(each => each === '' || modes.includes(each)) && isNull === '0'
  const isUtf8 = found.every(each => each === 'utf8mb4')
  if (isOwn && isUtf8 && has.has('IGNORE_SPACE')) return true
  if (!isUtf8) await ask(connection, 'set names utf8mb4')
  await ask(connection, `set session sql_mode = '${modes.join(',')}', session sql_auto_is_null = 0`)
  return isOwn && isUtf8
}

function pinnedModes(modes: string | null | undefined): readonly string[] {
  const kept = (modes ?? '').split(',').filter(mode => HARMLESS_MODES.includes(mode))
  return [...kept, 'IGNORE_SPACE']
}

/** How the session stands, in words that can be compared. */
export async function state(connection: MysqlConnection): Promise<string> {
  return JSON.stringify(await ask(connection, stateOf(connection)))
}

/** Discards what the last client left. @returns whether the connection is as it began. */
export async function reset(connection: MysqlConnection, fresh: string): Promise<boolean> {
  await acknowledged(connection, COMMAND.resetConnection)
  return (await pin(connection)) === fresh
}

/** @throws CardeaError where the server does not answer, or not that it is there. */
export function ping(connection: MysqlConnection): Promise<void> {
  return acknowledged(connection, COMMAND.ping)
}

function acknowledged(connection: MysqlConnection, command: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(connectionFailed('The connection to the database is lost.'))
    connection.ask(Buffer.from([command]), {
      packet({ bytes, start }) {
        if (bytes[start] === ANSWER.ok) resolve()
        else lost()
        return true
      },
      closed: lost,
    })
  })
}
