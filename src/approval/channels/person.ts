import { IdentityRefusedError } from '../../errors.js'
import type { Approver } from '../../model/grant.js'
import type { Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import { HttpProblem, unavailable } from './http.js'
import { within } from './within.js'

/**
 * Who presents this access token. Resolve with null, or reject with `IdentityRefusedError`, for a token that
 * proves nothing; any other rejection means that nobody could tell.
 */
export type Authenticate = (token: string) => Promise<Principal | null>

/** A person who proved who they are, and until when that holds. */
export interface Person {
  readonly approver: Approver
  /** Milliseconds since the Unix epoch; infinite where the token does not say. */
  readonly until: number
}

const PATIENCE_MS = 10_000

/**
 * The person behind a token.
 *
 * @throws HttpProblem 401 for a token that proves nothing, 403 for an agent, a service, or whoever acts for
 *   somebody else; 503 when the identity provider cannot be asked.
 */
export async function personBehind(token: string, authenticate: Authenticate, clock: Clock): Promise<Person> {
  const principal = await verified(token, authenticate)
  const { subject, issuer, kind = 'human', email, roles, groups, amr, onBehalfOf, expiresAt } = principal
  const until = expiresAt ?? Number.POSITIVE_INFINITY
  if (!isName(subject) || !isName(issuer) || !(until > clock.now())) throw invalidToken()
  if (kind !== 'human' || onBehalfOf !== undefined) {
    throw new HttpProblem(403, 'people_only', 'Only a person can answer, not an agent or a service.')
  }
  const approver: Approver = Object.freeze({
    subject,
    issuer,
    ...(email === undefined ? {} : { email }),
    ...(roles === undefined ? {} : { roles }),
    ...(groups === undefined ? {} : { groups }),
    ...(amr === undefined ? {} : { amr }),
  })
  return { approver, until }
}

async function verified(token: string, authenticate: Authenticate): Promise<Principal> {
  let principal: Principal | null
  try {
    principal = await within(PATIENCE_MS, authenticate(token))
  } catch (error) {
    throw error instanceof IdentityRefusedError ? invalidToken() : unavailable()
  }
  if (typeof principal !== 'object' || principal === null) throw invalidToken()
  return principal
}

/** RFC 6750 section 3.1. */
function invalidToken(): HttpProblem {
  return new HttpProblem(401, 'invalid_token', 'The access token is not valid here, or not any more.', {
    'www-authenticate': 'Bearer realm="cardea", error="invalid_token"',
  })
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
