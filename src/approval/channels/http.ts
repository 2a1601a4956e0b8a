/** What the channels share when they speak HTTP: strict reading, and answers that give nothing away. */
import type { ApprovalQueue } from '../approval-queue.js'

/** Bytes of a request body that are read at most. The longest reason is far below. */
export const LONGEST_BODY = 64 * 1024

const MEDIA_TYPE = /^([\w.+-]+\/[\w.+-]+)(?:;|$)/

/** A request that cannot be served, with the response that says so. */
export class HttpProblem extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  /** @param message for the caller: nothing that the caller did not send or may not know. */
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'HttpProblem'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  })
}

/** Turns whatever the work throws into a response; only an `HttpProblem` says more than that it failed. */
export async function respond(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    const { status, code, message, headers } =
      error instanceof HttpProblem ? error : new HttpProblem(500, 'internal', 'Something went wrong here.')
    return jsonResponse(status, { error: { code, message } }, headers)
  }
}

/** The queue rejects only where the store or the trail cannot work; then nothing was counted. */
export async function fromQueue<T>(
  queue: ApprovalQueue | undefined,
  use: (queue: ApprovalQueue) => Promise<T>,
): Promise<T> {
  if (queue === undefined) throw unavailable()
  try {
    return await use(queue)
  } catch {
    throw unavailable()
  }
}

export function unavailable(): HttpProblem {
  return new HttpProblem(503, 'unavailable', 'Approvals cannot be reached now; nothing was counted.', {
    'retry-after': '5',
  })
}

/** @throws HttpProblem 405 */
export function demandMethod(request: Request, method: 'GET' | 'POST'): void {
  if (request.method === method) return
  throw new HttpProblem(405, 'method_not_allowed', `This takes ${method} only.`, { allow: method })
}

/** The raw body of a POST. @throws HttpProblem 405, 413, 415 */
export async function readBody(request: Request, mediaType: string): Promise<Uint8Array> {
  demandMethod(request, 'POST')
  const given = MEDIA_TYPE.exec(request.headers.get('content-type') ?? '')?.[1]?.toLowerCase()
  if (given !== mediaType)
    throw new HttpProblem(415, 'unsupported_media_type', `The body must be ${mediaType}.`)
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (!(announced <= LONGEST_BODY)) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength
    if (length > LONGEST_BODY) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(): HttpProblem {
  return new HttpProblem(413, 'too_large', `The body may have ${LONGEST_BODY} bytes at most.`)
}

/** Text of bytes that must be well-formed UTF-8. @throws HttpProblem 400 */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new HttpProblem(400, 'malformed', 'The body is not UTF-8.')
  }
}

/** @throws HttpProblem 400 for anything but one JSON object. */
export function jsonObject(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    if (isFields(value)) return value
  } catch {
    // Said below: what the parser quotes is not repeated.
  }
  throw new HttpProblem(400, 'malformed', 'The body must be one JSON object.')
}

/** Members of a JSON object that nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Members that nobody asked for are refused, not ignored: an `approver` in the wrong place must not look
 * as if it had counted. @throws HttpProblem 400
 */
export function demandOnly(fields: Fields, known: readonly string[]): void {
  const all = Object.keys(fields)
  if (all.every(name => known.includes(name))) return
  throw new HttpProblem(400, 'malformed', `Only these members are known here: ${known.join(', ')}.`)
}

/** @throws HttpProblem 400 when the member is there and no text. */
export function optionalText(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (value === undefined || typeof value === 'string') return value
  throw new HttpProblem(400, 'malformed', `The member ${name} must be a text.`)
}

/** @throws HttpProblem 400 when the member is not there, or no text but white space. */
export function demandText(fields: Fields, name: string): string {
  const value = optionalText(fields, name)
  if (value !== undefined && value.trim() !== '') return value
  throw new HttpProblem(400, 'malformed', `The member ${name} must be a text, and is missing or empty.`)
}

/** `decision`, `reason` and `ticket`, without who said it. @throws HttpProblem 400 */
export function wordsOf(fields: Fields): {
  readonly decision: 'approved' | 'denied'
  readonly reason?: string
  readonly ticket?: string
} {
  const decision = optionalText(fields, 'decision')
  if (decision !== 'approved' && decision !== 'denied') {
    throw new HttpProblem(400, 'malformed', 'The member decision must be "approved" or "denied".')
  }
  const reason = optionalText(fields, 'reason')
  const ticket = optionalText(fields, 'ticket')
  return {
    decision,
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
  }
}
