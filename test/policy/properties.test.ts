import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Effect, Obligations } from '../../src/model/decision.js'
import type { AnalyzedFacts, Facts } from '../../src/model/facts.js'
import { explain } from '../../src/policy/decide.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import type { Hook } from '../../src/policy/hooks.js'
import type { PolicyInput, Verdict } from '../../src/policy/policy-engine.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import { analyzed, point } from './analyzed.js'
import { bare, brand, cvv, email, facts, id, input, out, pan, ssn, unanalyzable } from './facts.js'

type Rule = NonNullable<PolicyDefinition['rules']>[number]

const STRENGTH: Record<Effect, number> = { allow: 0, require_approval: 1, deny: 2 }

const column = fc.constantFrom(id, brand, pan, cvv, ssn, email)
const effect = fc.record(
  {
    kind: fc.constantFrom('select', 'insert', 'update', 'delete', 'ddl', 'transaction', 'export', 'explain'),
    verb: fc.constantFrom('select', 'begin', 'create table', 'copy to'),
    scope: fc.constantFrom('none', 'keyed', 'open'),
  },
  { requiredKeys: ['kind', 'verb'] },
)
const relation = fc.record({
  schema: fc.constantFrom('public', 'hr', 'pg_catalog'),
  relation: fc.constantFrom('cards', 'customers', 'pg_class', 'pg_stats'),
  access: fc.constantFrom('read', 'write'),
  system: fc.boolean(),
})
const use = fc.record(
  {
    column,
    use: fc.constantFrom('output', 'predicate', 'join', 'order', 'assignment'),
    comparison: fc.constantFrom('equality-constant', 'null-test', 'pattern'),
  },
  { requiredKeys: ['column', 'use'] },
)
const output = fc.oneof(
  fc
    .tuple(fc.constantFrom('direct', 'derived', 'aggregate'), column)
    .map(([kind, source]) => out(kind, source)),
  fc.constant(bare()),
  fc.constant(bare({ kind: 'unknown', why: 'a record' })),
)
const anyFacts: fc.Arbitrary<Facts> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(unanalyzable(), unanalyzable('multiple_statements')) },
  {
    weight: 9,
    arbitrary: fc
      .record({
        effects: fc.array(effect, { minLength: 1, maxLength: 3 }),
        relations: fc.array(relation, { maxLength: 3 }),
        columns: fc.array(use, { maxLength: 3 }),
        output: fc.array(output, { maxLength: 3 }),
        readOnly: fc.boolean(),
      })
      .map(part => facts(part as Partial<AnalyzedFacts>)),
  },
)
const anyInput = fc
  .tuple(
    anyFacts,
    fc.subarray(['support', 'dba']),
    fc.constantFrom('production', 'staging'),
    fc.constantFrom('caller', 'driver'),
  )
  .map(([about, roles, environment, issuer]) =>
    input(about, {
      principal: { subject: 'a', issuer: 'i', roles },
      dataSource: { id: 'billing', environment },
      issuer: issuer as PolicyInput['issuer'],
    }),
  )

const when: fc.Arbitrary<Rule['when']> = fc.record(
  {
    principal: fc.record({ roles: fc.constantFrom('support', 'dba') }),
    environment: fc.constantFrom('production', 'staging'),
    kind: fc.subarray(['select', 'insert', 'delete'], { minLength: 1 }) as fc.Arbitrary<'select'[]>,
    relation: fc.constantFrom('public.*', 'hr.*'),
    column: fc.constantFrom('cards.*', 'public.customers.ssn'),
    label: fc.constant({ output: 'pan' }),
    readOnly: fc.boolean(),
    analyzable: fc.boolean(),
    window: fc.constant({ hours: '09:00-17:00' }),
  },
  { requiredKeys: [] },
)
const rules = (effects: readonly Effect[] = ['allow', 'deny', 'require_approval']): fc.Arbitrary<Rule[]> =>
  fc
    .array(
      fc.record({ effect: fc.constantFrom(...effects), when, unless: when }, { requiredKeys: ['effect'] }),
      { maxLength: 5 },
    )
    .map(list =>
      list.map((rule, index) => ({
        ...rule,
        id: `r${index}`,
        ...(rule.effect === 'require_approval' ? { approval: { quorum: index + 1 } } : {}),
      })),
    )
const preset = fc.constantFrom<Partial<PolicyDefinition>>({}, { extends: 'pci-baseline' })

function judge(definition: Omit<PolicyDefinition, 'version'>, about: PolicyInput): Verdict {
  return policyEngine(definePolicy({ version: 1, ...definition })).evaluate(about) as Verdict
}

test('an empty policy denies everything', () => {
  fc.assert(fc.property(anyInput, about => judge({}, about).effect === 'deny'))
})

test('the order of rules never matters, not even to the hash', () => {
  const shuffled = rules().chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )
  fc.assert(
    fc.property(preset, shuffled, anyInput, (base, [list, other], about) => {
      expect(judge({ ...base, rules: other }, about)).toEqual(judge({ ...base, rules: list }, about))
      expect(definePolicy({ version: 1, rules: other }).hash).toBe(
        definePolicy({ version: 1, rules: list }).hash,
      )
    }),
  )
})

test('a rule that denies or asks never loosens', () => {
  fc.assert(
    fc.property(preset, rules(), rules(['deny', 'require_approval']), anyInput, (base, list, more, about) => {
      const before = judge({ ...base, rules: list }, about)
      const added = more.map(rule => ({ ...rule, id: `x${rule.id}` }))
      const after = judge({ ...base, rules: [...list, ...added] }, about)
      // An approval rule is also a way in for what no rule covered: default-deny is the one exception.
      if (before.rule === 'default-deny') expect(after.effect).not.toBe('allow')
      else expect(STRENGTH[after.effect]).toBeGreaterThanOrEqual(STRENGTH[before.effect])
    }),
  )
})

test('adding a deny rule never turns a deny into anything else', () => {
  fc.assert(
    fc.property(preset, rules(), rules(['deny']), anyInput, (base, list, more, about) => {
      const before = judge({ ...base, rules: list }, about)
      const after = judge(
        { ...base, rules: [...list, ...more.map(rule => ({ ...rule, id: `x${rule.id}` }))] },
        about,
      )
      expect(STRENGTH[after.effect]).toBeGreaterThanOrEqual(STRENGTH[before.effect])
    }),
  )
})

test('no allowance of an author overrules the baseline', () => {
  fc.assert(
    fc.property(rules(['allow']), anyInput, (list, about) => {
      const base = judge({ extends: 'pci-baseline' }, about)
      const after = judge({ extends: 'pci-baseline', rules: list }, about)
      if (base.rule !== 'default-deny') expect(after.effect).toBe(base.effect)
    }),
  )
})

test('whatever is not denied has a mask for every column, and shows no SAD', () => {
  fc.assert(
    fc.property(preset, rules(), anyInput, (base, list, about) => {
      const { effect, obligations, approval } = judge({ ...base, rules: list }, about)
      expect(approval !== undefined).toBe(effect === 'require_approval')
      if (effect === 'deny' || !about.facts.analyzable) return
      const { mask } = obligations
      expect(mask === 'none' ? 0 : mask.length).toBe(about.facts.output.length)
      for (const { lineage } of about.facts.output) {
        if (lineage.kind === 'direct' || lineage.kind === 'derived')
          expect(lineage.sources).not.toContain(cvv)
      }
    }),
  )
})

type Act = {
  readonly deny?: string
  readonly ask?: string
  readonly limit?: Partial<Record<'maxRows' | 'maxAffectedRows' | 'timeoutMs', number>>
  readonly fail?: boolean
}
const act: fc.Arbitrary<Act> = fc.record(
  {
    deny: fc.constant('no'),
    ask: fc.constant('ask'),
    fail: fc.boolean(),
    limit: fc.record(
      {
        maxRows: fc.nat(20_000),
        maxAffectedRows: fc.nat(200),
        timeoutMs: fc.integer({ min: 1, max: 60_000 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)
const hookOf = (wish: Act, index: number): Hook => ({
  name: `h${index}`,
  beforeQuery(context) {
    if (wish.limit !== undefined) context.limit(wish.limit)
    if (wish.ask !== undefined) context.requireApproval(wish.ask)
    if (wish.deny !== undefined) context.deny(wish.deny)
    if (wish.fail) throw new Error('fails')
  },
})

test('hooks never loosen', async () => {
  await fc.assert(
    fc.asyncProperty(
      preset,
      rules(),
      anyFacts,
      fc.array(act, { maxLength: 3 }),
      async (base, list, about, acts) => {
        const engine = policyEngine(definePolicy({ version: 1, rules: list, ...base }))
        const { decision: plain } = await explain(point(engine), analyzed(about))
        const { decision: hooked } = await explain(point(engine, acts.map(hookOf)), analyzed(about))
        expect(STRENGTH[hooked.effect]).toBeGreaterThanOrEqual(STRENGTH[plain.effect])
        if (hooked.effect === 'deny') return
        expect(hooked.obligations.mask).toEqual(plain.obligations.mask)
        expect(hooked.obligations.readOnly).toBe(plain.obligations.readOnly)
        for (const key of ['maxRows', 'maxAffectedRows', 'timeoutMs'] as const) {
          expect(bound(hooked.obligations, key)).toBeLessThanOrEqual(bound(plain.obligations, key))
        }
      },
    ),
  )
})

function bound(obligations: Obligations, key: 'maxRows' | 'maxAffectedRows' | 'timeoutMs'): number {
  return obligations[key] ?? Number.POSITIVE_INFINITY
}
