/** Who sends a request, and what they may use. */
import type { FastifyRequest } from 'fastify'
import type { Principal } from '../../model/principal.js'
import type { Admission, Entrance } from '../entrance.js'
import {
  certificateThumbprint,
  type RequestFacts,
  requestAgent,
  requestCredentials,
  requestSession,
  requestTrace,
} from '../request-caller.js'
import { HttpProblem, invalid } from './refusal.js'

/** A request whose caller is known. */
export interface Visit {
  readonly admission: Admission
  /** Principal, agent, session and data source as one text. */
  readonly caller: string
  readonly trace: Readonly<Record<string, string>>
}

/**
 * @param publicUrl origin under which clients address the gateway; default: as the request says.
 * @throws HttpProblem 401 when the request proves nothing, 503 when no provider can tell.
 */
export async function principalOf(
  request: FastifyRequest,
  entrance: Entrance,
  publicUrl?: string,
): Promise<Principal> {
  const credentials = requestCredentials(request.headers, factsOf(request, publicUrl))
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

function factsOf(request: FastifyRequest, publicUrl: string | undefined): RequestFacts {
  const base = publicUrl ?? `${request.protocol}://${request.headers.host ?? 'localhost'}`
  const certificate = certificateThumbprint(request.socket)
  return {
    method: request.method,
    url: URL.canParse(request.url, base) ? new URL(request.url, base).href : request.url,
    ...(certificate === undefined ? {} : { certificate }),
  }
}

/**
 * @throws HttpProblem 400 for a data source that is not there. CardeaError CARDEA_REQUEST_REFUSED for a header
 *   that is no name.
 */
export function visitOf(
  request: FastifyRequest,
  entrance: Entrance,
  principal: Principal,
  dataSource: string = entrance.dataSources[0],
): Visit {
  const { headers, socket } = request
  const agent = requestAgent(headers)
  const session = requestSession(headers, principal, agent)
  const visitor = {
    principal,
    point: 'http',
    dataSource,
    ...(agent === undefined ? {} : { agent }),
    session,
    origination: `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`,
  } as const
  const caller = JSON.stringify([principal.issuer, principal.subject, agent?.id ?? null, session, dataSource])
  return { admission: admitted(() => entrance.admit(visitor)), caller, trace: requestTrace(headers) }
}

function admitted(admit: () => Admission): Admission {
  try {
    return admit()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new HttpProblem(404, invalid('There is no such data source here.'))
  }
}
