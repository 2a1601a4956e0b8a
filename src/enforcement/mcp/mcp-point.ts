/**
 * MCP over streamable HTTP. Nothing is kept between requests, so that any number of gateways can stand behind
 * one load balancer.
 */
import { isJsonContentType } from '@modelcontextprotocol/server'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Ids } from '../../util/ids.js'
import type { CallLedger } from '../call-ledger.js'
import type { Entrance } from '../entrance.js'
import { exchange } from '../exchange.js'
import type { Visit } from '../visit.js'
import { type CallsUnderWay, callsUnderWay } from './calls-under-way.js'
import { httpDesk } from './http-desk.js'
import { type McpHandler, mcpHandler } from './mcp-handler.js'
import { cancelledId, checkBatch, isInitialize, LONGEST_BODY, parsedMessage } from './message.js'
import { type ProtectedResourceOptions, serveMetadata } from './protected-resource.js'
import { checkRebinding, type RebindingOptions } from './rebinding.js'
import { McpProblem, malformed, problemOf, refuse, unparsed } from './refusal.js'
import type { ReleaseOptions } from './release.js'
import { visitOf } from './submission.js'

export interface McpPointOptions extends RebindingOptions, ProtectedResourceOptions {
  readonly entrance: Entrance
  readonly ledger: CallLedger
  readonly ids: Ids
  /** Cardea's, for `serverInfo`. */
  readonly version: string
}

interface Point extends McpPointOptions {
  readonly handler: McpHandler
  readonly underWay: CallsUnderWay
}

const PATHS = ['/mcp', '/mcp/:dataSource'] as const

/** A date, and what a draft puts before or behind it. */
const VERSION = /^(?:[A-Za-z]{1,10}-)?\d{4}(?:-\d\d){0,2}(?:-?[A-Za-z]{1,10}\d?)?$/
/** Names the connection for `notifications/cancelled`, and counts for nothing else. */
const SESSION = 'mcp-session-id'
/** `error` or `result`; see `ReleaseOptions`. Clients differ, so each says for itself. */
const DENIAL_AS = 'x-cardea-denial-as'
/** `true` or `false`. */
const STRUCTURED = 'x-cardea-structured'

/**
 * A Fastify plugin that serves `/mcp` (the default data source) and `/mcp/{dataSource}` to clients of both
 * protocol eras, and tells them where to get tokens (`/.well-known/oauth-protected-resource/mcp`).
 *
 * @throws TypeError for a `publicUrl` that is no URL.
 * @example
 * await server.register(mcpPoint({ entrance, ledger, ids, version: '0.1.0' }))
 */
export function mcpPoint(options: McpPointOptions): FastifyPluginAsync {
  const handler = mcpHandler({ name: 'cardea', version: options.version })
  const point: Point = { ...options, handler, underWay: callsUnderWay() }
  return async server => {
    const visits = new WeakMap<FastifyRequest, Visit>()
    // A body is parsed here and once, whatever it says it is.
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    server.setErrorHandler((error, request, reply) => {
      const problem = problemOf(error)
      if (problem.status === 500) request.log.error({ error: nameOf(error) }, 'an MCP request failed')
      return refuse(reply, problem)
    })
    server.addHook('onClose', () => handler.close())
    for (const url of PATHS) {
      server.post(url, {
        bodyLimit: LONGEST_BODY,
        // Before the body is read: nobody unknown makes the gateway keep one.
        onRequest: async request => {
          checkRebinding(request, options)
          visits.set(request, await visitOf(request, options.entrance, options))
        },
        handler: (request, reply) => post(point, request, reply, visits.get(request)),
      })
      server.route({
        method: ['GET', 'DELETE'],
        url,
        handler: async (_, reply) => refuse(reply, noSession()),
      })
    }
    serveMetadata(server, options)
  }
}

async function post(
  point: Point,
  request: FastifyRequest,
  reply: FastifyReply,
  visit: Visit | undefined,
): Promise<FastifyReply> {
  if (visit === undefined) throw new TypeError('a request without a caller')
  const { headers } = request
  if (!isJsonContentType(headers['content-type'] ?? null)) {
    throw malformed('The body must be application/json.', 415)
  }
  const message = parsedMessage(request.body instanceof Uint8Array ? request.body : new Uint8Array())
  if (message === undefined) throw unparsed()
  const version = text(headers['mcp-protocol-version'])
  // The library quotes one that it does not know.
  if (version !== undefined && !VERSION.test(version)) {
    throw malformed('The header mcp-protocol-version must name a protocol version, such as 2025-11-25.')
  }
  checkBatch(message, version)
  const session = text(headers[SESSION])
  const cancelled = cancelledId(message)
  if (cancelled !== undefined) point.underWay.cancel(visit.caller, session, cancelled)
  const watched = exchange(reply.raw)
  const { ledger, underWay, handler } = point
  const response = await handler.handle({
    request: webRequest(request, watched.signal),
    message,
    desk: httpDesk({ visit, exchange: watched, ledger, underWay, session }),
    release: releaseOptions(request),
  })
  if (isInitialize(message)) reply.header(SESSION, point.ids.next())
  reply.header('cache-control', 'no-store')
  return reply.send(await inOnePiece(response, reply))
}

/** A whole JSON answer leaves in one write, with its length. An event stream leaves as it comes. */
async function inOnePiece(response: Response, reply: FastifyReply): Promise<Response | Buffer> {
  const type = response.headers.get('content-type')
  if (!isJsonContentType(type)) return response
  reply.code(response.status).headers(Object.fromEntries(response.headers))
  return Buffer.from(await response.arrayBuffer())
}

function webRequest(request: FastifyRequest, signal: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    // The library has no use for who asks, and what it does not hold it cannot tell.
    if (typeof value === 'string' && !/^(authorization|dpop|cookie)$/.test(name)) headers.set(name, value)
  }
  return new Request('http://localhost/mcp', { method: 'POST', headers, signal })
}

function releaseOptions({ headers }: FastifyRequest): ReleaseOptions {
  const { [DENIAL_AS]: denialAs = 'error', [STRUCTURED]: structured = 'false' } = headers
  if (denialAs !== 'error' && denialAs !== 'result') {
    throw malformed(`The header ${DENIAL_AS} must be error or result.`)
  }
  if (structured !== 'true' && structured !== 'false') {
    throw malformed(`The header ${STRUCTURED} must be true or false.`)
  }
  return { denialAs, structured: structured === 'true' }
}

function noSession(): McpProblem {
  const message = 'This server keeps no session and sends nothing on its own: there is only POST.'
  return new McpProblem(405, 'CARDEA_REQUEST_REFUSED', message, { allow: 'POST' })
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
