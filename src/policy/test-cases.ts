/** The file format of `cardea policy test`: a list of statements and the verdict expected for each. */
import { z } from 'zod'
import { PolicyInvalidError } from '../errors.js'
import { section, word } from './schema-parts.js'
import { problemsOf } from './validate.js'
import { readYaml } from './yaml-source.js'

const binding = z.union([z.string(), z.number(), z.boolean(), z.null()])

const method = z.enum([
  'keep',
  'scan',
  'partial',
  'first8',
  'last4',
  'hash',
  'tokenise',
  'generalise',
  'redact',
  'null',
])

const testCase = section({
  name: word.optional(),
  sql: z.string().min(1, 'must not be empty'),
  bindings: z.array(binding).default([]),
  as: section({
    subject: word.default('policy-test'),
    issuer: word.default('policy-test'),
    kind: z.enum(['human', 'service', 'agent']).optional(),
    roles: z.array(word).default([]),
    groups: z.array(word).default([]),
  }).default({ subject: 'policy-test', issuer: 'policy-test', roles: [], groups: [] }),
  agent: section({ framework: word, id: word }).optional(),
  expect: z.enum(['allow', 'deny', 'require_approval']),
  rule: word.optional(),
  columns: z.record(z.string(), method).optional(),
})

const testFile = z
  .array(testCase, 'must be a list of cases')
  .min(1, 'holds no case, so it would prove nothing')

export type PolicyTestCase = z.output<typeof testCase>

/** @throws PolicyInvalidError with one line-numbered entry per mistake. */
export function parsePolicyTests(text: string, file: string): readonly PolicyTestCase[] {
  const reading = readYaml(text, file)
  if (!reading.readable) throw new PolicyInvalidError(reading.problems)
  const parsed = testFile.safeParse(reading.source.value)
  if (parsed.success) return parsed.data
  throw new PolicyInvalidError(problemsOf(parsed.error).map(problem => reading.source.describe(problem)))
}
