/**
 * `tokenise`: a stand-in as long as the value, the same for the same value. A mark and letters: no token has a
 * digit, so none passes as a PAN, and none shares digits with a truncation of the same PAN (PCI DSS 3.5.1).
 */
import type { Calendar } from './calendar.js'
import { canonical } from './canonical.js'
import { letters, type MaskingKey } from './masking-key.js'

const MARK = '~'
/** No vowels, so that no words come out. */
const ALPHABET = 'bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ'
const FORM = new RegExp(`^${MARK}[${ALPHABET}]{11,31}$`)
/** Shorter and longer values are told by no length of their own. */
const SHORTEST = 12
const LONGEST = 32
/** The last ones tell a token from a text that only looks like one. */
const CHECK_LETTERS = 4

/** @returns undefined for what has no text of its own, such as JSON. */
export function tokenised(
  value: unknown,
  key: MaskingKey,
  label: string,
  calendar: Calendar,
): string | undefined {
  const known = canonical(value, calendar)
  if (known === undefined || known.form === 'json') return undefined
  const { form, text } = known
  if (form === 'text' && isToken(text, key, label)) return text
  const length = Math.min(Math.max(text.length, SHORTEST), LONGEST)
  const body = letters(key.mac(`token ${form}`, label, text), length - 1 - CHECK_LETTERS, ALPHABET)
  return MARK + body + check(body, key, label)
}

function isToken(text: string, key: MaskingKey, label: string): boolean {
  if (!FORM.test(text)) return false
  const body = text.slice(1, -CHECK_LETTERS)
  return check(body, key, label) === text.slice(-CHECK_LETTERS)
}

function check(body: string, key: MaskingKey, label: string): string {
  return letters(key.mac('token check', label, body), CHECK_LETTERS, ALPHABET)
}
