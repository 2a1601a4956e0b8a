/** Verified claims to principal. What does not add up is refused; nothing is guessed. */
import type { Principal } from '../../model/principal.js'
import { readPrincipal } from '../read-principal.js'
import { actors, clientOf, isClientsOwn } from './actors.js'
import { type Claims, claim, isClaims, isName, nameClaim, readNames } from './claim-values.js'
import type { Settings } from './settings.js'
import { CouldNotVerify, TokenRefused } from './verdict.js'

export type MappingSettings = Pick<Settings, 'groupsPath' | 'roles' | 'agents' | 'trustEmail' | 'accept'>

/** What a token entitles to. It belongs to the token as a whole, hence to whoever acts with it. */
interface Rights {
  readonly groups: readonly string[]
  readonly roles: readonly string[]
}

/**
 * The principal of a token: who holds it now. An agent that acts for a person is the principal, with the
 * person at the end of `onBehalfOf`.
 *
 * @param expiresAt milliseconds since the Unix epoch.
 * @returns a deeply frozen principal.
 * @throws TokenRefused, CouldNotVerify
 */
export function principalOf(claims: Claims, expiresAt: number, settings: MappingSettings): Principal {
  const issuer = claim(claims, 'iss')
  const subject = subjectOf(claims)
  if (!isName(issuer)) throw new TokenRefused('The token names no issuer (iss).')
  checkAccepted(claims, settings)
  const rights = rightsOf(claims, settings)
  const isOwn = isClientsOwn(claims, subject)
  const client = clientOf(claims)
  const isAgent = (name: string | undefined) => name !== undefined && settings.agents.has(name)

  let principal: Principal = {
    subject,
    issuer,
    kind: isOwn ? (isAgent(client) || isAgent(subject) ? 'agent' : 'service') : 'human',
    ...rights,
    ...profile(claims, settings),
  }
  const acting = actors(claims)
  // Providers without `act` name the client alone (Entra ID on behalf of, Keycloak token exchange).
  const behind = acting.length === 0 && !isOwn && isAgent(client) && client ? [client] : acting
  for (const actor of [...behind].reverse()) {
    principal = { subject: actor, issuer, kind: 'agent', ...rights, onBehalfOf: principal }
  }
  const tokenId = nameClaim(claims, 'jti')
  const frozen = readPrincipal({ ...principal, ...(tokenId === undefined ? {} : { tokenId }), expiresAt })
  if (frozen === null) throw new TokenRefused('The claims of the token do not make a principal.')
  return frozen
}

/** RFC 7662 leaves the subject out where a client asks for itself. */
function subjectOf(claims: Claims): string {
  const given = claim(claims, 'sub')
  const subject = given === undefined && claim(claims, 'active') === true ? clientOf(claims) : given
  if (!isName(subject))
    throw new TokenRefused('The token names no subject (sub), or not by a printable name.')
  return subject
}

function checkAccepted(claims: Claims, { accept }: MappingSettings): void {
  if (accept === undefined) return
  let answer: unknown
  try {
    answer = accept(claims)
  } catch {
    throw new CouldNotVerify('The accept function of the configuration failed.')
  }
  if (answer !== true)
    throw new TokenRefused('The accept function of the configuration does not accept the token.')
}

function rightsOf(claims: Claims, { groupsPath, roles }: MappingSettings): Rights {
  checkOverage(claims, groupsPath)
  const groups = groupsOf(claims, groupsPath)
  if (typeof roles !== 'function') {
    const mapped = groups.flatMap(group => (roles && Object.hasOwn(roles, group) ? (roles[group] ?? []) : []))
    return { groups, roles: [...new Set(mapped)] }
  }
  let given: readonly string[] | null
  try {
    given = readNames(roles(groups, claims))
  } catch {
    given = null
  }
  if (given === null)
    throw new CouldNotVerify('The roles function of the configuration gave no list of names.')
  return { groups, roles: [...new Set(given)] }
}

function groupsOf(claims: Claims, path: readonly string[]): readonly string[] {
  let at: unknown = claims
  for (const name of path) {
    if (at === undefined) return []
    if (!isClaims(at)) throw new TokenRefused('The groups in the token are not where they should be.')
    at = claim(at, name)
  }
  if (at === undefined) return []
  const groups = readNames(at)
  if (groups === null) throw new TokenRefused('The groups in the token are not a list of at most 1000 names.')
  return groups
}

/**
 * Entra ID lists up to 200 groups; beyond that the token says only that there are some. Somebody in too
 * many groups must not pass for somebody in none: a rule may refuse what a group may not see.
 */
function checkOverage(claims: Claims, [first = '']: readonly string[]): void {
  const elsewhere = claim(claims, '_claim_names')
  const isElsewhere = isClaims(elsewhere) && Object.hasOwn(elsewhere, first)
  const isTold = first === 'groups' && claim(claims, 'hasgroups') !== undefined
  const isCut = Object.keys(claims).some(name => name.startsWith(`${first}:src`))
  if (isElsewhere || isTold || isCut) {
    throw new TokenRefused(
      'The token leaves groups out because the caller is in too many. Have the issuer name only groups of this application, or its application roles.',
    )
  }
}

function profile(claims: Claims, { trustEmail }: MappingSettings): Partial<Principal> {
  const name = nameClaim(claims, 'name')
  const email = nameClaim(claims, 'email')
  const amr = readNames(claim(claims, 'amr'))
  const acr = nameClaim(claims, 'acr')
  return {
    ...(name === undefined ? {} : { name }),
    ...(email !== undefined && (trustEmail || isVerified(claims)) && /^[^\s@]+@[^\s@]+$/.test(email)
      ? { email }
      : {}),
    ...(amr === null ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
  }
}

/**
 * OpenID Connect Core 5.1. Entra ID has no such claim, and its users can write any address; the optional
 * claim xms_edov there tells that the owner of the domain has been verified.
 */
function isVerified(claims: Claims): boolean {
  if (claim(claims, 'email_verified') === true) return true
  const isEntra = claim(claims, 'tid') !== undefined
  const told = claim(claims, 'xms_edov')
  return isEntra && (told === true || told === 1 || told === '1' || told === 'true')
}
