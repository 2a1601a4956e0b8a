import type { Configuration } from 'openid-client'
import type { Vouched } from './access-token.js'
import { boundedCache } from './bounded-cache.js'
import { checkAudience, checkIssuer, checkTimes } from './claim-checks.js'
import { type Claims, claim } from './claim-values.js'
import { type Moment, moment, since } from './moment.js'
import type { Settings } from './settings.js'
import { CouldNotVerify, hint, TokenRefused } from './verdict.js'

export interface Introspection {
  /** @param digest of the token, which answers are remembered by. @throws TokenRefused, CouldNotVerify */
  ask(token: string, digest: string, configuration: Configuration): Promise<Vouched>
}

/** How long a token that was revoked at the issuer can go on here. */
const REMEMBERED_MS = 30_000
const MOST_REMEMBERED = 10_000

interface Answer {
  readonly claims: Promise<Claims>
  readonly at: Moment
}

/** Asks the issuer about opaque tokens (RFC 7662). Answers are remembered for half a minute, failures never. */
export function introspection(settings: Settings): Introspection {
  const { clock } = settings
  const answers = boundedCache<Answer>(MOST_REMEMBERED)
  return {
    async ask(token, digest, configuration) {
      let answer = answers.get(digest)
      if (answer === undefined || since(answer.at, clock) >= REMEMBERED_MS) {
        answer = { claims: askIssuer(token, configuration), at: moment(clock) }
        answers.set(digest, answer)
        answer.claims.catch(() => answers.delete(digest))
      }
      return check(await answer.claims, settings)
    },
  }
}

async function askIssuer(token: string, configuration: Configuration): Promise<Claims> {
  const { tokenIntrospection } = await import('openid-client')
  try {
    return { ...(await tokenIntrospection(configuration, token, { token_type_hint: 'access_token' })) }
  } catch (error) {
    throw new CouldNotVerify(`The issuer could not be asked about the token${hint(error)}.`)
  }
}

/**
 * RFC 7662 section 2.2 leaves every member but `active` to the issuer. What is needed to tell whose access
 * to what this is must be there all the same. `iss` is: the issuer has been asked over TLS.
 */
function check(claims: Claims, settings: Settings): Vouched {
  if (claim(claims, 'active') !== true) {
    throw new TokenRefused('The issuer says that the token is not active. Sign in again.')
  }
  const type = claim(claims, 'token_type')
  if (typeof type !== 'string' || !['bearer', 'dpop'].includes(type.toLowerCase())) {
    throw new TokenRefused('The issuer does not say that the token is an access token (token_type).')
  }
  const named: Claims = { ...claims, iss: claim(claims, 'iss') ?? settings.issuer }
  checkIssuer(named, settings)
  checkAudience(named, settings)
  return { claims: named, ...checkTimes(named, settings.clock.now(), settings) }
}
