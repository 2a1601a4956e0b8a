import type { FastifyServerOptions } from 'fastify'
import { LONGEST_BODY } from './message.js'

/** For `http` or `https` of the same server: 32 KiB of headers (a token may have 16), 10 seconds for them to arrive. */
export const nodeLimits = Object.freeze({
  maxHeaderSize: 32_768,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
})

/**
 * Limits of a Fastify server that faces callers nobody knows yet, for whoever makes it: a request has 20 seconds to
 * arrive whole. No proxy is believed.
 *
 * @example
 * const server = fastify({ ...guardedServer(), http: { ...nodeLimits }, loggerInstance })
 */
export function guardedServer() {
  return {
    bodyLimit: LONGEST_BODY,
    requestTimeout: 20_000,
    keepAliveTimeout: 60_000,
    trustProxy: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // Node's own answer to what is no HTTP: no body, no banner.
    clientErrorHandler: (_, socket) => {
      if (socket.writable)
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      else socket.destroy()
    },
  } as const satisfies FastifyServerOptions
}
