/** What stands between a gateway and its database: passes everything on, until it is told otherwise. */
import net from 'node:net'

export interface Relay {
  readonly port: number
  /** The next chunk of the server that holds the mark is cut in the middle of it, and both sides with it. */
  cutAt(mark: string): void
  /** In the place of that chunk the server sends these bytes. */
  replaceAt(mark: string, bytes: Buffer): void
  /** From that chunk on nothing is passed on, in either direction, on that connection. New connections work. */
  stallAt(mark: string): void
  /** Bytes that the server has sent and that were passed on, so far. */
  readonly passed: number
  /** Everything that is open ends, and nothing new gets in. */
  down(): Promise<void>
  up(): Promise<void>
}

type Trick = (client: net.Socket, server: net.Socket, chunk: Buffer, at: number) => void

export async function openRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  const sockets = new Set<net.Socket>()
  let port = 0
  let passed = 0
  let trick: { readonly mark: string; readonly does: Trick } | undefined
  let server = net.createServer()
  const serve = (client: net.Socket): void => {
    const upstream = net.connect(target.port, target.host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    }
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    client.pipe(upstream)
    upstream.on('data', chunk => {
      const at = trick === undefined ? -1 : chunk.indexOf(trick.mark)
      if (trick !== undefined && at >= 0) {
        const { does } = trick
        trick = undefined
        does(client, upstream, chunk, at)
        return
      }
      passed += chunk.length
      if (!client.write(chunk)) {
        upstream.pause()
        client.once('drain', () => upstream.resume())
      }
    })
  }
  const up = async (): Promise<void> => {
    server = net.createServer(serve)
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  }
  await up()
  return {
    get port() {
      return port
    },
    get passed() {
      return passed
    },
    cutAt(mark) {
      const does: Trick = (client, _, chunk, at) => {
        client.end(chunk.subarray(0, at + 2))
      }
      trick = { mark, does }
    },
    replaceAt(mark, bytes) {
      trick = { mark, does: client => void client.write(bytes) }
    },
    stallAt(mark) {
      const does: Trick = (client, upstream) => {
        client.unpipe(upstream)
        upstream.removeAllListeners('data').pause()
      }
      trick = { mark, does }
    },
    async down() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    up,
  }
}
