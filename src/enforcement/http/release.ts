/** Tools' answers in HTTP. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ToolResult } from '../../model/tool.js'
import { wantsCodes } from './message.js'

/** Codes for callers that read them; see docs/http.md. */
const BY_CODE: Readonly<Record<string, number>> = {
  CARDEA_IDENTITY_REFUSED: 401,
  CARDEA_APPROVAL_LIMIT: 429,
  CARDEA_APPROVAL_UNAVAILABLE: 503,
  CARDEA_BUDGET_EXCEEDED: 429,
  CARDEA_BUDGET_UNAVAILABLE: 503,
  CARDEA_TIMEOUT: 504,
  CARDEA_ABANDONED: 504,
  CARDEA_CALL_UNDERWAY: 409,
  CARDEA_OUTCOME_UNKNOWN: 409,
  CARDEA_IDEMPOTENCY_KEY: 422,
  CARDEA_BINDING_REFUSED: 400,
  CARDEA_SURFACE_REFUSED: 400,
  CARDEA_TOOL_ARGUMENTS: 400,
  CARDEA_TOOL_UNKNOWN: 404,
  CARDEA_AUDIT_UNAVAILABLE: 503,
  CARDEA_CATALOG_UNAVAILABLE: 503,
  CARDEA_STORE_UNAVAILABLE: 503,
  CARDEA_CONNECTION_FAILED: 503,
  CARDEA_CLOSED: 503,
}

const BY_STATUS: Readonly<Record<string, number>> = {
  ok: 200,
  executed: 200,
  approval_required: 202,
  pending: 202,
  approved: 200,
  denied: 403,
  consumed: 410,
  expired: 410,
  invalid: 400,
}

/** @param text one JSON object, as every tool answers. */
export function httpStatusOf(text: string): number {
  const { status, code, retryable } = JSON.parse(text) as Readonly<Record<string, unknown>>
  const known = BY_CODE[String(code)] ?? BY_STATUS[String(status)]
  if (known !== undefined) return known
  if (typeof code === 'string' && code.startsWith('CARDEA_')) return 500
  // The database's own error: a conflict that may pass, or a statement that it cannot work on.
  return retryable === true ? 409 : 422
}

/** Sends an answer: HTTP 200, unless the caller says that it reads codes. */
export function answered(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  type = 'application/json',
): FastifyReply {
  if (wantsCodes(request)) {
    const status = httpStatusOf(text)
    reply.code(status).header('preference-applied', 'status=http')
    if (status === 503 || status === 429) reply.header('retry-after', '5')
  }
  return reply.type(type).send(text)
}

/** The one JSON text of a result. */
export function textOf({ result }: ToolResult): string {
  const [first] = result
  return first?.content ?? '{}'
}
