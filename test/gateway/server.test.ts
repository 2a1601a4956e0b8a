import net from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { bindSockets } from '../../src/gateway/server.js'

/** A real one that remembers what it was asked for. */
class Server extends net.Server {
  asked: unknown
  override listen(...given: unknown[]): this {
    this.asked = given[0]
    return super.listen(...(given as Parameters<net.Server['listen']>))
  }
}

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise(done => server.close(done))
})

test.each([
  [1, 511],
  [1_024, 1_024],
  [20_000, 20_000],
])('where %d connections may be open, %d may wait to be accepted', async (connections, backlog) => {
  const server = new Server()
  servers.push(server)
  const { port } = await bindSockets(server, '127.0.0.1', 0, connections)
  expect(server.asked).toMatchObject({ host: '127.0.0.1', port: 0, backlog })
  const socket = net.connect(port, '127.0.0.1')
  await new Promise(done => socket.once('connect', done))
  socket.destroy()
})
