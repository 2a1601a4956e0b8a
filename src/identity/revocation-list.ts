/** A token as a revocation list knows it. */
export interface RevocableToken {
  /** The issuer of the token, exactly as the token names it. */
  readonly issuer: string
  readonly subject: string
  /** The `jti` claim, where the token has one. */
  readonly tokenId?: string
  /** Milliseconds since the Unix epoch, from the `iat` claim. */
  readonly issuedAt?: number
}

/**
 * Port: tells whether a token is void although its issuer's signature still holds (PCI DSS 8.2.5,
 * access of a leaver ends at once). Asked each time a token or its principal is used, so it has to be
 * quick. Throwing means that the list could not be read, which refuses.
 */
export interface RevocationList {
  /** `true`: this token may not be used, whatever else it says. */
  isRevoked(token: RevocableToken): Promise<boolean> | boolean
}
