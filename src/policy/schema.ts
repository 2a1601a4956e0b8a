/**
 * The policy language: one schema for YAML and TypeScript. What it accepts is described in
 * docs/policy.md; `policySchemaJson` turns it into the editor schema.
 */
import { z } from 'zod'
import { PACKS } from '../model/pack.js'
import type { DeepReadonly } from './deep-readonly.js'
import {
  columnPattern,
  count,
  duration,
  durationUpTo,
  labelName,
  oneOrMany,
  person,
  prose,
  ruleId,
  section,
  word,
} from './schema-parts.js'
import { whenSchema } from './schema-when.js'

/** A request, and a person's memory of it, fits into a week; a grant into a day; a window into a working day. */
const approval = section({
  approvers: oneOrMany(word).optional(),
  quorum: z.int().min(1).max(10).optional(),
  decideWithin: durationUpTo(168).optional(),
  useWithin: durationUpTo(24).optional(),
  reasonRequired: z.boolean().optional(),
  ticketRequired: z.boolean().optional(),
  amr: oneOrMany(word).optional(),
  coolDown: durationUpTo(24).optional(),
  maxPending: count.optional(),
  maxPerHour: count.optional(),
  window: z.union([section({ maxDuration: durationUpTo(12), maxRows: count }), z.literal(false)]).optional(),
})

/** An hour, and several factors: access for exceptional circumstances only (PCI DSS 8.2.2, 8.4.2). */
const breakGlass = section({
  people: oneOrMany(person),
  maxDuration: durationUpTo(1).default(3_600_000),
  amr: oneOrMany(word).default(['mfa']),
  reviewers: oneOrMany(word).default([]),
  reviewWithin: durationUpTo(720).default(259_200_000),
})

const ruleLimits = section({
  maxRows: count.optional(),
  maxAffectedRows: count.optional(),
  timeout: duration.optional(),
})

const rule = section({
  id: ruleId,
  effect: z.enum(['allow', 'deny', 'require_approval']),
  when: whenSchema.optional(),
  unless: whenSchema.optional(),
  reason: prose.optional(),
  approval: approval.optional(),
  limits: ruleLimits.optional(),
})

const exception = section({ id: ruleId, lifts: word, when: whenSchema, reason: prose })

const unmask = section({
  id: ruleId,
  columns: oneOrMany(columnPattern),
  roles: oneOrMany(word),
  reason: prose,
})

/** A month is as long as anybody can say that what was used is the same job. */
const budget = section({
  per: z.enum(['principal', 'session'], 'must be principal or session'),
  window: durationUpTo(720).optional(),
  rows: count.optional(),
  distinctPans: count.optional(),
})

const limits = section({
  maxRows: count.default(10_000),
  maxAffectedRows: count.default(100),
  timeout: duration.default(15_000),
  approval: approval.default({}),
  budgets: z.array(budget).max(20, 'must be 20 at most').optional(),
})

const MASKER =
  'must be redact, last4, null, keep, hash, tokenise, { generalise: … } or, for pan, partial or first8'
const COARSENESS = 'must be month, year or decade for dates, or for numbers the width of a range: 2 or more'

/** A range as wide as what a double counts exactly would say nothing. */
const masker = z.union([
  z.enum(['partial', 'first8', 'last4', 'redact', 'null', 'keep', 'hash', 'tokenise'], MASKER),
  section({
    generalise: z.union([
      z.enum(['month', 'year', 'decade'], COARSENESS),
      z.int(COARSENESS).min(2, COARSENESS).max(1_000_000_000_000_000, COARSENESS),
    ]),
  }),
])

const pack = z.enum(PACKS, `must be one of ${PACKS.join(', ')}`)

export const policySchema = section({
  version: z.literal(1, 'must be 1'),
  extends: z.literal('pci-baseline', 'the only preset is pci-baseline').optional(),
  labels: z.array(section({ column: columnPattern, label: labelName })).default([]),
  maskers: z.record(labelName, masker).default({}),
  detect: oneOrMany(pack).optional(),
  rules: z.array(rule).default([]),
  exceptions: z.array(exception).default([]),
  unmask: z.array(unmask).default([]),
  breakGlass: breakGlass.optional(),
  limits: limits.default({ maxRows: 10_000, maxAffectedRows: 100, timeout: 15_000, approval: {} }),
})

/** What an author writes: a policy as YAML or TypeScript states it. */
export type PolicyDefinition = z.input<typeof policySchema>
/** The same with lists, milliseconds and defaults filled in. */
export type PolicyBody = z.output<typeof policySchema>
export type Rule = DeepReadonly<PolicyBody['rules'][number]>
export type ApprovalTerms = DeepReadonly<PolicyBody['limits']['approval']>
export type BreakGlassSection = DeepReadonly<NonNullable<PolicyBody['breakGlass']>>
