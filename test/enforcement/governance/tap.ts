/** A socket between clients and the door, which keeps every byte that the door sends. */
import net from 'node:net'

export interface Tap {
  readonly port: number
  /** What the door has sent since the last call, to all clients. */
  taken(): Buffer
  /** Everything that the door has sent, connection by connection. */
  heard(): Buffer
  close(): void
}

/** @param door port of the door, on the same machine. */
export async function openTap(door: number): Promise<Tap> {
  const heard: Buffer[][] = []
  const sockets = new Set<net.Socket>()
  let recent: Buffer[] = []
  const server = net.createServer(client => {
    const own: Buffer[] = []
    heard.push(own)
    const upstream = net.connect(door, '127.0.0.1')
    upstream.on('data', chunk => {
      own.push(chunk)
      recent.push(chunk)
    })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.once('close', () => sockets.delete(socket))
      socket.pipe(other)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    taken() {
      const bytes = Buffer.concat(recent)
      recent = []
      return bytes
    },
    heard: () => Buffer.concat(heard.flat()),
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
