/** What the doors of the nightly suites have in common: a loopback socket, and an entrance that lets everybody in. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { WireEntrance, WirePoint, WireVisitor } from '../../src/enforcement/wire/entrance.js'
import type { GovernanceOptions, GovernedConnection } from '../../src/index.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'

export interface LoopbackDoorOptions {
  /** Of the database. */
  readonly url: string
  readonly governance: Pick<GovernanceOptions, 'policy' | 'audit' | 'catalog'>
}

export interface LoopbackDoor {
  readonly port: number
  close(): Promise<void>
}

export const MIB = 1024 ** 2

/** @param closed called once no client is left. */
export async function listenOnLoopback(
  accept: (socket: Socket) => void,
  closed: () => Promise<void>,
): Promise<LoopbackDoor> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    accept(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await closed()
    },
  }
}

export function everybody<Upstreams>(
  point: WirePoint,
  governed: GovernedConnection,
  upstreamOf: (visitor: WireVisitor) => Upstreams,
): WireEntrance<Upstreams> {
  const ids = ulids(systemClock)
  const entry = { signal: new AbortController().signal, leave: () => {} }
  return {
    identify: async () => ({ subject: 'suite', issuer: 'nightly' }),
    admit: visitor => {
      const { principal, agent, origination, conversation } = visitor
      const id = ids.next()
      const context = { origination, session: conversation ?? id, ...(agent === undefined ? {} : { agent }) }
      return {
        id,
        governed: governed.session(principal, { point, ...context }),
        upstream: upstreamOf(visitor),
        enter: () => entry,
        leave: () => {},
      }
    },
  }
}
