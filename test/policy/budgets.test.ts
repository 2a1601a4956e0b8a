/** Budgets in a policy: what may be written, what becomes of it, and that it shows. */
import { describe, expect, test } from '@jest/globals'
import { PolicyInvalidError } from '../../src/errors.js'
import type { Decision } from '../../src/model/decision.js'
import type { Facts } from '../../src/model/facts.js'
import { isRefusal } from '../../src/model/refusal.js'
import { decide } from '../../src/policy/decide.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import { explainText } from '../../src/policy/explain-text.js'
import { parsePolicy } from '../../src/policy/load.js'
import type { PolicyEngine } from '../../src/policy/policy-engine.js'
import { policySchemaJson } from '../../src/policy/policy-schema-json.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import { analyzed, point } from './analyzed.js'
import { facts, id, out } from './facts.js'

const budgets = (list: string): string => `version: 1\nlimits:\n  budgets:\n${list}`

function problemsOf(text: string): readonly string[] {
  try {
    parsePolicy(text)
  } catch (error) {
    if (error instanceof PolicyInvalidError) return error.problems
    throw error
  }
  return []
}

describe('a mistake is named with its place', () => {
  test.each([
    [
      '    - { per: team, window: 1h, rows: 5 }',
      /^policy\.yaml:4:9 limits\.budgets\[0\]\.per: must be principal or session/,
    ],
    [
      '    - { per: principal, window: 1h }',
      /^policy\.yaml:4:7 limits\.budgets\[0\]: counts nothing: name rows, distinctPans or both/,
    ],
    [
      '    - { per: principal, rows: 5 }',
      /^policy\.yaml:4:7 limits\.budgets\[0\]: per: principal needs a window/,
    ],
    [
      '    - { per: principal, window: 1 hour, rows: 5 }',
      /^policy\.yaml:4:\d+ limits\.budgets\[0\]\.window: must be a duration/,
    ],
    ['    - { per: principal, window: 721h, rows: 5 }', /limits\.budgets\[0\]\.window: must be 720h at most/],
    ['    - { per: session, rows: 0 }', /limits\.budgets\[0\]\.rows: must be at least 1/],
    [
      '    - { per: session, distinctPans: 1.5 }',
      /limits\.budgets\[0\]\.distinctPans: must be a whole number/,
    ],
    ['    - { per: session, pans: 5 }', /unknown key "pans"; known keys: per, window, rows, distinctPans/],
    [
      '    - { per: session, window: 60m, rows: 5 }\n    - { per: session, window: 1h, distinctPans: 5 }',
      /^policy\.yaml:5:7 limits\.budgets\[1\]: is there twice; put rows and distinctPans into one/,
    ],
  ])('%s', (list, message) => {
    expect(problemsOf(budgets(list))).toEqual([expect.stringMatching(message)])
  })

  test('budgets of a rule', () => {
    const rule = 'version: 1\nrules:\n  - { id: a, effect: allow, limits: { budgets: [] } }\n'
    expect(problemsOf(rule)).toEqual([expect.stringContaining('unknown key "budgets"')])
  })
})

const list = [
  { per: 'session', rows: 100 },
  { per: 'principal', window: '1h', rows: 10_000, distinctPans: 50 },
  { per: 'principal', window: '24h', distinctPans: 200 },
] as const

const definition = (
  given: NonNullable<NonNullable<PolicyDefinition['limits']>['budgets']>,
): PolicyDefinition => ({
  version: 1,
  rules: [{ id: 'all', effect: 'allow' }],
  limits: { budgets: [...given] },
})

test('the order of budgets says nothing, and each number of them changes the policy', () => {
  const hash = definePolicy(definition([...list])).hash
  expect(definePolicy(definition([...list].reverse())).hash).toBe(hash)
  expect(definePolicy(definition([...list.slice(1), { ...list[0], rows: 101 }])).hash).not.toBe(hash)
  expect(definePolicy({ version: 1 }).hash).toBe(definePolicy({ version: 1, limits: {} }).hash)
})

test('the editor schema knows them', () => {
  expect(policySchemaJson()).toContain('distinctPans')
})

const read = facts({ output: [out('direct', id)] })
const control = facts({ effects: [{ kind: 'transaction', verb: 'begin' }] })

async function decisionUnder(engine: PolicyEngine, about: Facts): Promise<Decision> {
  const decided = await decide(point(engine), analyzed(about))
  if (isRefusal(decided)) throw new Error(decided.reason)
  return decided.decision
}

describe('a statement', () => {
  const engine = policyEngine(definePolicy(definition([...list])))

  test('that returns rows is counted against all of them, and its explanation says so', async () => {
    const decision = await decisionUnder(engine, read)
    expect(decision.obligations.budgets).toEqual([
      { per: 'principal', windowMs: 3_600_000, rows: 10_000, distinctPans: 50 },
      { per: 'principal', windowMs: 86_400_000, distinctPans: 200 },
      { per: 'session', rows: 100 },
    ])
    expect(Object.isFrozen(decision.obligations.budgets)).toBe(true)
    const text = explainText({ facts: read, decision }).map(line => line.trim())
    expect(text).toEqual(
      expect.arrayContaining([
        'counted against 10000 rows and 50 different card numbers per principal within 1h',
        'counted against 200 different card numbers per principal within 24h',
        'counted against 100 rows per session',
      ]),
    )
  })

  test('that only opens a transaction, and a policy without budgets, count for nothing', async () => {
    const driver = { issuer: 'driver' } as const
    const opened = await decide(point(engine), analyzed(control, driver))
    expect(!isRefusal(opened) && opened.decision.obligations).not.toHaveProperty('budgets')
    const none = policyEngine(definePolicy({ version: 1, rules: [{ id: 'all', effect: 'allow' }] }))
    expect((await decisionUnder(none, read)).obligations).not.toHaveProperty('budgets')
  })
})
