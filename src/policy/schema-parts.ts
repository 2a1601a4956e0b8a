import { z } from 'zod'
import { DURATION_PATTERN, milliseconds } from './duration.js'
import { patternParts } from './glob.js'

/** An object that refuses unknown keys and names the known ones. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: issue => {
      if (issue.code === 'unrecognized_keys')
        return `unknown key ${issue.keys.map(quoted).join(', ')}; known keys: ${known}`
      if (issue.code === 'invalid_type') return `must be a mapping with the keys ${known}`
      return undefined
    },
  })
}

/** One value, or a list of them; always a list afterwards. */
export function oneOrMany<Item extends z.ZodType>(item: Item) {
  return z
    .union([item, z.array(item).min(1, 'an empty list matches nothing; leave the key out')])
    .transform((value): z.output<Item>[] => (Array.isArray(value) ? value : [value]))
}

/** Ids appear in records and errors, so they are plain: letters, digits, dots, dashes, underscores. */
export const ruleId = z
  .string({ error: 'every rule needs an id: it appears in records and errors' })
  .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'an id is made of letters, digits, dots, dashes and underscores')
  .max(100)

export const word = z.string().trim().min(1, 'must not be empty').max(500)

/** Why something is so, for people: an approver, an assessor, the author's successor. */
export const prose = z.string().trim().min(3, 'say why in words').max(1000)

export const columnPattern = z
  .string()
  .refine(text => hasParts(text, 2, 3), 'must be relation.column or schema.relation.column; * is a wildcard')

export const relationPattern = z
  .string()
  .refine(text => hasParts(text, 1, 2), 'must be relation or schema.relation; * is a wildcard')

export const labelName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, 'a label is a lower-case word such as pan, email or salary')

/** Text such as `15s`; milliseconds afterwards. */
export const duration = z
  .string({ error: 'must be a duration such as 500ms, 15s, 5m or 2h' })
  .regex(DURATION_PATTERN, 'must be a duration such as 500ms, 15s, 5m or 2h')
  .transform(milliseconds)

const HOUR = 3_600_000

/** A duration with a longest value, in hours. */
export function durationUpTo(hours: number) {
  return duration.refine(ms => ms <= hours * HOUR, `must be ${hours}h at most`)
}

/** One person, never a pattern of people: who may be named here is on a list that a reader can count. */
export const person = word.refine(
  text => !text.includes('*'),
  'must be one person’s subject or e-mail address; wildcards are refused',
)

export const count = z.int('must be a whole number').min(1, 'must be at least 1').max(1_000_000_000)

function quoted(key: PropertyKey): string {
  return JSON.stringify(String(key))
}

function hasParts(pattern: string, least: number, most: number): boolean {
  const parts = patternParts(pattern)
  return parts !== null && parts.length >= least && parts.length <= most
}
