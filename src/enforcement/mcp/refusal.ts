/** Requests that never reach a tool, refused in JSON-RPC's words under HTTP's status. */
import type { FastifyReply } from 'fastify'
import type { CardeaErrorCode } from '../../errors.js'

export class McpProblem extends Error {
  readonly status: number
  readonly code: CardeaErrorCode
  readonly headers: Readonly<Record<string, string>>

  /** @param message for the caller: nothing that the caller did not send or may not know. */
  constructor(
    status: number,
    code: CardeaErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.name = 'McpProblem'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** A request that is not well-formed. */
export function malformed(message: string, status = 400): McpProblem {
  return new McpProblem(status, 'CARDEA_REQUEST_REFUSED', message)
}

class UnparsedProblem extends McpProblem {}

/** A body that is no JSON. */
export function unparsed(): McpProblem {
  return new UnparsedProblem(400, 'CARDEA_REQUEST_REFUSED', 'The body is no JSON in UTF-8.')
}

/** Whatever went wrong, in words that give nothing away. */
export function problemOf(error: unknown): McpProblem {
  if (error instanceof McpProblem) return error
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500
  if (status === 413) return malformed('The body is too long.', 413)
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return malformed('The request is not well-formed.', status)
  }
  return new McpProblem(500, 'CARDEA_REQUEST_REFUSED', 'The gateway could not work on the request.')
}

/** JSON-RPC 2.0, section 5.1; -32000 is the first number that it leaves to servers. No id: it was not read that far. */
export function refuse(reply: FastifyReply, problem: McpProblem): FastifyReply {
  const { status, code: name, headers, message } = problem
  const code = problem instanceof UnparsedProblem ? -32700 : status === 400 ? -32600 : -32000
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', ...headers })
    .type('application/json')
    .send(JSON.stringify({ jsonrpc: '2.0', error: { code, message, data: { code: name } }, id: null }))
}
