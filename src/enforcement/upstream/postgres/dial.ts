import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { SSL_REQUEST } from './messages.js'
import { connectionFailed } from './refusal.js'
import type { PgTarget } from './target.js'

/**
 * A socket to the server, with TLS over it where the target says so; nothing of it is read before somebody listens.
 *
 * @throws CardeaError CARDEA_CONNECTION_FAILED, also at the signal.
 */
export async function dial(target: PgTarget, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls } = target
  const socket = host.startsWith('/')
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  const cut = (): void => {
    socket.destroy(connectionFailed('The database did not answer in time.'))
  }
  if (signal.aborted) cut()
  signal.addEventListener('abort', cut, { once: true })
  try {
    await once(socket, 'connect')
    return tls === 'plain' ? socket : await secured(socket, target)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

const KEEP_ALIVE_MS = 30_000
const YES = 0x53

async function secured(socket: Socket, target: PgTarget): Promise<Socket> {
  const { host, tls, ca, cert, key } = target
  // Whatever goes wrong underneath is told by the socket on top too.
  socket.on('error', () => {})
  socket.write(SSL_REQUEST)
  const answer = await firstBytes(socket)
  // More than the one byte would be read as if it had come encrypted (CVE-2021-23222).
  if (answer.length !== 1 || answer[0] !== YES) throw connectionFailed('The database does not offer TLS.')
  const secure = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['postgresql'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: tls !== 'encrypted',
    ...(tls === 'full' ? {} : { checkServerIdentity: () => undefined }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
  secure.setNoDelay(true)
  try {
    await once(secure, 'secureConnect')
  } catch (error) {
    secure.destroy()
    throw error
  }
  return secure
}

async function firstBytes(socket: Socket): Promise<Buffer> {
  await once(socket, 'readable')
  return (socket.read() as Buffer | null) ?? Buffer.alloc(0)
}

/** Resolves at the event; fails when the socket does, or ends. */
function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off(event, succeeded)
      socket.off('error', failed)
      socket.off('close', closed)
      socket.off('end', closed)
    }
    const succeeded = (): void => {
      done()
      resolve()
    }
    const failed = (error: Error & { code?: unknown }): void => {
      done()
      const known = typeof error.code === 'string' && /^[A-Z_0-9]{1,60}$/.test(error.code)
      reject(connectionFailed(known ? `The database cannot be reached: ${error.code}.` : UNREACHED))
    }
    const closed = (): void => {
      done()
      reject(connectionFailed(UNREACHED))
    }
    socket.once(event, succeeded)
    socket.once('error', failed)
    socket.once('close', closed)
    socket.once('end', closed)
  })
}

const UNREACHED = 'The database cannot be reached.'
