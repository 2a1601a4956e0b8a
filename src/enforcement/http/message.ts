/** Bodies, query strings and headers as values. Strict: what is not understood is refused, never left out. */
import type { FastifyRequest } from 'fastify'
import { HttpProblem, invalid, malformed } from './refusal.js'

/** Bytes. A statement and its values, with room. */
export const LONGEST_BODY = 4 * 1024 * 1024
/** An object with a list in it is 2. */
const DEEPEST = 16
const JSON_TYPE = /^application\/json *(?:; *charset *= *"?utf-8"? *)?$/i

export type Members = Readonly<Record<string, unknown>>

/**
 * The JSON object of a request's body; an empty one for an empty body.
 *
 * @throws HttpProblem 400, 415
 */
export function bodyOf({ headers, body }: FastifyRequest): Members {
  if (headers['content-encoding'] !== undefined) throw malformed('The body must not be encoded.', 415)
  const bytes = body instanceof Uint8Array ? body : new Uint8Array()
  if (bytes.length === 0) return {}
  if (!JSON_TYPE.test(headers['content-type'] ?? ''))
    throw malformed('The body must be application/json in UTF-8.', 415)
  const value = parsed(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('The body must be one JSON object.')
  return value as Members
}

function parsed(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('The body is not UTF-8.')
  }
  if (depthOf(text) > DEEPEST) throw malformed('The body is nested too deep.')
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw malformed('The body is not JSON.')
  }
}

/**
 * Brackets that are open at once at most, strings apart. Right for JSON; anything else the parser refuses. One pass,
 * without a pattern: patterns go back over strings that do not end.
 */
function depthOf(text: string): number {
  let [depth, deepest, within] = [0, 0, false]
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (within) {
      if (character === '\\') at += 1
      else if (character === '"') within = false
    } else if (character === '"') within = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth -= 1
  }
  return deepest
}

/** Apart from the arguments of the tool: which database. */
export interface Asked {
  readonly dataSource?: string
  readonly args: Members
}

/** @throws HttpProblem 400 */
export function askedIn(members: Members): Asked {
  const { data_source: dataSource, ...args } = members
  if (dataSource === undefined || dataSource === null) return { args }
  if (typeof dataSource !== 'string') throw new HttpProblem(400, invalid('data_source must be a text.'))
  return { dataSource, args }
}

/**
 * The arguments of a query string. A name without a value is an absent one, as some clients write null.
 *
 * @throws HttpProblem 400 for a name that comes twice.
 */
export function queryOf({ query }: FastifyRequest): Members {
  const entries = Object.entries(query as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      if (typeof value !== 'string') throw malformed('A name in the query string comes twice.')
      return value === '' ? [] : [[name, value]]
    }),
  )
}

const QUOTED_KEY = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/
const BARE_KEY = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a structured field string, 1 to 255 characters.
 * The same without quotes is taken for the same key, since most clients leave them out.
 *
 * @throws HttpProblem 400
 */
export function idempotencyKey({ headers }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key']
  if (given === undefined) return undefined
  const text = typeof given === 'string' ? given.trim() : ''
  const key = QUOTED_KEY.exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? (BARE_KEY.test(text) ? text : undefined)
  if (key !== undefined) return key
  throw malformed('Idempotency-Key must be one string of 1 to 255 printable ASCII characters.')
}

/** `Prefer: status=http` (RFC 7240): the caller reads HTTP codes. */
export function wantsCodes({ headers }: FastifyRequest): boolean {
  return /(?:^|,)\s*status\s*=\s*(?:http|"http")\s*(?:[,;]|$)/i.test(String(headers['prefer'] ?? ''))
}

export function wantsLines({ headers }: FastifyRequest): boolean {
  return /(?:^|,)\s*application\/x-ndjson\s*(?:[,;]|$)/i.test(headers.accept ?? '')
}
