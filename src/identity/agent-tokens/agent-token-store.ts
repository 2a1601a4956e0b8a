/** A person as registers name one. */
export interface PersonName {
  readonly subject: string
  readonly issuer: string
}

/** The human who answers for an agent. */
export interface Sponsor extends PersonName {
  readonly email?: string
}

/** Who ended a token before its time, when and why. */
export interface AgentTokenRevocation {
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly by: PersonName
  readonly why: string
}

/** One minted token as the register keeps it: everything about it but the token. */
export interface AgentTokenEntry {
  /** The `jti` of the token. ULID. */
  readonly id: string
  /** The `iss` of the token. */
  readonly issuer: string
  readonly agent: string
  readonly sponsor: Sponsor
  readonly roles: readonly string[]
  /** Milliseconds since the Unix epoch, whole seconds; the same for `expiresAt`. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly mintedBy: PersonName
  readonly revocation: AgentTokenRevocation | null
}

/** Conditions that must all hold. */
export interface AgentTokenFilter {
  readonly issuer?: string
  /** Expires after; milliseconds since the Unix epoch. */
  readonly expiresAfter?: number
}

/** Port: the register of minted agent tokens, shared by all who mint and verify (PCI DSS 8.2.4). */
export interface AgentTokenStore {
  readonly name: string
  /** Resolves when the entry is certain to be there. Rejects for an id that is there already. */
  insert(entry: AgentTokenEntry): Promise<void>
  /** Newest first. */
  list(filter: AgentTokenFilter): Promise<readonly AgentTokenEntry[]>
  /** `false`: there is no such token, or it is revoked already; the first revocation stands. */
  revoke(id: string, revocation: AgentTokenRevocation): Promise<boolean>
}
