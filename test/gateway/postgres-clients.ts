/** PostgreSQL clients of whole gateways for tests: opened here, and all closed at the end of a test. */
import pg from 'pg'
import { type RawClient, type RawOptions, rawClient } from '../enforcement/postgres/raw-client.js'
import { type Place, type Running, run } from './kit.js'

export interface Served extends Running {
  readonly port: number
}

export interface Clients {
  /** A gateway of the place with the door `postgres`, open to this machine without TLS unless `door` says otherwise. */
  open(changes?: object, door?: object): Promise<Served>
  connect(port: number, more?: pg.ClientConfig): Promise<pg.Client>
  /** A client of bare bytes, signed in. */
  raw(port: number, options?: RawOptions): Promise<RawClient>
  /** Ends clients and gateways. */
  end(): Promise<void>
}

export function gatewayClients(place: Place, token: string): Clients {
  const running: Running[] = []
  const clients: pg.Client[] = []
  const raws: RawClient[] = []
  return {
    async open(changes = {}, door = {}) {
      const config = place.config({ postgres: { port: 0, cleartext: 'loopback', ...door }, ...changes })
      const one = await run(config)
      running.push(one)
      return { ...one, port: one.gateway.addresses['postgres']?.port ?? 0 }
    },
    async connect(port, more = {}) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user: 'agent-7',
        password: token,
        database: 'billing',
        ...more,
      })
      client.on('error', () => {})
      clients.push(client)
      await client.connect()
      return client
    },
    async raw(port, options = {}) {
      const client = await rawClient(port, { password: token, ...options })
      raws.push(client)
      return client
    },
    async end() {
      for (const { socket } of raws.splice(0)) socket.destroy()
      await Promise.allSettled(running.splice(0).map(({ gateway }) => gateway.close(AbortSignal.abort())))
      await Promise.allSettled(clients.splice(0).map(client => client.end()))
    },
  }
}

/** Why the work was refused; fails where it was not. */
export const refusal = (
  work: Promise<unknown>,
): Promise<{ code: string; message: string; detail?: string }> =>
  work.then(
    () => {
      throw new Error('not refused')
    },
    ({ code, message, detail }) => ({ code, message, detail }),
  )

export const metrics = async ({ operator }: Running): Promise<string> =>
  (await fetch(`${operator}/metrics`)).text()
