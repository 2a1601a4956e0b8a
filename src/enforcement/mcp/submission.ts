/** Who sends a request, and what they may use. */

import type { FastifyRequest } from 'fastify'
import { CardeaError } from '../../errors.js'
import type { Credentials, Principal } from '../../model/principal.js'
import type { Admission, Entrance, Visitor } from '../entrance.js'
import {
  certificateThumbprint,
  type RequestFacts,
  requestAgent,
  requestCredentials,
  requestSession,
  requestTrace,
} from '../request-caller.js'
import { challenge, type ProtectedResourceOptions } from './protected-resource.js'
import { McpProblem, malformed } from './refusal.js'

/** A request whose caller is known. */
export interface Visit {
  readonly admission: Admission
  /** Principal, agent, session and data source as one text. */
  readonly caller: string
  readonly trace: Readonly<Record<string, string>>
}

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
  const visitor = visitorOf(request, principal)
  const { agent, session, dataSource = entrance.dataSources[0] } = visitor
  const caller = JSON.stringify([principal.issuer, principal.subject, agent?.id ?? null, session, dataSource])
  return { admission: admitted(entrance, visitor), caller, trace: requestTrace(request.headers) }
}

async function principalOf(
  request: FastifyRequest,
  entrance: Entrance,
  options: ProtectedResourceOptions,
): Promise<Principal> {
  const credentials = requestCredentials(request.headers, factsOf(request, options))
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

function factsOf(request: FastifyRequest, { publicUrl }: ProtectedResourceOptions): RequestFacts {
  const base = publicUrl ?? `${request.protocol}://${request.headers.host ?? 'localhost'}`
  const certificate = certificateThumbprint(request.socket)
  return {
    method: request.method,
    url: new URL(request.url, base).href,
    ...(certificate === undefined ? {} : { certificate }),
  }
}

function visitorOf(request: FastifyRequest, principal: Principal): Visitor {
  const { dataSource } = request.params as { readonly dataSource?: string }
  try {
    const agent = requestAgent(request.headers)
    return {
      principal,
      point: 'mcp',
      ...(dataSource === undefined ? {} : { dataSource }),
      ...(agent === undefined ? {} : { agent }),
      session: requestSession(request.headers, principal, agent),
      origination: `${request.socket.remoteAddress ?? 'unknown'}:${request.socket.remotePort ?? 0}`,
    }
  } catch (error) {
    if (error instanceof CardeaError) throw malformed(error.message)
    throw error
  }
}

function admitted(entrance: Entrance, visitor: Visitor): Admission {
  try {
    return entrance.admit(visitor)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw malformed('There is no such data source here.', 404)
  }
}
