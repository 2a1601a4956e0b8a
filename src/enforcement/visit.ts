/** From an HTTP request whose caller is known to what they may use, alike for every door that speaks HTTP. */
import type { Socket } from 'node:net'
import type { Principal } from '../model/principal.js'
import type { Admission, Entrance, Visitor } from './entrance.js'
import {
  certificateThumbprint,
  type RequestFacts,
  type RequestHeaders,
  requestAgent,
  requestSession,
  requestTrace,
} from './request-caller.js'

/** The parts of a Fastify request that say where it comes from. */
export interface Arrival {
  readonly method: string
  readonly url: string
  readonly protocol: string
  readonly headers: RequestHeaders
  readonly socket: Socket
}

/** A request whose caller is known. */
export interface Visit {
  readonly admission: Admission
  /** Principal, agent, session and data source as one text, for the ledger. */
  readonly caller: string
  readonly trace: Readonly<Record<string, string>>
}

/** @param publicUrl origin under which clients address the gateway; default: as the request says. */
export function requestFacts(
  { method, url, protocol, headers, socket }: Arrival,
  publicUrl: string | undefined,
): RequestFacts {
  const base = publicUrl ?? `${protocol}://${headers['host'] ?? 'localhost'}`
  const certificate = certificateThumbprint(socket)
  return {
    method,
    url: URL.canParse(url, base) ? new URL(url, base).href : url,
    ...(certificate === undefined ? {} : { certificate }),
  }
}

/**
 * @param dataSource default: the first.
 * @throws RangeError for a data source that is not there; CardeaError CARDEA_REQUEST_REFUSED for a header that is
 *   no name.
 */
export function visit(
  { headers, socket }: Pick<Arrival, 'headers' | 'socket'>,
  entrance: Entrance,
  point: Visitor['point'],
  principal: Principal,
  dataSource: string = entrance.dataSources[0],
): Visit {
  const agent = requestAgent(headers)
  const session = requestSession(headers, principal, agent)
  const certificate = certificateThumbprint(socket)
  const visitor: Visitor = {
    principal,
    point,
    dataSource,
    ...(agent === undefined ? {} : { agent }),
    session,
    ...(certificate === undefined ? {} : { certificate }),
    origination: `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`,
  }
  return {
    admission: entrance.admit(visitor),
    caller: JSON.stringify([principal.issuer, principal.subject, agent?.id ?? null, session, dataSource]),
    trace: requestTrace(headers),
  }
}
