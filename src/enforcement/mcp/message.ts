/** The body of a POST: one JSON-RPC message, or a batch where the client's protocol has batches. */
import { malformed } from './refusal.js'

/** Bytes of a body that are read at most. A statement that could ever be analyzed is far shorter. */
export const LONGEST_BODY = 1024 * 1024
const DEEPEST = 64
const LONGEST_BATCH = 20
/** The one protocol version of streamable HTTP with batches (2025-03-26, base protocol); also what no header means. */
const WITH_BATCHES = '2025-03-26'

/** @returns undefined for what is no JSON in UTF-8. @throws McpProblem for JSON that is nested too deep. */
export function parsedMessage(body: Uint8Array): unknown {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (isDeep(text)) throw malformed(`The body is nested deeper than ${DEEPEST} levels.`)
  return value
}

/** Counted in the text, because whatever walks the value could run out of stack. */
function isDeep(json: string): boolean {
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    if (depth > DEEPEST) return true
  }
  return false
}

/** @throws McpProblem for a batch that the client's protocol version does not have, or that is too long. */
export function checkBatch(message: unknown, version: string | undefined): void {
  if (!Array.isArray(message)) return
  if (version !== undefined && version !== WITH_BATCHES) {
    throw malformed('This protocol version has no batches: send one message for each request.')
  }
  if (message.length > LONGEST_BATCH) throw malformed(`A batch holds ${LONGEST_BATCH} messages at most.`)
}

/** The call that a notification of the 2025 protocol takes back. */
export function cancelledId(message: unknown): string | number | undefined {
  const { method, params } = fields(message)
  if (method !== 'notifications/cancelled') return undefined
  const { requestId } = fields(params)
  return typeof requestId === 'string' || typeof requestId === 'number' ? requestId : undefined
}

export function isInitialize(message: unknown): boolean {
  return fields(message)['method'] === 'initialize'
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
