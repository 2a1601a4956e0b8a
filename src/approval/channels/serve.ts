import {
  createServer as createPlainServer,
  type IncomingMessage,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Server as TlsServer } from 'node:tls'
import { ConfigurationError } from '../../errors.js'
import { HttpProblem, LONGEST_BODY, respond } from './http.js'
import type { HttpChannel } from './http-channel.js'

export interface ServeApprovalsOptions {
  /** Each under its own path: `/approvals`, `/webhook`, `/slack`. */
  readonly channels: readonly HttpChannel[]
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** 0: any free port. */
  readonly port: number
  /** PEM. Required unless the host is this machine alone. */
  readonly tls?: { readonly key: string | Uint8Array; readonly cert: string | Uint8Array }
}

export interface ApprovalServer {
  /** Where it listens, for example `https://0.0.0.0:7443`. */
  readonly url: string
  readonly port: number
  /** New connections get the new certificate. Nothing happens where there was none. */
  setTls(tls: NonNullable<ServeApprovalsOptions['tls']>): void
  /** Takes nothing new, lets what is under way finish for five seconds, ends streams. */
  close(): Promise<void>
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/
const FAREWELL_MS = 5_000
const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
}
/** Longer than the heartbeat of a stream. */
const IDLE_MS = 60_000
const MOST_CONNECTIONS = 1_024

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Serves channels over HTTP, each under its path. Behind a proxy of your own it may stay on this machine
 * without TLS; on any other address it needs a certificate (PCI DSS 4.2.1, 2.2.7).
 *
 * @throws ConfigurationError without a channel, for two with the same path, and without TLS off this machine.
 * @throws Error as Node gives it when the address is taken.
 * @example
 * const server = await serveApprovals({ channels: [inbox, slack], port: 7080 })
 */
export async function serveApprovals(options: ServeApprovalsOptions): Promise<ApprovalServer> {
  const { channels, host = '127.0.0.1', port, tls } = options
  demandSound(channels, host, tls !== undefined)
  const streaming = new Set<ServerResponse>()
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    serve(channels, incoming, outgoing, streaming, tls !== undefined).catch(() => outgoing.destroy())
  }
  const server =
    tls === undefined
      ? createPlainServer(LIMITS, listener)
      : createTlsServer({ ...LIMITS, ...secureOptions(tls) }, listener)
  server.maxConnections = MOST_CONNECTIONS
  server.setTimeout(IDLE_MS)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  const shown = host.includes(':') ? `[${host}]` : host
  return Object.freeze({
    url: `${tls === undefined ? 'http' : 'https'}://${shown}:${bound}`,
    port: bound,
    setTls: next => {
      if (server instanceof TlsServer) server.setSecureContext(secureOptions(next))
    },
    close: () =>
      new Promise<void>(resolve => {
        const farewell = setTimeout(() => server.closeAllConnections(), FAREWELL_MS)
        server.close(() => {
          clearTimeout(farewell)
          resolve()
        })
        server.closeIdleConnections()
        for (const response of streaming) response.destroy()
      }),
  } satisfies ApprovalServer)
}

function demandSound(channels: readonly HttpChannel[], host: string, secure: boolean): void {
  if (channels.length === 0) throw new ConfigurationError('serveApprovals needs a channel to serve.')
  for (const channel of channels) {
    if (typeof channel.handle === 'function' && typeof channel.path === 'string') continue
    throw new ConfigurationError(`serveApprovals: the channel ${channel.name} takes no answers over HTTP.`)
  }
  if (new Set(channels.map(({ path }) => path)).size < channels.length) {
    throw new ConfigurationError('serveApprovals: two channels have the same path; give each a server.')
  }
  if (!secure && !LOOPBACK.test(host)) {
    throw new ConfigurationError(
      `serveApprovals needs tls: { key, cert } on ${host}. Without it, it serves this machine alone.`,
    )
  }
}

function secureOptions({ key, cert }: NonNullable<ServeApprovalsOptions['tls']>) {
  const pem = (text: string | Uint8Array) => (typeof text === 'string' ? text : Buffer.from(text))
  return { key: pem(key), cert: pem(cert), minVersion: 'TLSv1.2' as const }
}

async function serve(
  channels: readonly HttpChannel[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  streaming: Set<ServerResponse>,
  secure: boolean,
): Promise<void> {
  const response = await respond(async () => channelFor(channels, incoming).handle(await requestOf(incoming)))
  const headers = {
    ...HEADERS,
    ...Object.fromEntries(response.headers),
    ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    // What was not read is not waited for.
    ...(incoming.complete ? {} : { connection: 'close' }),
  }
  outgoing.writeHead(response.status, headers)
  if (response.body === null) return void outgoing.end()
  outgoing.flushHeaders()
  streaming.add(outgoing)
  try {
    await pipeline(Readable.fromWeb(response.body), outgoing)
  } finally {
    streaming.delete(outgoing)
  }
}

function channelFor(channels: readonly HttpChannel[], { url = '' }: IncomingMessage): HttpChannel {
  const path = url.split('?')[0] ?? ''
  const found = channels.find(channel => path === channel.path || path.startsWith(`${channel.path}/`))
  if (found !== undefined) return found
  throw new HttpProblem(404, 'not_found', 'There is nothing here.')
}

/** Read whole before anybody looks at it. The host is not the caller's to choose. */
async function requestOf(incoming: IncomingMessage): Promise<Request> {
  const { method = 'GET', headersDistinct, url } = incoming
  const body = await bodyOf(incoming)
  const headers = Object.entries(headersDistinct).map(([name, values]): [string, string] => [
    name,
    (values ?? []).join(', '),
  ])
  try {
    return new Request(`http://localhost${url}`, {
      method,
      headers,
      ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
    })
  } catch {
    throw new HttpProblem(400, 'malformed', 'This is no request that can be served.')
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    length += chunk.length
    if (length > LONGEST_BODY) {
      throw new HttpProblem(413, 'too_large', `The body may have ${LONGEST_BODY} bytes at most.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
