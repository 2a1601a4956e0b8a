/**
 * Who asks: a person, a service or an agent (PCI DSS 8.2.1: every user has a unique id).
 * `subject` is unique only together with `issuer`.
 */
export interface Principal {
  readonly subject: string
  /** Who vouches for the subject: an OIDC issuer URL, or any stable name in tests. */
  readonly issuer: string
  /** Default `'human'`. */
  readonly kind?: 'human' | 'service' | 'agent'
  readonly name?: string
  /** An address that the issuer has verified. Two names of one person meet here, whoever vouches for them. */
  readonly email?: string
  readonly roles?: readonly string[]
  readonly groups?: readonly string[]
  /** Authentication methods (RFC 8176), for example `['pwd', 'otp']`. */
  readonly amr?: readonly string[]
  /** Authentication context class (OpenID Connect Core 2), as the issuer names it. */
  readonly acr?: string
  /** Id of the token (`jti`) that speaks for the principal, where it has one. For the record; decides nothing. */
  readonly tokenId?: string
  /** Milliseconds since the Unix epoch after which the principal is refused. Absent: never. */
  readonly expiresAt?: number
  /** The human (or service) for whom an agent acts. Excluded from approving, like the principal itself. */
  readonly onBehalfOf?: Principal
}

/** The software that speaks for the principal. Every field is a claim of the caller, recorded as such. */
export interface Agent {
  /** For example `'autogen'`. */
  readonly framework: string
  readonly id: string
  readonly version?: string
  readonly toolCall?: string
  /** Why the agent says it needs this. Shown to approvers marked as claimed; never trusted. */
  readonly claimedReason?: string
}

/** What an enforcement point received from its caller, before anyone believed it. */
export type Credentials =
  | { readonly kind: 'asserted'; readonly principal: Principal }
  | { readonly kind: 'token'; readonly token: string; readonly proof?: TokenProof }

/** How the caller shows that a bound token is its own: a DPoP proof (RFC 9449) or its TLS certificate (RFC 8705). */
export type TokenProof =
  | {
      readonly kind: 'dpop'
      readonly jwt: string
      /** Method and URL of the request that brought the proof. */
      readonly method: string
      readonly url: string
    }
  /** Base64url SHA-256 of the DER form of the certificate that the connection was made with. */
  | { readonly kind: 'certificate'; readonly thumbprint: string }
