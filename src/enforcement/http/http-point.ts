/** The HTTP API: the tools of an agent as routes (docs/http.md). It decides nothing. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { Principal } from '../../model/principal.js'
import type { CallLedger } from '../call-ledger.js'
import type { Entrance } from '../entrance.js'
import { exchange } from '../exchange.js'
import type { Visit } from '../visit.js'
import { type Asked, askedIn, bodyOf, idempotencyKey, LONGEST_BODY, queryOf, wantsLines } from './message.js'
import { openApi } from './openapi.js'
import { queryLines } from './query-lines.js'
import { malformed, problemOf, refuse } from './refusal.js'
import { answered, textOf } from './release.js'
import { standingText } from './standing.js'
import { principalOf, visitOf } from './submission.js'

export interface HttpPointOptions {
  readonly entrance: Entrance
  readonly ledger: CallLedger
  /** Cardea's, for the OpenAPI document. */
  readonly version: string
  /** Origin under which clients address the gateway, for example `'https://gateway.corp.example'`; DPoP proofs name it. */
  readonly publicUrl?: string
}

/** One path and method: which tool its requests call. */
interface Route {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly answer: (
    request: FastifyRequest,
    reply: FastifyReply,
    visit: Visit,
    args: Asked['args'],
  ) => Promise<FastifyReply>
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * A Fastify plugin that serves `/v1/…`.
 *
 * @throws TypeError for a `publicUrl` that is no URL.
 * @example
 * await server.register(httpPoint({ entrance, ledger, version: '0.1.0' }))
 */
export function httpPoint(options: HttpPointOptions): FastifyPluginAsync {
  const { entrance, publicUrl } = options
  if (publicUrl !== undefined) new URL(publicUrl)
  return async outer => {
    await outer.register(
      async server => {
        const principals = new WeakMap<FastifyRequest, Principal>()
        guard(server)
        for (const { method, url, answer } of routesOf(options)) {
          server.route({
            method,
            url,
            bodyLimit: LONGEST_BODY,
            exposeHeadRoute: false,
            // Before the body is read: nobody unknown makes the gateway keep one.
            onRequest: async request => {
              if (request.headers.origin !== undefined) throw malformed(ORIGIN, 403)
              principals.set(request, await principalOf(request, entrance, publicUrl))
            },
            handler: (request, reply) => {
              const principal = principals.get(request)
              if (principal === undefined) throw new TypeError('a request without a caller')
              const { dataSource, args } = askedIn(method === 'GET' ? queryOf(request) : bodyOf(request))
              return answer(request, reply, visitOf(request, entrance, principal, dataSource), args)
            },
          })
        }
        refuseOtherMethods(server, routesOf(options))
      },
      { prefix: '/v1' },
    )
  }
}

const ORIGIN = 'Web pages cannot use this API. Call it from a server.'

/** Bodies are parsed once and by us; whatever goes wrong is told in the same JSON, without what was sent. */
function guard(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  server.setNotFoundHandler((_, reply) => refuse(reply, problemOf({ statusCode: 404 })))
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem.httpStatus === 500) {
      request.log.error(
        { error: error instanceof Error ? error.name : typeof error },
        'an HTTP request failed',
      )
    }
    return refuse(reply, problem)
  })
  server.addHook('onRequest', async (_, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })
}

function routesOf(options: HttpPointOptions): readonly Route[] {
  const tool =
    (name: string, more: (request: FastifyRequest) => Asked['args'] = () => ({})): Route['answer'] =>
    (request, reply, visit, args) =>
      callTool(options.ledger, request, reply, visit, name, { ...args, ...more(request) })
  const parameter = (request: FastifyRequest, name: string): string =>
    (request.params as Readonly<Record<string, string>>)[name] ?? ''
  const queryTool = tool('query')
  return [
    {
      method: 'POST',
      url: '/query',
      answer: (request, reply, visit, args) =>
        wantsLines(request)
          ? queryLines(request, reply, visit.admission.statements, args)
          : queryTool(request, reply, visit, args),
    },
    { method: 'POST', url: '/execute', answer: tool('execute') },
    { method: 'POST', url: '/explain', answer: tool('explain_policy') },
    {
      method: 'POST',
      url: '/approvals/:id',
      answer: tool('approval_status', request => ({ approval_id: parameter(request, 'id') })),
    },
    {
      method: 'GET',
      url: '/approvals/:id',
      answer: async (request, reply, { admission }, args) => {
        none(args)
        return answered(
          request,
          reply,
          standingText(await admission.statements.standing(parameter(request, 'id'))),
        )
      },
    },
    { method: 'GET', url: '/tables', answer: tool('list_tables') },
    {
      method: 'GET',
      url: '/tables/:name',
      answer: tool('describe_table', request => ({ table: parameter(request, 'name') })),
    },
    {
      method: 'GET',
      url: '/openapi.json',
      answer: async (_, reply, { admission }, args) => {
        none(args)
        return reply.send(openApi(admission.tools.listTools(), options.version))
      },
    },
  ]
}

/** @throws HttpProblem 400 */
function none(args: Asked['args']): void {
  if (Object.keys(args).length > 0) throw malformed('Only data_source can stand in the query string.')
}

async function callTool(
  ledger: CallLedger,
  request: FastifyRequest,
  reply: FastifyReply,
  { admission: { tools }, caller, trace }: Visit,
  tool: string,
  args: Asked['args'],
): Promise<FastifyReply> {
  const key = idempotencyKey(request)
  const { signal, hold } = exchange(reply.raw)
  const work = () => tools.callTool(tool, args, { signal, trace })
  if (!tools.mayWrite(tool)) return answered(request, reply, textOf(await work()))
  const call = { caller, tool, args, ...(key === undefined ? {} : { idempotencyKey: key }) }
  const carried = await ledger.carry(call, work)
  hold(carried)
  if (carried.repeated) reply.header('idempotent-replayed', 'true')
  return answered(request, reply, textOf(carried.result))
}

function refuseOtherMethods(server: FastifyInstance, routes: readonly Route[]): void {
  for (const url of new Set(routes.map(route => route.url))) {
    const allowed = routes.filter(route => route.url === url).map(({ method }) => method)
    server.route({
      method: METHODS.filter(method => !allowed.some(one => one === method)),
      url,
      handler: async () => {
        throw malformed(`This address takes ${allowed.join(' and ')} only.`, 405, {
          allow: allowed.join(', '),
        })
      },
    })
  }
}
