/**
 * Web pages must not reach the gateway through a browser on this machine or in this network (DNS rebinding; MCP
 * specification, transports, security warning).
 */
import type { FastifyRequest } from 'fastify'
import { McpProblem } from './refusal.js'

export interface RebindingOptions {
  /** Web origins whose pages may call, for example `'https://studio.corp.example'`. Default: none. */
  readonly origins?: readonly string[]
  /** Names beside `localhost` under which a gateway on loopback is addressed, for a proxy on the same machine. */
  readonly hosts?: readonly string[]
}

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** @throws McpProblem 403 */
export function checkRebinding(request: FastifyRequest, options: RebindingOptions): void {
  const { origin, host = '' } = request.headers
  if (origin !== undefined && !(options.origins ?? []).includes(origin)) {
    throw forbidden('The page that sends this request is not among the origins that this gateway allows.')
  }
  if (!LOOPBACK_ADDRESS.test(request.socket.localAddress ?? '')) return
  const name = host.replace(/:\d*$/, '').toLowerCase()
  if (![...LOOPBACK_NAMES, ...(options.hosts ?? [])].includes(name)) {
    throw forbidden('The Host header does not name this machine.')
  }
}

function forbidden(message: string): McpProblem {
  return new McpProblem(403, 'CARDEA_REQUEST_REFUSED', message)
}
