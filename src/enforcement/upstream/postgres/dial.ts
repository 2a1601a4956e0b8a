import type { Socket } from 'node:net'
import { connectionFailed } from '../refusal.js'
import { once, openSocket, secured } from '../socket.js'
import { SSL_REQUEST } from './messages.js'
import type { PgTarget } from './target.js'

/**
 * A socket to the server, with TLS over it where the target says so; nothing of it is read before somebody listens.
 *
 * @throws CardeaError CARDEA_CONNECTION_FAILED, also at the signal.
 */
export function dial(target: PgTarget, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls } = target
  const place = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
  return openSocket(place, signal, async socket => {
    if (tls === 'plain') return socket
    // Whatever goes wrong underneath is told by the socket on top too.
    socket.on('error', () => {})
    socket.write(SSL_REQUEST)
    const answer = await firstBytes(socket)
    // More than the one byte would be read as if it had come encrypted (CVE-2021-23222).
    if (answer.length !== 1 || answer[0] !== YES) throw connectionFailed('The database does not offer TLS.')
    return secured(socket, target, 'postgresql')
  })
}

const YES = 0x53

async function firstBytes(socket: Socket): Promise<Buffer> {
  await once(socket, 'readable')
  return (socket.read() as Buffer | null) ?? Buffer.alloc(0)
}
