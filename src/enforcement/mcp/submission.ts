/** Who sends a request, and what they may use. */

import type { FastifyRequest } from 'fastify'
import { CardeaError } from '../../errors.js'
import type { Credentials, Principal } from '../../model/principal.js'
import type { Entrance } from '../entrance.js'
import { requestCredentials } from '../request-caller.js'
import { requestFacts, type Visit, visit } from '../visit.js'
import { challenge, type ProtectedResourceOptions } from './protected-resource.js'
import { McpProblem, malformed } from './refusal.js'

/**
 * @throws McpProblem 400 for a header that is no name, 401 when the request proves nothing, 404 for a data source
 *   that is not there, 503 when no provider can tell.
 */
export async function visitOf(
  request: FastifyRequest,
  entrance: Entrance,
  options: ProtectedResourceOptions,
): Promise<Visit> {
  const principal = await principalOf(request, entrance, options)
  const { dataSource } = request.params as { readonly dataSource?: string }
  try {
    return visit(request, entrance, 'mcp', principal, dataSource)
  } catch (error) {
    if (error instanceof CardeaError && error.code === 'CARDEA_REQUEST_REFUSED')
      throw malformed(error.message)
    if (!(error instanceof RangeError)) throw error
    throw malformed('There is no such data source here.', 404)
  }
}

async function principalOf(
  request: FastifyRequest,
  entrance: Entrance,
  options: ProtectedResourceOptions,
): Promise<Principal> {
  const credentials = requestCredentials(request.headers, requestFacts(request, options.publicUrl))
  const presented = (request.headers.authorization ?? '') !== ''
  const refused = (): McpProblem =>
    new McpProblem(
      401,
      'CARDEA_IDENTITY_REFUSED',
      presented
        ? 'The token is not good here: get a new one and send it as Authorization: Bearer <token>.'
        : 'Send a token: Authorization: Bearer <token>.',
      { 'www-authenticate': challenge(request.url, presented, options) },
    )
  if (credentials === null) throw refused()
  const principal = await identified(entrance, credentials)
  if (principal === null) throw refused()
  return principal
}

async function identified(entrance: Entrance, credentials: Credentials): Promise<Principal | null> {
  try {
    return await entrance.identify(credentials)
  } catch {
    const message = 'Nobody can tell now whose token this is. Try again later.'
    throw new McpProblem(503, 'CARDEA_IDENTITY_REFUSED', message, { 'retry-after': '5' })
  }
}
