/**
 * What stands before every network door: callers are identified once, those who ask too much are turned away, and
 * each answer is counted and logged. Doors hear of none of it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { certificateThumbprint, requestAgent, requestCredentials } from '../../enforcement/request-caller.js'
import { CardeaError, type CardeaErrorCode } from '../../errors.js'
import type { Agent, Credentials, Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import type { Limiter } from '../operation/limiter.js'
import type { GatewayLog } from '../operation/log.js'
import type { Metrics } from '../operation/metrics.js'
import type { RefusedSignIn, SignInRecords } from '../operation/sign-in-records.js'
import type { Roster } from '../sessions/roster.js'

export interface GateOptions {
  readonly roster: Pick<Roster, 'check'>
  readonly identify: (credentials: Credentials) => Promise<Principal | null>
  readonly limiter: Limiter
  readonly signIns: Pick<SignInRecords, 'refused' | 'unclear'>
  readonly metrics: Metrics
  readonly log: GatewayLog
  readonly clock: Clock
  /** Origin under which clients reach the gateway; bound tokens are proved for it. */
  readonly origin: () => string
}

/** One request, as far as its caller is known. */
interface Arrival {
  readonly token: string
  readonly caller: Promise<Principal | null>
}

export interface Gate {
  /** To be called on the root of the server, before any door is. */
  guard(server: FastifyInstance): void
  /** For the doors: the answer that the gate has got already, so that a proof that counts once is shown once. */
  identify(credentials: Credentials): Promise<Principal | null>
}

const QUIET: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

export function gate(options: GateOptions): Gate {
  const arrivals = new AsyncLocalStorage<Arrival | undefined>()
  const known = new WeakMap<FastifyRequest, Arrival>()
  const begun = new WeakMap<FastifyRequest, number>()
  return Object.freeze<Gate>({
    guard(server) {
      server.addHook('onRequest', (request, reply, done) => {
        begun.set(request, options.clock.monotonic())
        reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
        const credentials = requestCredentials(request.headers, factsOf(request, options.origin()))
        if (credentials?.kind !== 'token') return done()
        const caller = options.identify(credentials)
        const arrival: Arrival = { token: credentials.token, caller }
        known.set(request, arrival)
        caller.then(
          principal => {
            if (principal === null) options.signIns.refused(refusedOn(request))
            if (principal !== null && !entered(principal, request, reply, options)) return
            arrivals.run(arrival, done)
          },
          // The door says that nobody can tell.
          () => {
            options.signIns.unclear()
            arrivals.run(arrival, done)
          },
        )
      })
      // Reading a body leaves the context of the request.
      server.addHook('preHandler', (request, _, done) => arrivals.run(known.get(request), done))
      server.addHook('onResponse', async (request, reply) =>
        answered(request, reply, begun.get(request) ?? 0, options),
      )
    },
    identify: credentials => {
      const arrival = arrivals.getStore()
      const same = credentials.kind === 'token' && arrival?.token === credentials.token
      return same ? arrival.caller : options.identify(credentials)
    },
  })
}

function refusedOn({ routeOptions, socket }: FastifyRequest): RefusedSignIn {
  const door = doorOf(routeOptions.url ?? 'none')
  return { door, address: socket.remoteAddress ?? 'unknown', code: 'CARDEA_IDENTITY_REFUSED' }
}

/** False: turned away. */
function entered(
  principal: Principal,
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  { limiter, metrics, roster }: GateOptions,
): boolean {
  try {
    roster.check({ principal, agent: claimed(headers) })
  } catch (error) {
    if (!(error instanceof CardeaError)) throw error
    const stopped = error.code === 'CARDEA_AGENT_STOPPED'
    turnAway(reply, stopped ? 403 : 503, error.code, error.message, !stopped)
    return false
  }
  const entry = limiter.enter(principal, !QUIET.includes(method))
  if (entry.let) {
    reply.raw.once('close', () => entry.leave())
    return true
  }
  metrics.limited.inc({ limit: entry.limit })
  const seconds = entry.retryAfterSeconds
  const why = entry.limit === 'rate' ? 'You sent too many requests.' : 'You have too many calls under way.'
  reply.header('retry-after', String(seconds))
  turnAway(
    reply,
    429,
    'CARDEA_TOO_MANY_REQUESTS',
    `${why} Nothing was run. Send this again in ${seconds} s.`,
    true,
  )
  return false
}

function turnAway(
  reply: FastifyReply,
  httpStatus: number,
  code: CardeaErrorCode,
  reason: string,
  retryable: boolean,
): void {
  reply
    .code(httpStatus)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ status: 'failed', code, reason, retryable }))
}

/** What is no name is refused by the door itself, in its own words. */
function claimed(headers: FastifyRequest['headers']): Agent | undefined {
  try {
    return requestAgent(headers)
  } catch {
    return undefined
  }
}

/** No headers, no body, and of the address only the route that it fell under. */
function answered(
  request: FastifyRequest,
  reply: FastifyReply,
  begun: number,
  { metrics, log, clock }: GateOptions,
): void {
  const route = request.routeOptions.url ?? 'none'
  metrics.requests.inc({ door: doorOf(route), status: `${Math.trunc(reply.statusCode / 100)}xx` })
  log.info('request', {
    request: request.id,
    method: request.method,
    route,
    status: reply.statusCode,
    ms: Math.round(clock.monotonic() - begun),
  })
}

function doorOf(route: string): string {
  if (/^\/mcp(\/|$)/.test(route)) return 'mcp'
  return /^\/v1\//.test(route) ? 'http' : 'other'
}

function factsOf(request: FastifyRequest, origin: string) {
  const certificate = thumbprint(request.socket)
  return {
    method: request.method,
    url: `${origin}${request.url}`,
    ...(certificate === undefined ? {} : { certificate }),
  }
}

/** Only of a certificate that the configured authorities vouch for. */
function thumbprint(socket: FastifyRequest['socket']): string | undefined {
  return socket instanceof TLSSocket && socket.authorized ? certificateThumbprint(socket) : undefined
}
