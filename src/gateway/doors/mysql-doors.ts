/** The gateway's door for clients of MySQL and MariaDB, with the connections to servers behind it. */
import { mysqlPoint, type ServerAbout } from '../../enforcement/mysql/mysql-point.js'
import type { MysqlUpstreams } from '../../enforcement/upstream/mysql/upstream.js'
import { connectionFailed } from '../../enforcement/upstream/refusal.js'
import type { MysqlConfig } from '../config/gateway-config.js'
import { type Accounts, mysqlAccountsOf } from '../house/accounts.js'
import { idleLimits, type WireDoors, type WireRoomOptions, wayIn, wireRoom } from './wire-room.js'

export interface MysqlDoorsOptions extends WireRoomOptions {
  readonly mysql: MysqlConfig
}

/** @throws ConfigurationError for the URL of a database that cannot be reached as it says. */
export function mysqlDoors(options: MysqlDoorsOptions): WireDoors {
  const { mysql, clock } = options
  const { maxMessage, maxRow } = mysql
  const { entrance, accounts, doors } = wireRoom(options, dataSource =>
    mysqlAccountsOf(dataSource, { packetBytes: maxRow, clock }),
  )
  const point = mysqlPoint({
    entrance,
    about: aboutOf([...accounts.values()]),
    limits: { packetBytes: maxMessage, preparedBytes: maxMessage * 2, ...idleLimits(mysql) },
    clock,
    ...wayIn(mysql),
  })
  return doors('mysql', mysql, point)
}

/**
 * Of the first data source: a client is told before it has said which one it wants. Asked once, and by one client at a
 * time: whoever connects is nobody yet.
 */
function aboutOf([first]: readonly Accounts<MysqlUpstreams>[]): () => Promise<ServerAbout> {
  let known: Promise<ServerAbout> | undefined
  const ask = async (): Promise<ServerAbout> => {
    if (first === undefined) throw connectionFailed('There is no MySQL data source.')
    const upstream = await first.own.acquire(AbortSignal.timeout(ASK_MS))
    const { version, extendedMetadata } = upstream
    await upstream.release()
    return { version, extendedMetadata }
  }
  return () => {
    known ??= ask().catch(error => {
      known = undefined
      throw error
    })
    return known
  }
}

const ASK_MS = 10_000
