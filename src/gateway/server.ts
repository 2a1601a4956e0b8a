/** Binding and ending of the gateway's HTTP servers. */
import type { Server } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { errorCode } from '../audit/error-code.js'
import { ConfigurationError } from '../errors.js'

export interface Address {
  readonly host: string
  readonly port: number
}

/** @throws ConfigurationError where the address cannot be had. */
export async function bind(server: FastifyInstance, host: string, port: number): Promise<Address> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    throw unbound(error, host, port)
  }
  const address = server.server.address()
  return { host, port: typeof address === 'object' && address !== null ? address.port : port }
}

/** Connections that may wait to be accepted, at least: Node's own number. */
const BACKLOG = 511

/**
 * The same for a server of connections.
 *
 * @param connections that may be open: as many may come at one time. The system's own limit holds (`somaxconn`).
 */
export async function bindSockets(
  server: Server,
  host: string,
  port: number,
  connections: number,
): Promise<Address> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: unknown): void => reject(unbound(error, host, port))
    server.once('error', failed)
    server.listen({ host, port, backlog: Math.max(BACKLOG, connections) }, () => {
      server.off('error', failed)
      resolve()
    })
  })
  const address = server.address()
  return { host, port: typeof address === 'object' && address !== null ? address.port : port }
}

/** The error for an address that cannot be listened on. */
export function unbound(error: unknown, host: string, port: number): unknown {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new ConfigurationError(
        `Port ${port} on ${host} is in use. Choose another, or end what listens there.`,
      )
    case 'EACCES':
      return new ConfigurationError(`This user may not listen on port ${port} of ${host}.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigurationError(`${host} is no address of this machine.`)
    default:
      return error
  }
}

const SWEEP_MS = 100

/** Takes nothing new; resolves when what is under way is answered. At the signal the rest is cut. */
export async function ending(server: FastifyInstance, deadline: AbortSignal): Promise<void> {
  const cut = (): void => server.server.closeAllConnections()
  deadline.addEventListener('abort', cut, { once: true })
  // A client may keep its connection after the answer; nobody waits for that.
  const sweep = setInterval(() => server.server.closeIdleConnections(), SWEEP_MS)
  try {
    const closed = server.close()
    if (deadline.aborted) cut()
    await closed
  } finally {
    clearInterval(sweep)
    deadline.removeEventListener('abort', cut)
  }
}
