/** Cardea's own questions to the server, between clients: settings for the next one, and whether the last left nothing. */

import { connectionFailed, UpstreamRefusal } from '../refusal.js'
import type { PgConnection } from './connection.js'
import { query, sqlState, TYPE, textColumns } from './messages.js'

type Row = readonly (string | null)[]

/**
 * The rows of each text, which are sent together. Nobody else may use the connection meanwhile.
 *
 * @throws UpstreamRefusal where the server refuses one; CardeaError where the connection is lost. It is of no use then.
 */
export function ask(
  connection: PgConnection,
  texts: readonly string[],
): Promise<readonly (readonly Row[])[]> {
  return new Promise((resolve, reject) => {
    const results: Row[][] = [[]]
    let refusal: Error | undefined
    connection.attach({
      message(type, bytes, start, end) {
        if (type === TYPE.dataRow) results.at(-1)?.push(textColumns(bytes, start, end))
        else if (type === TYPE.error) refusal ??= new UpstreamRefusal(sqlState(bytes, start, end), 'settings')
        else if (type !== TYPE.readyForQuery) return
        else if (results.length < texts.length) results.push([])
        else {
          if (bytes[start + 5] !== IDLE) refusal ??= connectionFailed('A transaction is open.')
          connection.detach()
          if (refusal === undefined) resolve(results)
          else reject(refusal)
        }
      },
      arrived() {},
      closed: () => reject(connectionFailed('The connection to the database is lost.')),
    })
    connection.send(Buffer.concat(texts.map(query)))
  })
}

const IDLE = 0x49

/**
 * What a session is, and whatever of it might outlive `DISCARD ALL`: as whom it runs, what it has set, listens to, has
 * locked, prepared or made for itself.
 */
const STATE = `select session_user, current_user, current_setting('role'), current_setting('search_path'),
  current_setting('session_replication_role'),
  (select count(*) from pg_settings where source = 'session'),
  (select count(*) from pg_prepared_statements), (select count(*) from pg_cursors),
  (select count(*) from pg_listening_channels()),
  (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
  (select count(*) from pg_class where relnamespace = pg_my_temp_schema())`

/** The state of a connection that nobody has used yet. */
export async function freshState(connection: PgConnection): Promise<string> {
  const [rows] = await ask(connection, [STATE])
  return JSON.stringify([rows, ...reported(connection)])
}

/** Discards what the last client left. @returns whether the connection is as it began. */
export async function discard(connection: PgConnection, fresh: string): Promise<boolean> {
  const [, rows] = await ask(connection, ['discard all', STATE])
  return JSON.stringify([rows, ...reported(connection)]) === fresh
}

/** What the server reports of its own accord, in order. `in_hot_standby` changes without anybody's doing. */
function reported({ parameters }: PgConnection): (readonly [string, string])[] {
  return [...parameters].filter(([name]) => name !== 'in_hot_standby').sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * @param watched whether the server knows `client_connection_check_interval`.
 * @throws UpstreamRefusal for a value that the server does not take.
 */
export async function settle(
  connection: PgConnection,
  settings: ReadonlyMap<string, string>,
  watched: boolean,
): Promise<void> {
  const all = new Map(watched ? [[WATCH, '500ms'], ...settings] : settings)
  if (all.size === 0) return
  const calls = [...all].map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, false)`)
  await ask(connection, [`select ${calls.join(', ')}`])
}

/**
 * A server that waits for a lock looks at its client's connection only if it is told to; otherwise a write whose
 * client has gone goes on waiting. Servers before PostgreSQL 14, and those on systems that cannot tell, refuse it.
 */
const WATCH = 'client_connection_check_interval'

/** Good while `standard_conforming_strings` is on and the encoding is UTF-8, which is pinned. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
