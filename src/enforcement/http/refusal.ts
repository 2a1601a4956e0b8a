/** What the door itself refuses, before or beside any tool: real HTTP codes, in the JSON of the tools. */
import type { FastifyReply } from 'fastify'
import { CardeaError, type CardeaErrorCode } from '../../errors.js'

export interface ProblemBody {
  readonly status: 'denied' | 'failed' | 'invalid'
  readonly code: CardeaErrorCode
  /** Holds nothing that the caller sent. */
  readonly reason: string
  readonly retryable: boolean
}

export class HttpProblem extends Error {
  constructor(
    readonly httpStatus: number,
    readonly body: ProblemBody,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.reason)
    this.name = 'HttpProblem'
  }
}

/** A request that this API does not take. */
export function malformed(
  reason: string,
  httpStatus = 400,
  headers: Readonly<Record<string, string>> = {},
): HttpProblem {
  const body = { status: 'failed', code: 'CARDEA_REQUEST_REFUSED', reason, retryable: false } as const
  return new HttpProblem(httpStatus, body, headers)
}

/** Arguments that no tool takes; the caller decides whether the code says so (see `answered`). */
export function invalid(reason: string): ProblemBody {
  return { status: 'invalid', code: 'CARDEA_TOOL_ARGUMENTS', reason, retryable: false }
}

/** What Fastify and Node say, in words that repeat nothing. */
const WORDS: Readonly<Record<number, string>> = {
  400: 'The request is not well-formed.',
  404: 'There is nothing at this address. GET /v1/openapi.json says what there is.',
  408: 'The request did not arrive whole in time.',
  413: 'The body is too long.',
  414: 'The address is too long.',
  415: 'The body must be application/json in UTF-8, without an encoding.',
  431: 'The headers are too long.',
  503: 'The gateway is closing. Send the request to another, or later.',
}

/** Any error as a problem; what nobody foresaw is a 500 that says nothing. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (error instanceof CardeaError && error.code === 'CARDEA_REQUEST_REFUSED') return malformed(error.message)
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
  const words = WORDS[status]
  if (words !== undefined) return malformed(words, status)
  if (status >= 400 && status < 500) return malformed(WORDS[400] ?? '')
  const reason =
    'The gateway could not work on the request. Whether data was changed is not known: read it before trying again.'
  return new HttpProblem(500, {
    status: 'failed',
    code: 'CARDEA_CONNECTION_FAILED',
    reason,
    retryable: false,
  })
}

export function refuse(reply: FastifyReply, { httpStatus, body, headers }: HttpProblem): FastifyReply {
  return reply.code(httpStatus).headers(headers).send(body)
}

/** For `frameworkErrors` of the server that the door is registered on: addresses that Fastify cannot read. */
export function unreadable(error: unknown, _: unknown, reply: FastifyReply): void {
  void refuse(reply, problemOf(error))
}
