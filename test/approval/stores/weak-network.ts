/** A network between a store and its server that the test can break and mend. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface WeakNetwork {
  readonly port: number
  /** Cuts every connection and refuses new ones. */
  breakDown(): Promise<void>
  /** Keeps connections open and lets nothing through, as a network does that lost its route. */
  swallow(): void
  mend(): Promise<void>
  close(): Promise<void>
}

export async function weakNetwork(to: {
  readonly host: string
  readonly port: number
}): Promise<WeakNetwork> {
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  let swallowing = false

  const join = (socket: Socket): void => {
    const far = connect(to.port, to.host)
    const pair = [
      [socket, far],
      [far, socket],
    ] as const
    for (const [from, into] of pair) {
      sockets.add(from)
      from.on('data', chunk => {
        if (!swallowing) into.write(chunk)
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (!swallowing) into.destroy()
      })
    }
  }
  const mend = async (): Promise<void> => {
    swallowing = false
    if (server !== undefined) return
    const opened = createServer(join)
    await new Promise<void>((done, failed) => opened.once('error', failed).listen(port, '127.0.0.1', done))
    const address = opened.address()
    if (address !== null && typeof address === 'object') port = address.port
    server = opened
  }
  const breakDown = async (): Promise<void> => {
    const closing = server
    server = undefined
    for (const socket of sockets) socket.destroy()
    await new Promise(done => (closing === undefined ? done(undefined) : closing.close(done)))
  }
  await mend()
  return {
    get port() {
      return port
    },
    breakDown,
    swallow() {
      swallowing = true
    },
    mend,
    close: breakDown,
  }
}
