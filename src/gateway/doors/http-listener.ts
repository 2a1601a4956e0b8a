import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { unreadable } from '../../enforcement/http/refusal.js'
import type { Ids } from '../../util/ids.js'
import type { HttpConfig, TlsFiles } from '../config/gateway-config.js'
import type { Listener } from '../listener.js'
import { type Address, bind, ending } from '../server.js'
import type { Gate } from './gate.js'

export interface HttpListenerOptions {
  readonly config: Pick<HttpConfig, 'host' | 'port' | 'tls'>
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

/** A request has 20 seconds to arrive whole, its headers 10 and 32 KiB, of which a token may have half. */
const ARRIVAL = { maxHeaderSize: 32_768, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 }

function makeServer({ config: { tls }, connections, ids }: HttpListenerOptions): FastifyInstance {
  const common = {
    logger: false,
    bodyLimit: 4 * 1_048_576,
    requestTimeout: 20_000,
    keepAliveTimeout: 60_000,
    exposeHeadRoutes: false,
    genReqId: () => ids.next(),
    // A client chooses no id that ends up in a log, and no address that ends up in the trail.
    requestIdHeader: false,
    trustProxy: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    frameworkErrors: unreadable,
    // Node's own answer to what is no HTTP: no body, no banner.
    clientErrorHandler(_: Error, socket: Socket) {
      if (socket.writable)
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      else socket.destroy()
    },
  } as const
  const server =
    tls === undefined
      ? fastify({ ...common, http: ARRIVAL })
      : (fastify({ ...common, https: { ...ARRIVAL, ...secureOptions(tls) } }) as unknown as FastifyInstance)
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
