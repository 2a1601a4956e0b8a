/** MCP and HTTP behind one gate, on one socket. */
import type { CallLedger } from '../../enforcement/call-ledger.js'
import { httpPoint } from '../../enforcement/http/http-point.js'
import { mcpPoint } from '../../enforcement/mcp/mcp-point.js'
import type { Ids } from '../../util/ids.js'
import type { HttpConfig } from '../config/gateway-config.js'
import type { DoorParts } from './door-parts.js'
import { entrance } from './entrance.js'
import { gate } from './gate.js'
import { type HttpListener, httpListener } from './http-listener.js'

export interface HttpDoorsOptions extends DoorParts {
  readonly http: HttpConfig
  readonly version: string
  readonly ledger: CallLedger
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
