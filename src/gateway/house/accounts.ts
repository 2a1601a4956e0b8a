/** Connections to database servers for clients that keep one each, under the account of their roles. */
import { mysqlUpstreams } from '../../enforcement/upstream/mysql/pool.js'
import { type MysqlTarget, mysqlTarget } from '../../enforcement/upstream/mysql/target.js'
import type { MysqlUpstreams } from '../../enforcement/upstream/mysql/upstream.js'
import { pgUpstreams } from '../../enforcement/upstream/postgres/pool.js'
import { type PgTarget, pgTarget } from '../../enforcement/upstream/postgres/target.js'
import type { PgUpstreams } from '../../enforcement/upstream/postgres/upstream.js'
import type { Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import type { DataSourceConfig } from '../config/gateway-config.js'
import type { Secret } from '../config/secret.js'
import { isMysql, isPostgres } from '../config/wire-targets.js'

export interface Accounts<Upstreams> {
  /** The data source's own. */
  readonly own: Upstreams
  /** The first account that stands for one of the principal's roles, else the data source's own. */
  of(principal: Principal): Upstreams
  readonly used: number
  readonly idle: number
  close(): Promise<void>
}

/**
 * @returns undefined for a data source that is no PostgreSQL.
 * @throws ConfigurationError for a URL whose options cannot be honoured; it is not repeated.
 */
export function postgresAccountsOf(
  dataSource: DataSourceConfig,
  { messageBytes, clock }: { readonly messageBytes: number; readonly clock: Clock },
): Accounts<PgUpstreams> | undefined {
  const { url, sessions: connections } = dataSource
  if (!isPostgres(url)) return undefined
  return byRole(dataSource, at => pgUpstreams({ target: targetOf(at), connections, messageBytes, clock }))
}

/** The same for MySQL and MariaDB. */
export function mysqlAccountsOf(
  dataSource: DataSourceConfig,
  { packetBytes, clock }: { readonly packetBytes: number; readonly clock: Clock },
): Accounts<MysqlUpstreams> | undefined {
  const { url, sessions: connections } = dataSource
  if (!isMysql(url)) return undefined
  return byRole(dataSource, at =>
    mysqlUpstreams({ target: mysqlTargetOf(at), connections, packetBytes, clock }),
  )
}

interface Pool {
  readonly used: number
  readonly idle: number
  close(): Promise<void>
}

function byRole<Upstreams extends Pool>(
  { url, accounts }: DataSourceConfig,
  pool: (at: Secret) => Upstreams,
): Accounts<Upstreams> {
  const own = pool(url)
  const others = accounts.map(({ roles, url: at }) => ({ roles, upstreams: pool(at) }))
  const all = [own, ...others.map(({ upstreams }) => upstreams)]
  return Object.freeze<Accounts<Upstreams>>({
    own,
    of: ({ roles = [] }) =>
      others.find(one => one.roles.some(role => roles.includes(role)))?.upstreams ?? own,
    get used() {
      return all.reduce((sum, { used }) => sum + used, 0)
    },
    get idle() {
      return all.reduce((sum, { idle }) => sum + idle, 0)
    },
    async close() {
      await Promise.all(all.map(one => one.close()))
    },
  })
}

/**
 * As the other doors' driver has it: a password that is not in the URL comes from `PGPASSWORD`.
 *
 * @throws ConfigurationError as `pgTarget` does.
 */
export function targetOf(at: Secret): PgTarget {
  return pgTarget(withPassword(at.reveal()))
}

function withPassword(text: string): string {
  const { PGPASSWORD: password } = process.env
  const url = new URL(text)
  if (url.password !== '' || url.searchParams.has('password') || password === undefined) return text
  url.password = encodeURIComponent(password)
  return url.href
}

/** The same with `MYSQL_PWD`. @throws ConfigurationError as `mysqlTarget` does. */
export function mysqlTargetOf(at: Secret): MysqlTarget {
  const target = mysqlTarget(at.reveal())
  const { MYSQL_PWD: password } = process.env
  return target.password === '' && password !== undefined ? { ...target, password } : target
}
