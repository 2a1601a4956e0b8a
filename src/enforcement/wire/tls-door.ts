import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { Hangup } from './hangup.js'

/** PEM. */
export interface TlsIdentity {
  /** With its chain. */
  readonly cert: string
  readonly key: string
  /** Authorities whose certificates clients may show. */
  readonly clientCa?: string
}

/** The server's end of TLS, over sockets that have said something else before. */
export class TlsDoor {
  private readonly server: Server
  private readonly waiting = new Map<string, (secure: TLSSocket) => void>()

  /** @param protocol what the protocol is called in TLS, where it has a name. */
  constructor(
    identity: TlsIdentity,
    private readonly protocol?: string,
  ) {
    this.server = createServer(
      {
        ...contextOf(identity),
        ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
        // A token may be bound to any certificate; only one of the authorities' speaks for itself.
        requestCert: true,
        rejectUnauthorized: false,
      },
      secure => this.waiting.get(place(secure))?.(secure),
    )
    this.server.on('tlsClientError', (_, secure) => secure.destroy())
  }

  set(identity: TlsIdentity): void {
    this.server.setSecureContext(contextOf(identity))
  }

  /**
   * @param direct the client began with TLS: it has to name the protocol, or it may mean another server.
   * @throws Hangup where the handshake fails.
   */
  async secure(socket: Socket, direct: boolean, signal: AbortSignal): Promise<TLSSocket> {
    const key = place(socket)
    const secure = await new Promise<TLSSocket>((resolve, reject) => {
      const done = (): void => {
        this.waiting.delete(key)
        socket.off('close', gone)
        signal.removeEventListener('abort', gone)
      }
      const gone = (): void => {
        done()
        socket.destroy()
        reject(new Hangup())
      }
      this.waiting.set(key, made => {
        done()
        resolve(made)
      })
      socket.once('close', gone)
      signal.addEventListener('abort', gone, { once: true })
      if (signal.aborted) gone()
      else this.server.emit('connection', socket)
    })
    secure.on('error', () => {})
    if (direct && secure.alpnProtocol !== this.protocol) {
      secure.destroy()
      throw new Hangup()
    }
    return secure
  }
}

/** Without session tickets, as the server itself: a certificate is looked at again with every connection. */
function contextOf({ cert, key, clientCa }: TlsIdentity) {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2' as const,
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  }
}

/** A connection, for as long as it is one: TLS over it has the same two ends. */
function place({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ')
}
