/** MCP and HTTP behind one gate, on one socket. */
import type { CallLedger } from '../../enforcement/call-ledger.js'
import { httpPoint } from '../../enforcement/http/http-point.js'
import { mcpPoint } from '../../enforcement/mcp/mcp-point.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import type { GatewayConfig, HttpConfig } from '../config/gateway-config.js'
import type { House } from '../house/houses.js'
import type { Doorkeeper } from '../house/identity.js'
import type { Calls } from '../operation/calls.js'
import type { Limiter } from '../operation/limiter.js'
import type { GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'
import type { SignInRecords } from '../operation/sign-in-records.js'
import type { Roster } from '../sessions/roster.js'
import { entrance } from './entrance.js'
import { gate } from './gate.js'
import { type HttpListener, httpListener } from './http-listener.js'

export interface HttpDoorsOptions {
  readonly http: HttpConfig
  readonly config: Pick<GatewayConfig, 'approval' | 'limits'>
  readonly version: string
  readonly keeper: Doorkeeper
  readonly houses: readonly [House, ...House[]]
  readonly ledger: CallLedger
  readonly calls: Calls
  readonly limiter: Limiter
  readonly signIns: SignInRecords
  readonly roster: Roster
  readonly log: GatewayLog
  readonly metrics: Metrics
  readonly clock: Clock
  readonly ids: Ids
}

export function httpDoors(options: HttpDoorsOptions): HttpListener {
  const { http, config, version, keeper, houses, ledger, calls, limiter, roster, log, metrics, clock, ids } =
    options
  const { publicUrl, allowedOrigins } = http
  const known: { listener?: HttpListener } = {}
  const guard = gate({
    identify: keeper.identify,
    limiter,
    signIns: options.signIns,
    roster,
    metrics,
    log,
    clock,
    origin: () => publicUrl ?? originOf(http, known.listener),
  })
  const way = entrance({
    houses,
    config: { approval: config.approval, http },
    identify: guard.identify,
    calls,
    roster,
    metrics,
    clock,
  })
  const common = { entrance: way, ledger, version, ...(publicUrl === undefined ? {} : { publicUrl }) }
  const hosts = publicUrl === undefined ? {} : { hosts: [new URL(publicUrl).hostname] }
  known.listener = httpListener({
    config: http,
    connections: config.limits.connections,
    gate: guard,
    doors: [
      mcpPoint({ ...common, ids, issuers: keeper.issuers, origins: allowedOrigins, ...hosts }),
      httpPoint(common),
    ],
    ids,
  })
  return known.listener
}

function originOf(http: HttpConfig, listener: HttpListener | undefined): string {
  const host = http.host.includes(':') ? `[${http.host}]` : http.host
  return `${http.tls === undefined ? 'http' : 'https'}://${host}:${listener?.address()?.port ?? http.port}`
}
