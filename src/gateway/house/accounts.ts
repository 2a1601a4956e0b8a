/** Connections to PostgreSQL servers for clients that keep one each, under the account of their roles. */
import { pgUpstreams } from '../../enforcement/upstream/postgres/pool.js'
import { type PgTarget, pgTarget } from '../../enforcement/upstream/postgres/target.js'
import type { PgUpstreams } from '../../enforcement/upstream/postgres/upstream.js'
import type { Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import type { DataSourceConfig } from '../config/gateway-config.js'
import type { Secret } from '../config/secret.js'
import { isPostgres } from '../config/wire-targets.js'

export interface Accounts {
  /** The first account that stands for one of the principal's roles, else the data source's own. */
  of(principal: Principal): PgUpstreams
  readonly used: number
  readonly idle: number
  close(): Promise<void>
}

export interface AccountsOptions {
  readonly messageBytes: number
  readonly clock: Clock
}

/**
 * @returns undefined for a data source that is no PostgreSQL.
 * @throws ConfigurationError for a URL whose options cannot be honoured; it is not repeated.
 */
export function accountsOf(
  { url, sessions, accounts }: DataSourceConfig,
  { messageBytes, clock }: AccountsOptions,
): Accounts | undefined {
  if (!isPostgres(url)) return undefined
  const pool = (at: Secret): PgUpstreams =>
    pgUpstreams({ target: targetOf(at), connections: sessions, messageBytes, clock })
  const own = pool(url)
  const others = accounts.map(({ roles, url: at }) => ({ roles, upstreams: pool(at) }))
  const all = [own, ...others.map(({ upstreams }) => upstreams)]
  return Object.freeze<Accounts>({
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
