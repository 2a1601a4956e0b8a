/** What an agent token says, and what one may say at all. */
import { ConfigurationError } from '../../errors.js'
import type { AgentTokenEntry, PersonName } from './agent-token-store.js'

/** In the header, so that no other token of the issuer can pass for one (RFC 8725 section 3.11). */
export const TOKEN_TYPE = 'cardea-agent+jwt'
/** Ed25519 (RFC 8037), and nothing that a token may choose instead. */
export const ALGORITHM = 'EdDSA'
export const DEFAULT_AUDIENCE = 'cardea'
export const DEFAULT_LIFETIME_MS = 3_600_000
export const LONGEST_LIFETIME_MS = 86_400_000
/** Characters. What is longer is not even looked at. */
export const LONGEST_TOKEN = 16_384

const LONGEST_NAME = 255
const LONGEST_ISSUER = 512
const LONGEST_EMAIL = 320
const LONGEST_ROLE = 128
const MOST_ROLES = 32

/** The claims of the one token that belongs to an entry. */
export function claimsOf(entry: AgentTokenEntry, audience: string): Record<string, unknown> {
  const { subject, issuer, email } = entry.sponsor
  return {
    iss: entry.issuer,
    aud: audience,
    sub: entry.agent,
    jti: entry.id,
    iat: entry.issuedAt / 1000,
    nbf: entry.issuedAt / 1000,
    exp: entry.expiresAt / 1000,
    roles: [...entry.roles],
    sponsor: { sub: subject, iss: issuer, ...(email === undefined ? {} : { email }) },
  }
}

/**
 * Why there may be no token for this entry, or null. Asked before signing and again at every use, so that
 * neither the signing key nor the register alone can make more of a token than Cardea would.
 */
export function flawOf(entry: AgentTokenEntry): string | null {
  const { agent, sponsor, roles, issuer, issuedAt, expiresAt } = entry
  if (!isText(issuer, LONGEST_ISSUER))
    return `The issuer needs a name of at most ${LONGEST_ISSUER} characters.`
  if (!isText(agent, LONGEST_NAME)) return `The agent needs an id of at most ${LONGEST_NAME} characters.`
  if (!isPerson(sponsor)) return 'The sponsor needs a subject and an issuer.'
  if (sponsor.email !== undefined && !isText(sponsor.email, LONGEST_EMAIL)) {
    return 'The e-mail address of the sponsor is not one.'
  }
  if (sameName(sponsor.subject, agent))
    return 'An agent cannot be its own sponsor: name the person behind it.'
  if (sponsor.issuer === issuer) {
    return 'The sponsor must be a person; this issuer knows agents only. Name the issuer that signs people in.'
  }
  if (!isPerson(entry.mintedBy)) return 'Whoever mints a token needs a subject and an issuer.'
  if (roles.length > MOST_ROLES || !roles.every(role => isText(role, LONGEST_ROLE))) {
    return `An agent has at most ${MOST_ROLES} roles of at most ${LONGEST_ROLE} characters.`
  }
  if (!Number.isSafeInteger(issuedAt / 1000) || !Number.isSafeInteger(expiresAt / 1000)) {
    return 'The times of a token are whole seconds.'
  }
  const lifetime = expiresAt - issuedAt
  if (lifetime < 1000 || lifetime > LONGEST_LIFETIME_MS) {
    return 'The lifetime of an agent token is at least a second and at most 24 hours.'
  }
  return null
}

/** @throws ConfigurationError for a name that no entry of this issuer could have. */
export function checkNames(who: string, issuer: unknown, audience: unknown): void {
  if (!isText(issuer, LONGEST_ISSUER)) throw new ConfigurationError(`${who} needs the name of its issuer.`)
  if (!isText(audience, LONGEST_NAME)) throw new ConfigurationError(`${who} needs a name as its audience.`)
}

function isPerson(person: PersonName): boolean {
  return isText(person.subject, LONGEST_NAME) && isText(person.issuer, LONGEST_ISSUER)
}

function isText(value: unknown, longest: number): value is string {
  return (
    typeof value === 'string' &&
    value.length <= longest &&
    value !== '' &&
    value === value.trim() &&
    !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)
  )
}

/** Looser than any issuer compares: a second spelling is no second being. */
function sameName(one: string, other: string): boolean {
  const fold = (name: string) => name.normalize('NFKC').trim().toLowerCase()
  return fold(one) === fold(other)
}
