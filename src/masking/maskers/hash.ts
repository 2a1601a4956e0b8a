/**
 * `hash`: equal values give equal texts, and nothing else can be told from them. Keyed, because whoever can hash
 * can try all PANs of a BIN and last four in a second (PCI DSS 3.5.1.1).
 */
import type { Calendar } from './calendar.js'
import { canonical } from './canonical.js'
import type { MaskingKey } from './masking-key.js'

/** 128 bits of the value, 40 that tell an own hash from a text that only looks like one. */
const VALUE_BYTES = 16
const CHECK_BYTES = 5
const FORM = /^hmac:([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{28})$/

/** @returns `hmac:<id of the key>:<base64url>`; undefined for what cannot be compared. */
export function hashed(
  value: unknown,
  key: MaskingKey,
  label: string,
  calendar: Calendar,
): string | undefined {
  const known = canonical(value, calendar)
  if (known === undefined) return undefined
  if (known.form === 'text' && isHashed(known.text, key, label)) return known.text
  const digest = key.mac(`hash ${known.form}`, label, known.text).subarray(0, VALUE_BYTES)
  return `hmac:${key.id}:${Buffer.concat([digest, check(digest, key, label)]).toString('base64url')}`
}

/** Whether it is one of this key and label: a text of the form that somebody wrote into a row is none. */
function isHashed(text: string, key: MaskingKey, label: string): boolean {
  const [, id, encoded = ''] = FORM.exec(text) ?? []
  if (id !== key.id) return false
  const bytes = Buffer.from(encoded, 'base64url')
  return check(bytes.subarray(0, VALUE_BYTES), key, label).equals(bytes.subarray(VALUE_BYTES))
}

function check(digest: Uint8Array, key: MaskingKey, label: string): Buffer {
  return key.mac('hash check', label, digest).subarray(0, CHECK_BYTES)
}
