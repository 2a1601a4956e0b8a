/**
 * Signatures as Standard Webhooks 1.0.0 has them (https://www.standardwebhooks.com): HMAC-SHA256 over
 * `id.timestamp.body`, base64, behind `v1,`. Asymmetric signatures (`v1a`) are not accepted.
 */
import { createHmac } from 'node:crypto'

/** Bytes of the shortest secret that is taken. */
export const SHORTEST_WEBHOOK_SECRET = 32
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/

/** The key of a text `whsec_<base64>`; undefined where it is none, or too short. */
export function webhookKey(secret: string): Buffer | undefined {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? '', 'base64')
  return key.length >= SHORTEST_WEBHOOK_SECRET ? key : undefined
}

/** @param timestamp seconds since the Unix epoch. */
export function webhookSignature(
  key: Buffer,
  id: string,
  timestamp: string,
  body: Uint8Array | string,
): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** The three headers of a message. @param keys each signs. @param now milliseconds since the Unix epoch. */
export function webhookHeaders(
  keys: readonly Buffer[],
  id: string,
  now: number,
  body: Uint8Array | string,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map(key => webhookSignature(key, id, timestamp, body)).join(' '),
  }
}
