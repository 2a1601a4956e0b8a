/** Who sends a request, and what they may use. */
import type { FastifyRequest } from 'fastify'
import type { Principal } from '../../model/principal.js'
import type { Entrance } from '../entrance.js'
import { requestCredentials } from '../request-caller.js'
import { requestFacts, type Visit, visit } from '../visit.js'
import { HttpProblem, invalid } from './refusal.js'

/**
 * @param publicUrl origin under which clients address the gateway; default: as the request says.
 * @throws HttpProblem 401 when the request proves nothing, 503 when no provider can tell.
 */
export async function principalOf(
  request: FastifyRequest,
  entrance: Entrance,
  publicUrl?: string,
): Promise<Principal> {
  const credentials = requestCredentials(request.headers, requestFacts(request, publicUrl))
  const principal =
    credentials === null
      ? null
      : await entrance.identify(credentials).catch(() => {
          const reason = 'Nobody can tell at the moment whose token this is. Try again later.'
          throw new HttpProblem(503, { ...REFUSED, reason, retryable: true }, { 'retry-after': '5' })
        })
  if (principal !== null) return principal
  const presented = request.headers.authorization !== undefined
  const reason = presented
    ? 'The token is not good here: get a new one and send it as Authorization: Bearer <token>.'
    : 'Send a token: Authorization: Bearer <token>.'
  const challenge = presented ? 'Bearer error="invalid_token"' : 'Bearer'
  throw new HttpProblem(401, { ...REFUSED, reason, retryable: false }, { 'www-authenticate': challenge })
}

const REFUSED = { status: 'denied', code: 'CARDEA_IDENTITY_REFUSED' } as const

/**
 * @throws HttpProblem 404 for a data source that is not there. CardeaError CARDEA_REQUEST_REFUSED for a header
 *   that is no name.
 */
export function visitOf(
  request: FastifyRequest,
  entrance: Entrance,
  principal: Principal,
  dataSource?: string,
): Visit {
  try {
    return visit(request, entrance, 'http', principal, dataSource)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new HttpProblem(404, invalid('There is no such data source here.'))
  }
}
