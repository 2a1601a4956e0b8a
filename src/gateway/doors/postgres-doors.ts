/** The gateway's door for clients of PostgreSQL, with the connections to servers behind it. */
import { postgresPoint } from '../../enforcement/postgres/postgres-point.js'
import type { PostgresConfig } from '../config/gateway-config.js'
import { postgresAccountsOf } from '../house/accounts.js'
import type { CancelKey, WorkerSeat } from '../workers/seat.js'
import { idleLimits, type WireDoors, type WireRoomOptions, wayIn, wireRoom } from './wire-room.js'

export interface PostgresDoorsOptions extends WireRoomOptions {
  readonly postgres: PostgresConfig
  readonly seat?: WorkerSeat
}

export interface PostgresDoors extends WireDoors {
  /** Cancels what the session of this process with the key runs, if there is one. */
  cancel(key: CancelKey): void
}

/** @throws ConfigurationError for the URL of a database that cannot be reached as it says. */
export function postgresDoors(options: PostgresDoorsOptions): PostgresDoors {
  const { postgres, keeper, clock, seat } = options
  const { maxMessage, maxRow } = postgres
  const { entrance, doors } = wireRoom(options, dataSource =>
    postgresAccountsOf(dataSource, { messageBytes: maxRow, clock }),
  )
  const [issuer] = keeper.issuers
  const point = postgresPoint({
    entrance,
    auth: postgres.auth,
    certificate: keeper.certificates.credentials,
    limits: { messageBytes: maxMessage, rowBytes: maxRow, ...idleLimits(postgres) },
    clock,
    ...wayIn(postgres),
    ...(issuer === undefined ? {} : { discovery: discoveryOf(issuer) }),
    ...(seat === undefined
      ? {}
      : {
          others: {
            family: seat.family,
            cancel: ({ pid, secret }) => seat.cancelElsewhere({ pid, secret: secret.toString('base64') }),
          },
        }),
  })
  return {
    ...doors('postgres', postgres, point),
    cancel: ({ pid, secret }) => point.cancel({ pid, secret: Buffer.from(secret, 'base64') }),
  }
}

/** Where clients find the issuer's endpoints (OpenID Connect Discovery 4). */
function discoveryOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}
