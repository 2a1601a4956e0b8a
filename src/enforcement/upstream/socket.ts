/** Sockets to database servers, before either side's protocol begins and while TLS is put over them. */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { connectionFailed } from './refusal.js'

const KEEP_ALIVE_MS = 30_000
const UNREACHED = 'The database cannot be reached.'

export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

/** How safely a server is reached. */
export interface Safety {
  readonly host: string
  /**
   * `encrypted`: TLS with whoever answers. `authority`: the certificate is vouched for. `full`: and it names the host.
   */
  readonly tls: 'plain' | 'encrypted' | 'authority' | 'full'
  /** PEM of the authorities that count; absent: those that Node.js knows. */
  readonly ca?: string
  /** PEM: what Cardea shows the server. */
  readonly cert?: string
  readonly key?: string
}

/**
 * A socket that is connected; nothing of it is read before somebody listens.
 *
 * @param then what still belongs to getting there, TLS for example; the signal ends it too.
 * @throws CardeaError CARDEA_CONNECTION_FAILED, also at the signal.
 */
export async function openSocket(
  place: Place,
  signal: AbortSignal,
  then: (socket: Socket) => Promise<Socket> = async socket => socket,
): Promise<Socket> {
  const socket =
    'path' in place
      ? connect({ path: place.path })
      : connect({ ...place, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  const cut = (): void => {
    socket.destroy(connectionFailed('The database did not answer in time.'))
  }
  if (signal.aborted) cut()
  signal.addEventListener('abort', cut, { once: true })
  try {
    await once(socket, 'connect')
    return await then(socket)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

/** @throws CardeaError CARDEA_CONNECTION_FAILED. */
export async function secured(socket: Socket, safety: Safety, protocol?: string): Promise<Socket> {
  const { host, tls, ca, cert, key } = safety
  // Whatever goes wrong underneath is told by the socket on top too.
  socket.on('error', () => {})
  const secure = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
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

/** Resolves at the event; fails when the socket does, or ends. */
export function once(socket: Socket, event: string): Promise<void> {
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

/** Whether nobody else can listen on the way there. */
export function isLocal(host: string): boolean {
  return (
    host.startsWith('/') ||
    host === 'localhost' ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  )
}
