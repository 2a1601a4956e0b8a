/** The start of a connection to the server: who Cardea is, and the server's word that it is let in. */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { CardeaError } from '../../../errors.js'
import { connectionFailed, UpstreamRefusal } from '../refusal.js'
import { channelBinding } from './channel-binding.js'
import { FrameIllegal, FrameTooLong } from './frames.js'
import {
  AUTHENTICATION,
  cStrings,
  passwordMessage,
  saslInitialResponse,
  saslResponse,
  sqlState,
  startupMessage,
  TYPE,
} from './messages.js'
import { type Scram, scram } from './scram.js'
import type { PgTarget } from './target.js'
import type { PgReceiver } from './upstream.js'

/** What every connection begins with, and what RESET and DISCARD go back to. */
export function startParameters({ user, database }: PgTarget): ReadonlyMap<string, string> {
  return new Map([
    ['user', user],
    ['database', database],
    ['application_name', 'cardea'],
    ...Object.entries(PINNED),
  ])
}

/** The server must read a text as Cardea does. By the server's own spelling. */
export const PINNED: Readonly<Record<string, string>> = Object.freeze({
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
})

export interface ServerKey {
  readonly pid: number
  readonly secret: Buffer
}

/** Takes part in the start of one connection; `ready` settles with the server's first ReadyForQuery. */
export class Login implements PgReceiver {
  readonly ready: Promise<ServerKey>
  private settle: { resolve(key: ServerKey): void; reject(error: Error): void } = {
    resolve() {},
    reject() {},
  }
  private key: ServerKey = { pid: 0, secret: Buffer.alloc(0) }
  private exchange: Scram | undefined
  /** Neither trusting nor trusted yet. */
  private proven = false

  constructor(
    private readonly socket: Socket,
    private readonly target: PgTarget,
  ) {
    this.ready = new Promise((resolve, reject) => {
      this.settle = { resolve, reject }
    })
    // Whoever waits hears of it; nobody else has to.
    this.ready.catch(() => {})
    socket.write(startupMessage(startParameters(target)))
  }

  message(type: number, bytes: Buffer, start: number, end: number): void {
    try {
      if (type === TYPE.authentication) this.authenticate(bytes, start + 5, end)
      else if (type === TYPE.error) throw new UpstreamRefusal(sqlState(bytes, start, end), 'connection')
      else if (type === TYPE.backendKey) {
        this.key = { pid: bytes.readInt32BE(start + 5), secret: Buffer.from(bytes.subarray(start + 9, end)) }
      } else if (type === TYPE.readyForQuery && this.proven) this.settle.resolve(this.key)
      else if (type !== TYPE.parameterStatus && type !== TYPE.notice) throw strange()
    } catch (error) {
      this.fail(error)
    }
  }

  arrived(): void {}

  closed(error?: Error): void {
    const isFrame = error instanceof FrameIllegal || error instanceof FrameTooLong
    const known = isFrame || error instanceof CardeaError
    this.fail(known ? error : connectionFailed('The database closed the connection while it was made.'))
  }

  private authenticate(bytes: Buffer, start: number, end: number): void {
    const { socket, target } = this
    const body = start + 4
    switch (bytes.readInt32BE(start)) {
      case AUTHENTICATION.ok:
        // A SCRAM exchange that stops half-way has proven nothing of the server.
        if (this.exchange !== undefined && !this.proven) throw strange()
        this.proven = true
        return
      case AUTHENTICATION.cleartext:
        if (target.tls !== 'full' && target.tls !== 'authority') {
          throw connectionFailed('The database asks for the password in clear text. That needs verified TLS.')
        }
        socket.write(passwordMessage(target.password))
        return
      case AUTHENTICATION.md5: {
        const inner = md5(Buffer.from(target.password + target.user))
        const outer = md5(Buffer.concat([Buffer.from(inner), bytes.subarray(body, body + 4)]))
        socket.write(passwordMessage(`md5${outer}`))
        return
      }
      case AUTHENTICATION.sasl: {
        const exchange = scram(cStrings(bytes, body, end), target.password, channelBinding(socket))
        this.exchange = exchange
        socket.write(saslInitialResponse(exchange.mechanism, exchange.first))
        return
      }
      case AUTHENTICATION.saslContinue:
        this.exchange?.final(bytes.toString('utf8', body, end)).then(
          answer => socket.write(saslResponse(answer)),
          error => this.fail(error),
        )
        return
      case AUTHENTICATION.saslFinal:
        this.exchange?.verify(bytes.toString('utf8', body, end))
        this.proven = true
        return
      default:
        throw connectionFailed('The database asks for a way to sign in that Cardea does not know.')
    }
  }

  private fail(error: unknown): void {
    this.settle.reject(error instanceof CardeaError ? error : strange())
  }
}

function strange(): Error {
  return connectionFailed('What answers at the address of the database does not speak PostgreSQL.')
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}
