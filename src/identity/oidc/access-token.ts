import { checkAudience, checkIssuer, checkTimes, type Times } from './claim-checks.js'
import { type Claims, claim, isClaims } from './claim-values.js'
import type { KeySet, Keys } from './key-set.js'
import type { Settings } from './settings.js'
import { CouldNotVerify, TokenRefused } from './verdict.js'

/** Claims that somebody vouches for. */
export interface Vouched extends Times {
  readonly claims: Claims
}

export interface Signed extends Vouched {
  /** The keys that the signature was checked with. */
  readonly keys: Keys
}

/** Three parts in base64url, which every JWS in compact form is (RFC 7515 section 3.1). */
export function looksLikeJwt(token: string): boolean {
  return token.split('.').length > 1
}

/**
 * Checks a JWT access token: form, header, signature, then claims (RFC 8725, RFC 9068 section 4).
 * Keys come from the issuer's JWKS alone; `jku`, `x5u`, `jwk` and `x5c` in a header are never looked at.
 *
 * @throws TokenRefused, CouldNotVerify
 */
export async function verifyJwt(token: string, settings: Settings, keySet: KeySet): Promise<Signed> {
  const header = readHeader(token)
  checkHeader(header, settings)
  const { claims, keys } = await verifySignature(token, settings, keySet)
  checkIssuer(claims, settings)
  checkAudience(claims, settings)
  const times = checkTimes(claims, settings.clock.now(), settings)
  if (times.issuedAt === undefined) throw new TokenRefused('The token does not say when it was issued (iat).')
  checkTokenKind(claims, settings)
  return { claims, ...times, keys }
}

function readHeader(token: string): Claims {
  const parts = token.split('.')
  if (parts.length === 5)
    throw new TokenRefused('The token is encrypted (JWE). Only signed ones are accepted.')
  const [first = ''] = parts
  // A second spelling of the same bytes is not the token that was issued.
  const isCanonical = (part: string) => Buffer.from(part, 'base64url').toString('base64url') === part
  if (parts.length !== 3 || !parts.every(part => part !== '' && isCanonical(part))) {
    throw new TokenRefused('The token is not a signed JWT.')
  }
  const header = parse(Buffer.from(first, 'base64url'))
  if (header === undefined) throw new TokenRefused('The header of the token is not a JSON object.')
  return header
}

function checkHeader(header: Claims, { algorithms, tokenType }: Settings): void {
  const [alg, typ] = [claim(header, 'alg'), claim(header, 'typ')]
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    throw new TokenRefused('The token is signed with an algorithm that is not allowed here, or not at all.')
  }
  if (claim(header, 'crit') !== undefined || claim(header, 'b64') !== undefined) {
    throw new TokenRefused('The token demands an extension (crit) that is not supported.')
  }
  const kid = claim(header, 'kid')
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefused('The key id (kid) is not a text.')
  if (!isOfType(typ, tokenType)) {
    throw new TokenRefused(
      tokenType === 'at+jwt'
        ? 'The token is not marked as an access token (typ at+jwt). For providers that do not mark theirs there is tokenType.'
        : 'The token is marked as something else than what is accepted here (typ).',
    )
  }
}

/** Okta writes a word of its own, or nothing. Whatever else is marked as something is not an access token. */
function isOfType(typ: unknown, wanted: Settings['tokenType']): boolean {
  if (typ === undefined) return wanted !== 'at+jwt'
  if (typeof typ !== 'string') return false
  const type = typ.toLowerCase().replace(/^application\//, '')
  if (wanted === 'id-token') return type === 'jwt'
  if (type === 'at+jwt') return true
  return wanted === 'jwt' && (type === 'jwt' || type === 'okta-internal-at+jwt')
}

async function verifySignature(
  token: string,
  { algorithms }: Settings,
  keySet: KeySet,
): Promise<Pick<Signed, 'claims' | 'keys'>> {
  const { compactVerify, errors } = await import('jose')
  const attempt = async (keys: Keys) => {
    const { payload } = await compactVerify(token, keys.select, { algorithms: [...algorithms] })
    return { payload, keys }
  }
  const known = await keySet.current()
  let signed: Awaited<ReturnType<typeof attempt>>
  try {
    signed = await attempt(known).catch(async (error: unknown) => {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      return attempt(await keySet.newerThan(known))
    })
  } catch (error) {
    if (error instanceof CouldNotVerify) throw error
    throw new TokenRefused(refusal(error, errors))
  }
  const claims = parse(signed.payload)
  if (claims === undefined) throw new TokenRefused('The claims of the token are not a JSON object.')
  return { claims, keys: signed.keys }
}

function refusal(error: unknown, errors: typeof import('jose').errors): string {
  if (error instanceof errors.JWKSNoMatchingKey) {
    return 'The token is signed with a key that the issuer does not publish.'
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The issuer publishes several keys that the token may be signed with; a key id has to name one.'
  }
  return 'The signature of the token does not hold.'
}

/** OpenID Connect Core 2, 3.1.3.6, 3.3.2.11: what is said to the client that signed somebody in. */
const ID_TOKEN_CLAIMS: readonly string[] = ['nonce', 'at_hash', 'c_hash', 's_hash']
/** What providers say about access to something: scopes, permissions, the grant, the client's authentication. */
const ACCESS_TOKEN_CLAIMS: readonly string[] = [
  ...['scope', 'scp', 'client_id', 'cid', 'permissions', 'gty', 'idtyp', 'appid', 'azpacr'],
]

/**
 * An ID token tells a client who has signed in; whoever holds one was not given access to anything.
 * Where `typ` does not tell, the claims do: an access token has to look like one and not like an ID token.
 * Keycloak writes the kind into a claim `typ`.
 */
function checkTokenKind(claims: Claims, { tokenType }: Settings): void {
  const has = (name: string) => claim(claims, name) !== undefined
  const typ = claim(claims, 'typ')
  if (tokenType === 'id-token') {
    if (typ !== undefined && typ !== 'ID') throw new TokenRefused('The token is not an ID token.')
    return
  }
  const isOther = typ !== undefined && typ !== 'Bearer' && typ !== 'DPoP'
  if (isOther || ID_TOKEN_CLAIMS.some(has)) {
    throw new TokenRefused('The token is not an access token. An ID token gives access to nothing.')
  }
  if (tokenType === 'jwt' && typ === undefined && !ACCESS_TOKEN_CLAIMS.some(has)) {
    throw new TokenRefused('Nothing in the token says that it is an access token (scope, client or grant).')
  }
}

/** `undefined`: not a JSON object in UTF-8. */
function parse(bytes: Uint8Array): Claims | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isClaims(value) ? value : undefined
  } catch {
    return undefined
  }
}
