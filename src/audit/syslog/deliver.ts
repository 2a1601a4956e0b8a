/**
 * Takes messages to a syslog server. Syslog has no acknowledgement, and what a server has not read is lost with its
 * connection. So each delivery has a connection of its own and ends it in good order: a server that closes in its
 * turn, without a reset, has read to the end (its kernel answers with a reset where anything was left unread).
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { CardeaError, ConfigurationError } from '../../errors.js'
import { errorCode } from '../error-code.js'

/** Where a syslog server listens. */
export interface SyslogPlace {
  readonly host: string
  /** Default: 6514 with TLS (RFC 5425), 514 without. */
  readonly port?: number
  /** Absent: TLS by the authorities that Node trusts. `false`: none, on this machine only. */
  readonly tls?: SyslogTls | false
}

export interface SyslogTls {
  /** PEM of the authorities to trust in place of Node's. */
  readonly ca?: string
  /** PEM of a certificate and a key to show to the server. */
  readonly cert?: string
  readonly key?: string
  /** The name that the server's certificate must be for. Default: `host`. */
  readonly servername?: string
}

export const SYSLOG_TLS_PORT = 6514
const SYSLOG_PORT = 514
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** @throws ConfigurationError for a place that records may not be sent to. */
export function checkPlace(option: string, { host, port, tls }: SyslogPlace): void {
  if (typeof host !== 'string' || host === '') throw new ConfigurationError(`${option} needs a host.`)
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new ConfigurationError(`${option}: port is a number from 1 to 65535.`)
  }
  if (tls === false && !LOOPBACK.test(host)) {
    throw new ConfigurationError(`${option}: tls may be false for a server on this machine alone.`)
  }
  if (tls !== false && (tls?.cert === undefined) !== (tls?.key === undefined)) {
    throw new ConfigurationError(`${option}: tls.cert and tls.key go together.`)
  }
}

/**
 * Sends the frames, in order, and resolves when the server has read all of them.
 *
 * @param frames of `syslogFrame`.
 * @param signal ends it; nobody knows then what the server has read.
 * @throws CardeaError `CARDEA_AUDIT_UNAVAILABLE`, without address or text of a message.
 */
export function deliverSyslog(
  place: SyslogPlace,
  frames: readonly Buffer[],
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = dial(place)
    let answered = false
    const abort = (): void => void socket.destroy(new Error('aborted'))
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      if (error === undefined && answered) resolve()
      else reject(undelivered(error, signal))
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    // What the server says is of no meaning, but must be read for its end to be seen.
    socket.on('data', () => {})
    socket.on('end', () => {
      answered = socket.writableFinished
    })
    socket.on('error', settle)
    socket.on('close', () => settle())
    socket.once(place.tls === false ? 'connect' : 'secureConnect', () => {
      for (const frame of frames) socket.write(frame)
      socket.end()
    })
  })
}

function dial({ host, port, tls }: SyslogPlace): Socket {
  if (tls === false) return connectPlain({ host, port: port ?? SYSLOG_PORT })
  const { ca, cert, key, servername = host } = tls ?? {}
  return connectTls({
    host,
    port: port ?? SYSLOG_TLS_PORT,
    minVersion: 'TLSv1.2',
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert, key }),
  })
}

function undelivered(error: unknown, signal: AbortSignal): CardeaError {
  const code = signal.aborted ? 'no answer in time' : (errorCode(error) ?? 'the connection ended early')
  return new CardeaError(
    'CARDEA_AUDIT_UNAVAILABLE',
    `The syslog server did not take the messages (${code}). Check that it is reachable and speaks RFC 5424 with octet counting.`,
  )
}
