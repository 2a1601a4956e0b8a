/** How a client shows who it is. */
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Credentials, Principal } from '../../model/principal.js'
import { certificateThumbprint } from '../request-caller.js'

/** @returns null for credentials that prove nothing. */
export type Identify = (credentials: Credentials) => Promise<Principal | null>

export interface Presented {
  readonly principal: Principal
  /** Base64url SHA-256 of the client's certificate, where it showed one. */
  readonly certificate?: string
}

/** What the client has shown in TLS, if it has come with TLS and shown something; to be spread into `Presented`. */
export function shownCertificate(stream: Duplex): Pick<Presented, 'certificate'> {
  const certificate = stream instanceof TLSSocket ? certificateThumbprint(stream) : undefined
  return certificate === undefined ? {} : { certificate }
}

/** A token may be bound to the certificate that is shown with it. */
export function tokenCredentials(
  token: string,
  { certificate }: Pick<Presented, 'certificate'>,
): Credentials {
  const proof =
    certificate === undefined ? {} : { proof: { kind: 'certificate', thumbprint: certificate } as const }
  return Object.freeze({ kind: 'token', token, ...proof })
}
