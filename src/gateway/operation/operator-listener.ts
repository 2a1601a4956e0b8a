import fastify from 'fastify'
import type { Listener } from '../listener.js'
import { bind, ending } from '../server.js'
import type { Metrics } from './metrics.js'
import type { Readiness } from './readiness.js'

export interface OperatorListenerOptions {
  readonly host: string
  readonly port: number
  readonly readiness: Readiness
  /** Whether the process is worth keeping: false where only a restart helps. */
  readonly sound: () => boolean
  readonly metrics: Metrics
}

/** Health, readiness and figures, on a port of their own, out of the agents' reach. */
export function operatorListener(options: OperatorListenerOptions): Listener {
  const { host, port, readiness, sound, metrics } = options
  const server = fastify({ logger: false, forceCloseConnections: true })
  server.addHook('onRequest', async (_, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
  })
  server.get('/healthz', async (_, reply) =>
    reply.code(sound() ? 200 : 503).send({ status: sound() ? 'ok' : 'restart needed' }),
  )
  server.get('/readyz', async (_, reply) => {
    const { ready, checks } = await readiness.current()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
  server.get('/metrics', async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  return {
    name: 'operator',
    start: () => bind(server, host, port),
    drain: deadline => ending(server, deadline),
  }
}
