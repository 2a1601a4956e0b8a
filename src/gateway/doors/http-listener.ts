import { Server as TlsServer } from 'node:tls'
import fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import type { Ids } from '../../util/ids.js'
import type { GatewayConfig, TlsFiles } from '../config/gateway-config.js'
import type { Listener } from '../listener.js'
import { type Address, bind, ending } from '../server.js'
import type { Gate } from './gate.js'

export interface HttpListenerOptions {
  readonly config: Pick<GatewayConfig['http'], 'host' | 'port' | 'tls'>
  readonly connections: number
  readonly gate: Gate
  /** MCP, HTTP. */
  readonly doors: readonly FastifyPluginAsync[]
  readonly ids: Ids
}

export interface HttpListener extends Listener {
  /** Null before it is bound. */
  readonly address: () => Address | null
  /** New connections get the new certificate; those that are open go on. */
  setTls(files: TlsFiles): void
}

const LONGEST_BODY = 4 * 1_048_576

/** MCP and HTTP on one socket. */
export function httpListener(options: HttpListenerOptions): HttpListener {
  const { config, gate, doors } = options
  const server = makeServer(options)
  let bound: Address | null = null
  return Object.freeze<HttpListener>({
    name: 'http',
    address: () => bound,
    async start() {
      gate.guard(server)
      for (const door of doors) await server.register(door)
      bound = await bind(server, config.host, config.port)
      return bound
    },
    drain: deadline => ending(server, deadline),
    setTls(files) {
      if (server.server instanceof TlsServer) server.server.setSecureContext(secureContext(files))
    },
  })
}

function makeServer({ config: { tls }, connections, ids }: HttpListenerOptions): FastifyInstance {
  const common = {
    logger: false,
    bodyLimit: LONGEST_BODY,
    // A request that does not arrive is not waited for; what its work takes is the tools' business.
    requestTimeout: 30_000,
    genReqId: () => ids.next(),
    // A client chooses no id that ends up in a log.
    requestIdHeader: false,
    trustProxy: false,
    return503OnClosing: true,
    // Where there are connections without a request under way, they are closed at once.
    forceCloseConnections: 'idle',
  } as const
  const server: FastifyInstance =
    tls === undefined
      ? fastify(common)
      : (fastify({ ...common, https: secureOptions(tls) }) as unknown as FastifyInstance)
  server.server.headersTimeout = 10_000
  server.server.maxConnections = connections
  server.setNotFoundHandler(async (_, reply) => reply.code(404).send(NOTHING))
  return server
}

const NOTHING = {
  status: 'invalid',
  code: 'CARDEA_REQUEST_REFUSED',
  reason: 'There is nothing here. Tools are called at /mcp and /v1.',
}

function secureContext({ cert, key, clientCa }: TlsFiles) {
  return { cert, key: key.reveal(), ...(clientCa === undefined ? {} : { ca: clientCa }) }
}

/** A certificate of the client is looked at where there is one; tokens that are not bound to any need none (RFC 8705). */
function secureOptions(files: TlsFiles) {
  const asked = files.clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false }
  return { ...secureContext(files), ...asked, minVersion: 'TLSv1.2' as const }
}
