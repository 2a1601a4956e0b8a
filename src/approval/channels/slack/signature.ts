import { createHmac, timingSafeEqual } from 'node:crypto'

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
const TOLERANCE_MS = 5 * 60_000
const TIMESTAMP = /^[1-9]\d{0,11}$/

/** How long a signature must be remembered: its time may be as far ahead as it may later be behind. */
export const KEEP_MS = 2 * TOLERANCE_MS

/** The signature of a request from Slack, or null when it is missing, wrong or more than five minutes away. */
export function verifiedSignature(
  headers: Headers,
  body: Uint8Array,
  signingSecret: string,
  now: number,
): string | null {
  const timestamp = headers.get('x-slack-request-timestamp') ?? ''
  const given = Buffer.from(headers.get('x-slack-signature') ?? '')
  if (!TIMESTAMP.test(timestamp)) return null
  const hmac = createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(body)
  const expected = Buffer.from(`v0=${hmac.digest('hex')}`)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  if (Math.abs(Number(timestamp) * 1_000 - now) > TOLERANCE_MS) return null
  return given.toString()
}
