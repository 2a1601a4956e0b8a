import { type Claims, claim, isClaims, isName, nameClaim } from './claim-values.js'
import { TokenRefused } from './verdict.js'

/** As many links as a principal may have (read-principal.ts), so the walk ends. */
const MOST_ACTORS = 8

/**
 * Who acts for the subject, the current actor first (RFC 8693 section 4.1: nested `act` claims are earlier
 * actors). An actor belongs to the issuer of the token; one of another issuer is a claim too far.
 */
export function actors(claims: Claims): readonly string[] {
  const found: string[] = []
  for (let act = claim(claims, 'act'); act !== undefined; act = claim(act, 'act')) {
    const subject = isClaims(act) ? claim(act, 'sub') : undefined
    if (!isClaims(act) || !isName(subject)) throw new TokenRefused('An actor of the token (act) has no name.')
    const issuer = claim(act, 'iss')
    if (issuer !== undefined && issuer !== claim(claims, 'iss')) {
      throw new TokenRefused('An actor of the token (act) is of another issuer.')
    }
    found.push(subject)
    if (found.length >= MOST_ACTORS) throw new TokenRefused('The token has too many actors (act).')
  }
  return found
}

/** RFC 9068 section 2.2; `cid` is Okta's word, `appid` that of Entra ID in tokens of version 1. */
export function clientOf(claims: Claims): string | undefined {
  return ['client_id', 'cid', 'azp', 'appid'].map(name => nameClaim(claims, name)).find(isName)
}

/**
 * Whether a client got the token for itself, with nobody behind it. No provider says so in the same way;
 * in doubt between a person and a program, an approval may depend on it, so each known sign counts.
 */
export function isClientsOwn(claims: Claims, subject: string): boolean {
  const client = clientOf(claims)
  const has = (name: string) => claim(claims, name) !== undefined
  return (
    // RFC 9068 section 2.2, Okta.
    subject === client ||
    // Auth0.
    claim(claims, 'gty') === 'client-credentials' ||
    subject.endsWith('@clients') ||
    // Entra ID: idtyp is an optional claim, but only people have delegated scopes.
    claim(claims, 'idtyp') === 'app' ||
    ((has('azpacr') || has('appidacr')) && !has('scp')) ||
    // Keycloak names the user of a client after it.
    (client !== undefined &&
      claim(claims, 'preferred_username') === `service-account-${client.toLowerCase()}`) ||
    // Google.
    nameClaim(claims, 'email')?.endsWith('.gserviceaccount.com') === true
  )
}
