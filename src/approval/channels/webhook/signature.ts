/** Whether a message bears a signature of Standard Webhooks (`util/webhook-signature.ts`), and keys for it. */
import { timingSafeEqual } from 'node:crypto'
import { ConfigurationError } from '../../../errors.js'
import { SHORTEST_WEBHOOK_SECRET, webhookKey, webhookSignature } from '../../../util/webhook-signature.js'

/** No full stop: it would let the boundary between id, time and body move. */
const MESSAGE_ID = /^[\w-]{1,128}$/
const TIMESTAMP = /^[1-9]\d{0,11}$/
const MOST_SIGNATURES = 16
const TOLERANCE_MS = 5 * 60_000

/** A message whose signature is right and whose time is near. */
export interface Signed {
  readonly id: string
}

/**
 * Keys from `whsec_…` texts, the first of which signs.
 *
 * @throws ConfigurationError that does not repeat the secret.
 */
export function webhookKeys(option: string, secrets: string | readonly string[]): readonly Buffer[] {
  const keys = (typeof secrets === 'string' ? [secrets] : secrets).map(secret => {
    const key = webhookKey(secret)
    if (key !== undefined) return key
    throw new ConfigurationError(
      `${option} must be whsec_ and the base64 of ${SHORTEST_WEBHOOK_SECRET} random bytes or more: ` +
        `echo "whsec_$(openssl rand -base64 ${SHORTEST_WEBHOOK_SECRET})"`,
    )
  })
  if (keys.length === 0) throw new ConfigurationError(`${option} needs one secret or more.`)
  return keys
}

/** @throws ConfigurationError when one key is in both lists: then a message sent back would pass as an answer. */
export function demandDistinct(keys: readonly Buffer[], others: readonly Buffer[]): void {
  if (!keys.some(key => others.some(other => key.equals(other)))) return
  throw new ConfigurationError('webhookApproval: the two directions need different secrets.')
}

/** Null when anything about the message is missing, malformed, wrong or more than five minutes away. */
export function verifySigned(
  headers: Headers,
  body: Uint8Array,
  keys: readonly Buffer[],
  now: number,
): Signed | null {
  const id = headers.get('webhook-id') ?? ''
  const timestamp = headers.get('webhook-timestamp') ?? ''
  const given = (headers.get('webhook-signature') ?? '').split(' ')
  if (!MESSAGE_ID.test(id) || !TIMESTAMP.test(timestamp) || given.length > MOST_SIGNATURES) return null
  const expected = keys.map(key => Buffer.from(webhookSignature(key, id, timestamp, body)))
  let right = false
  for (const signature of given) {
    // Compared as text: a base64 text has several spellings.
    const bytes = Buffer.from(signature)
    for (const one of expected) {
      if (bytes.length === one.length && timingSafeEqual(bytes, one)) right = true
    }
  }
  if (!right || Math.abs(Number(timestamp) * 1_000 - now) > TOLERANCE_MS) return null
  return { id }
}

/** How long a message must be remembered: its time may be as far ahead as it may later be behind. */
export const KEEP_MS = 2 * TOLERANCE_MS
