import { type RequestOptions as HttpOptions, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { ConfigurationError } from '../../errors.js'

export interface BoundedFetchOptions {
  /** Certificate authorities to trust instead of Node's, PEM. */
  readonly ca?: string | readonly string[]
  /** For the whole exchange, milliseconds. */
  readonly timeoutMs: number
  /** Of an answer; one byte more is a failure. */
  readonly maxBytes: number
  /** `http:` to this very machine is let through. */
  readonly allowInsecureLoopback: boolean
}

/** What openid-client hands to its `customFetch`, as far as it is used. */
export interface FetchRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

export type BoundedFetch = (url: string, request?: FetchRequest) => Promise<Response>

/**
 * A `fetch` for talking to an identity provider: https only, a deadline, a bounded answer, an own
 * certificate authority, and no redirect ever followed. Node's own `fetch` can be told neither of the
 * middle two.
 */
export function boundedFetch(options: BoundedFetchOptions): BoundedFetch {
  return async (url, request = {}) => {
    const target = new URL(url)
    assertSecure(target, options.allowInsecureLoopback)
    const body = request.body === undefined || request.body === null ? undefined : String(request.body)
    const deadline = AbortSignal.timeout(options.timeoutMs)
    const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline
    const trust = options.ca === undefined ? {} : { ca: list(options.ca) }
    let response: IncomingMessage
    let bytes: Buffer<ArrayBuffer>
    try {
      response = await send(target, request, body, { signal, ...trust })
      bytes = await readAtMost(response, options.maxBytes)
    } catch (error) {
      // What a cut connection looks like depends on when it was cut.
      throw signal.aborted ? signal.reason : error
    }
    const status = response.statusCode ?? 0
    const headers = new Headers()
    for (const [name, value] of Object.entries(response.headers)) {
      if (typeof value === 'string') headers.set(name, value)
    }
    const bodyless = status === 204 || status === 205 || status === 304
    return new Response(bodyless ? null : bytes, { status, headers })
  }
}

/** @throws ConfigurationError unless the URL is https, or http to this machine where that is allowed. */
export function assertSecure(url: URL, allowInsecureLoopback: boolean): void {
  if (url.protocol === 'https:') return
  if (url.protocol === 'http:' && allowInsecureLoopback && isLoopback(url.hostname)) return
  throw new ConfigurationError(
    'An identity provider is reached over https only. For one on this very machine there is allowInsecureLoopback.',
  )
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function list(ca: string | readonly string[]): string[] {
  return typeof ca === 'string' ? [ca] : [...ca]
}

function send(
  url: URL,
  { method = 'GET', headers = {} }: FetchRequest,
  body: string | undefined,
  options: HttpOptions & { ca?: string[] },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    // No agent: no connection outlives its exchange, so a restarted provider leaves no dead one behind.
    const wanted = { ...options, method, headers: { ...headers, ...length }, agent: false as const }
    const make = url.protocol === 'https:' ? httpsRequest : httpRequest
    const sent = make(url, wanted, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
}

async function readAtMost(response: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > maxBytes) {
      response.destroy()
      throw new Error(`The identity provider sent more than ${maxBytes} bytes.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
