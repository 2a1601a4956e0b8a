import { z } from 'zod'
import type { DeepReadonly } from './deep-readonly.js'
import { columnPattern, count, labelName, oneOrMany, relationPattern, section, word } from './schema-parts.js'

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const kind = z.enum([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'ddl',
  'privilege',
  'session',
  'transaction',
  'maintenance',
  'procedural',
  'export',
  'import',
  'explain',
  'notification',
  'cursor',
])

const timezone = z.string().refine(isTimezone, 'must be an IANA time zone such as UTC or Europe/Berlin')

/** A repeating window. `hours` may pass midnight (`22:00-06:00`) and then belongs to the day it starts on. */
const window = section({
  days: oneOrMany(z.enum(DAYS)).optional(),
  hours: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must look like 08:00-18:00')
    .optional(),
  timezone: timezone.default('UTC'),
}).refine(({ days, hours }) => days !== undefined || hours !== undefined, 'must name days or hours')

const instant = z.iso.datetime({
  offset: true,
  error: 'must be a date and time with an offset, for example 2026-12-18T00:00:00+01:00',
})

/** A span that happens once: from `from` up to, not including, `to`. */
const freeze = section({ from: instant, to: instant }).refine(
  span => Date.parse(span.from) < Date.parse(span.to),
  'must end after it begins',
)

const EMPTY = 'is empty; name a condition or leave the key out'

/** What a rule asks of the caller, the place, the time and the statement. Every key given must hold. */
export const whenSchema = section({
  principal: section({
    roles: oneOrMany(word).optional(),
    groups: oneOrMany(word).optional(),
    subject: oneOrMany(word).optional(),
    issuer: oneOrMany(word).optional(),
    kind: oneOrMany(z.enum(['human', 'service', 'agent'])).optional(),
  })
    .refine(isFilled, EMPTY)
    .optional(),
  agent: section({ framework: oneOrMany(word).optional(), id: oneOrMany(word).optional() })
    .refine(isFilled, EMPTY)
    .optional(),
  dataSource: oneOrMany(word).optional(),
  environment: oneOrMany(word).optional(),
  window: window.optional(),
  freeze: freeze.optional(),
  kind: oneOrMany(kind).optional(),
  verb: oneOrMany(word).optional(),
  relation: oneOrMany(relationPattern).optional(),
  reads: oneOrMany(relationPattern).optional(),
  writes: oneOrMany(relationPattern).optional(),
  column: oneOrMany(columnPattern).optional(),
  label: section({
    output: oneOrMany(labelName).optional(),
    predicate: oneOrMany(labelName).optional(),
    written: oneOrMany(labelName).optional(),
  })
    .refine(isFilled, EMPTY)
    .optional(),
  scope: oneOrMany(z.enum(['none', 'tautology', 'keyed', 'bounded', 'open'])).optional(),
  function: oneOrMany(word).optional(),
  readOnly: z.boolean().optional(),
  maxRowsReturned: count.optional(),
  unlimited: z.boolean().optional(),
  analyzable: z.boolean().optional(),
})

export type When = DeepReadonly<z.output<typeof whenSchema>>

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function isFilled(conditions: object): boolean {
  return Object.values(conditions).some(value => value !== undefined)
}
