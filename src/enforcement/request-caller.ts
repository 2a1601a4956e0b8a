/**
 * What an HTTP request says of its caller, for every door that speaks HTTP. Claims only: the token is for an
 * identity provider to judge, and agent and session headers are hints that count for nothing without it.
 */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { CardeaError } from '../errors.js'
import type { Agent, Credentials, Principal, TokenProof } from '../model/principal.js'
import { isName } from './wire/names.js'

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What a proof of possession is checked against. */
export interface RequestFacts {
  readonly method: string
  /** Whole, as the client addressed it. */
  readonly url: string
  /** Base64url SHA-256 of the client's TLS certificate, where it showed one. */
  readonly certificate?: string
}

const LONGEST_TOKEN = 16_384

/** The bearer token (RFC 6750) or DPoP-bound token (RFC 9449) of the request; null where it brings none. */
export function requestCredentials(headers: RequestHeaders, facts: RequestFacts): Credentials | null {
  const given = only(headers, 'authorization')
  const [, scheme = '', token = ''] = /^(Bearer|DPoP) +([\x21-\x7e]+) *$/i.exec(given ?? '') ?? []
  if (token === '' || token.length > LONGEST_TOKEN) return null
  const proof = proofOf(headers, facts, scheme.toLowerCase() === 'dpop')
  return Object.freeze({ kind: 'token', token, ...(proof === undefined ? {} : { proof }) })
}

/**
 * Base64url SHA-256 of the DER form of the client's certificate (RFC 8705, section 3.1). The handshake has shown
 * that the client holds its key, whoever vouches for it; undefined where it showed none.
 */
export function certificateThumbprint(socket: Socket): string | undefined {
  const der = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined
  return der === undefined ? undefined : createHash('sha256').update(der).digest('base64url')
}

function proofOf(headers: RequestHeaders, facts: RequestFacts, dpop: boolean): TokenProof | undefined {
  const { method, url, certificate } = facts
  if (dpop) return { kind: 'dpop', jwt: only(headers, 'dpop') ?? '', method, url }
  return certificate === undefined ? undefined : { kind: 'certificate', thumbprint: certificate }
}

/**
 * The software that speaks: `X-Agent-Id`, `X-Agent-Framework`, `X-Agent-Version`. Undefined without an id.
 *
 * @throws CardeaError CARDEA_REQUEST_REFUSED for a header that is no name: 128 printable ASCII characters at most.
 */
export function requestAgent(headers: RequestHeaders): Agent | undefined {
  const id = nameIn(headers, 'x-agent-id')
  if (id === undefined) return undefined
  const version = nameIn(headers, 'x-agent-version')
  return Object.freeze({
    framework: nameIn(headers, 'x-agent-framework') ?? 'unknown',
    id,
    ...(version === undefined ? {} : { version }),
  })
}

/**
 * What approvals are bound to: the conversation that `X-Cardea-Session` names, within its caller; else the
 * caller itself, so that a client that connects anew for each call finds its tickets again.
 *
 * @throws CardeaError CARDEA_REQUEST_REFUSED for a header that is no name.
 */
export function requestSession(
  headers: RequestHeaders,
  principal: Principal,
  agent: Agent | undefined,
): string {
  const conversation = nameIn(headers, 'x-cardea-session')
  return conversation ?? callerSession(principal, agent)
}

/** The session of a caller that names none: its own, however often it connects. */
export function callerSession(principal: Principal, agent: Agent | undefined): string {
  return ['caller', principal.issuer, principal.subject, agent?.id]
    .filter(part => part !== undefined)
    .join(' ')
}

/** W3C trace context of the request, for a span's parent. */
export function requestTrace(headers: RequestHeaders): Readonly<Record<string, string>> {
  const carrier = ['traceparent', 'tracestate'].flatMap(name => {
    const value = only(headers, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(carrier)
}

function nameIn(headers: RequestHeaders, name: string): string | undefined {
  const value = only(headers, name)
  if (value === undefined || value === '') return undefined
  if (isName(value)) return value
  throw new CardeaError(
    'CARDEA_REQUEST_REFUSED',
    `The header ${name} must be 1 to 128 printable ASCII characters, without spaces at its ends.`,
  )
}

/** A header that came twice says nothing. */
function only(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
