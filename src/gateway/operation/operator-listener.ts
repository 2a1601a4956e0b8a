import fastify from 'fastify'
import type { Listener } from '../listener.js'
import { bind, ending } from '../server.js'
import type { Readiness } from './readiness.js'

export interface OperatorListenerOptions {
  readonly host: string
  readonly port: number
  readonly readiness: Pick<Readiness, 'current'>
  /** Whether the process is worth keeping: false where only a restart helps. */
  readonly sound: () => boolean | Promise<boolean>
  readonly metrics: Figures
}

/** What Prometheus is shown. */
export interface Figures {
  readonly contentType: string
  metrics(): Promise<string>
}

/** Health, readiness and figures, on a port of their own, out of the agents' reach. */
export function operatorListener(options: OperatorListenerOptions): Listener {
  const { host, port, readiness, sound, metrics } = options
  const server = fastify({ logger: false, forceCloseConnections: true })
  server.addHook('onRequest', async (_, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
  })
  server.get('/healthz', async (_, reply) => {
    const isSound = await sound()
    return reply.code(isSound ? 200 : 503).send({ status: isSound ? 'ok' : 'restart needed' })
  })
  server.get('/readyz', async (_, reply) => {
    const { ready, checks } = await readiness.current()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
  server.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))
  return {
    name: 'operator',
    start: () => bind(server, host, port),
    drain: deadline => ending(server, deadline),
  }
}
