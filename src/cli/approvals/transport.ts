import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { COULD_NOT, Exit } from '../exit.js'
import type { Server } from './server.js'

/** The inbox did not do what it was asked. */
export class InboxFailure extends Exit {
  /** @param lasting asking again is of no use. */
  constructor(
    message: string,
    readonly lasting: boolean,
  ) {
    super(COULD_NOT, message)
  }
}

export interface Call {
  readonly method: 'GET' | 'POST'
  /** Relative to the server, for example `approvals/01J`. */
  readonly path: string
  readonly body?: unknown
  readonly accept: 'application/json' | 'text/event-stream'
  readonly signal?: AbortSignal
}

/** Milliseconds without a byte: beyond any pause that an inbox makes. */
const SILENCE_MS = 45_000
const LONGEST_BODY = 64 * 1024 * 1024

/**
 * Sends one call and resolves with the head of its answer, whatever its status. No redirect is followed: the
 * token is for this server.
 *
 * @throws InboxFailure when nobody answers; its message has no text from elsewhere.
 */
export function send({ url, ca }: Server, token: string, call: Call): Promise<IncomingMessage> {
  const target = new URL(call.path, url)
  const body = call.body === undefined ? undefined : JSON.stringify(call.body)
  const options = {
    method: call.method,
    headers: {
      accept: call.accept,
      authorization: `Bearer ${token}`,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
    timeout: SILENCE_MS,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  }
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(unreachable(url, error))
    let sent: ClientRequest
    try {
      sent =
        url.protocol === 'https:'
          ? tlsRequest(target, { ...options, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) })
          : plainRequest(target, options)
    } catch {
      // What cannot stand in a header: the message of Node says so and no more, but it is not ours.
      return reject(new InboxFailure('The token holds characters that no token has.', true))
    }
    sent.on('timeout', () => sent.destroy())
    sent.on('error', fail)
    sent.on('response', resolve)
    sent.end(body)
  })
}

/** @throws InboxFailure when the body breaks off, is too long or is no JSON. */
export async function jsonOf(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response) {
      const bytes = Buffer.from(chunk)
      length += bytes.length
      if (length > LONGEST_BODY) break
      chunks.push(bytes)
    }
  } catch {
    throw new InboxFailure('The answer of the server broke off.', false)
  }
  try {
    if (length > LONGEST_BODY) throw new Error('too long')
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new InboxFailure(
      `The server answered ${response.statusCode} with something that is no JSON.`,
      false,
    )
  }
}

/** Codes are Node's own, such as ECONNREFUSED: they hold nothing of the call. */
function unreachable({ host }: URL, error: unknown): InboxFailure {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  const known = /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'no answer'
  const advice = /CERT|SELF_SIGNED|ISSUER|VERIFY|TLS|SSL/.test(known)
    ? ' Its certificate is not trusted: --ca <file> names who vouches for it.'
    : ''
  return new InboxFailure(`The server ${host} cannot be reached (${known}).${advice}`, false)
}
