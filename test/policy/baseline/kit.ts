/** What the tests of single baseline rules share: cases that must and must not match, on each dialect. */
import { describe, expect, test } from '@jest/globals'
import type { Dialect } from '../../../src/model/dialect.js'
import type { AnalyzedFacts, Facts, RelationUse } from '../../../src/model/facts.js'
import { definePolicy } from '../../../src/policy/define-policy.js'
import { policyEngine } from '../../../src/policy/engine.js'
import type { PolicyInput, Verdict } from '../../../src/policy/policy-engine.js'
import { PCI_BASELINE } from '../../../src/policy/presets/pci-baseline.js'
import { bare, facts, input } from '../facts.js'

export const DIALECTS: readonly Dialect[] = ['postgres', 'mysql', 'sqlite']

const engine = policyEngine(definePolicy({ version: 1, extends: 'pci-baseline' }))

/** A case: what it is, its facts (whose dialect is replaced), and who submits it. */
export type Case = readonly [name: string, facts: Facts, part?: Partial<PolicyInput>]

export interface Cases {
  /** On every dialect. */
  readonly all?: readonly Case[]
  readonly postgres?: readonly Case[]
  readonly mysql?: readonly Case[]
  readonly sqlite?: readonly Case[]
}

export async function judge(about: Facts, part: Partial<PolicyInput> = {}): Promise<Verdict> {
  return engine.evaluate(input(about, part))
}

/** Every case of `matches` is found by the rule, none of `passes` is; a finding says its fact in words. */
export function describeRule(id: string, { matches, passes }: { matches: Cases; passes: Cases }): void {
  const rule = PCI_BASELINE.find(candidate => candidate.id === id)
  const effect = rule?.effect ?? 'allow'

  describe(`${id} matches`, () => {
    test.each(perDialect(matches))('%s: %s', async (_dialect, _name, about, part) => {
      const { trace } = await judge(about, part)
      const found = trace.filter(entry => entry.rule === id)
      expect(found.map(entry => entry.effect)).toContain(effect)
      for (const { because } of found) expect(because).toMatch(/\w/)
    })
  })

  describe(`${id} does not match`, () => {
    test.each(perDialect(passes))('%s: %s', async (_dialect, _name, about, part) => {
      const { trace } = await judge(about, part)
      expect(trace.filter(entry => entry.rule === id)).toEqual([])
    })
  })
}

function perDialect(cases: Cases): [Dialect, string, Facts, Partial<PolicyInput>][] {
  return DIALECTS.flatMap(dialect =>
    [...(cases.all ?? []), ...(cases[dialect] ?? [])].map(([name, about, part]) => {
      const row: [Dialect, string, Facts, Partial<PolicyInput>] = [
        dialect,
        name,
        { ...about, dialect },
        part ?? {},
      ]
      return row
    }),
  )
}

/** A read of a system relation, `schema.relation`. */
export function system(name: string, part: Partial<AnalyzedFacts> = {}): AnalyzedFacts {
  return facts({ relations: [relation(name)], output: [bare()], ...part })
}

export function relation(name: string, access: RelationUse['access'] = 'read', isSystem = true): RelationUse {
  const [schema = '', own = ''] = name.split('.')
  return { schema, relation: own, access, system: isSystem }
}
