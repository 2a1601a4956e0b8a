/**
 * The policy language: one schema for YAML and TypeScript. What it accepts is described in
 * docs/policy.md; `policySchemaJson` turns it into the editor schema.
 */
import { z } from 'zod'
import type { DeepReadonly } from './deep-readonly.js'
import {
  columnPattern,
  count,
  duration,
  labelName,
  oneOrMany,
  prose,
  ruleId,
  section,
  word,
} from './schema-parts.js'
import { whenSchema } from './schema-when.js'

const approval = section({
  approvers: oneOrMany(word).optional(),
  quorum: z.int().min(1).max(10).optional(),
  decideWithin: duration.optional(),
  useWithin: duration.optional(),
  reasonRequired: z.boolean().optional(),
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

const limits = section({
  maxRows: count.default(10_000),
  maxAffectedRows: count.default(100),
  timeout: duration.default(15_000),
  approval: approval.default({}),
})

const masker = z.enum(['partial', 'last4', 'redact', 'null', 'keep'])

export const policySchema = section({
  version: z.literal(1, 'must be 1'),
  extends: z.literal('pci-baseline', 'the only preset is pci-baseline').optional(),
  labels: z.array(section({ column: columnPattern, label: labelName })).default([]),
  maskers: z.record(labelName, masker).default({}),
  rules: z.array(rule).default([]),
  exceptions: z.array(exception).default([]),
  unmask: z.array(unmask).default([]),
  limits: limits.default({ maxRows: 10_000, maxAffectedRows: 100, timeout: 15_000, approval: {} }),
})

/** What an author writes: a policy as YAML or TypeScript states it. */
export type PolicyDefinition = z.input<typeof policySchema>
/** The same with lists, milliseconds and defaults filled in. */
export type PolicyBody = z.output<typeof policySchema>
export type Rule = DeepReadonly<PolicyBody['rules'][number]>
export type ApprovalTerms = DeepReadonly<PolicyBody['limits']['approval']>
