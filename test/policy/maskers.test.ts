/** Maskers as a policy states them, what becomes of several on one column, and how they are told. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ColumnMask, MaskMethod } from '../../src/model/decision.js'
import { showsNothing, stricter } from '../../src/model/mask-order.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import { explainText } from '../../src/policy/explain-text.js'
import { parsePolicy } from '../../src/policy/load.js'
import { keyedLabels } from '../../src/policy/obligations.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import { col, email, facts, input, out, pan, ssn } from './facts.js'

const policyOf = (maskers: PolicyDefinition['maskers']) =>
  definePolicy({ version: 1, rules: [{ id: 'all', effect: 'allow' }], maskers })
const evaluated = async (maskers: PolicyDefinition['maskers'], ...columns: ReturnType<typeof out>[]) =>
  policyEngine(policyOf(maskers)).evaluate(input(facts({ output: columns })))

describe('a policy', () => {
  test('states what each label becomes', async () => {
    const maskers = { pan: 'tokenise', ssn: 'hash', email: { generalise: 'year' } } as const
    const verdict = await evaluated(maskers, out('direct', pan), out('direct', ssn), out('direct', email))
    expect(verdict.obligations.mask).toEqual([
      { method: 'tokenise', label: 'pan' },
      { method: 'hash', label: 'ssn' },
      { method: 'generalise', label: 'email', to: 'year' },
    ])
    const derived = await evaluated(maskers, out('derived', ssn))
    expect(derived.obligations.mask).toEqual([{ method: 'redact', label: 'ssn' }])
  })

  test('in YAML and in TypeScript is the same', () => {
    const yaml = parsePolicy(
      'version: 1\nrules: [{ id: all, effect: allow }]\nmaskers:\n  a: { generalise: 10000 }\n  b: { generalise: decade }\n  c: hash\n',
    )
    const typed = policyOf({ a: { generalise: 10_000 }, b: { generalise: 'decade' }, c: 'hash' })
    expect(yaml.hash).toBe(typed.hash)
    expect(yaml.hash).not.toBe(
      policyOf({ a: { generalise: 1000 }, b: { generalise: 'decade' }, c: 'hash' }).hash,
    )
  })

  test.each([
    ['  x: { generalise: week }', /^p\.yaml:3:8 maskers\.x\.generalise: must be month, year or decade/],
    ['  x: { generalise: 1 }', /^p\.yaml:3:8 maskers\.x\.generalise: .*2 or more/],
    ['  x: { generalise: 2.5 }', /^p\.yaml:3:8 maskers\.x\.generalise: /],
    ['  x: { generalise: 2000000000000000 }', /^p\.yaml:3:8 maskers\.x\.generalise: /],
    [
      '  x: { generalise: year, by: 2 }',
      /^p\.yaml:3:\d+ maskers\.x\.by: unknown key "by"; known keys: generalise/,
    ],
    ['  x: generalise', /^p\.yaml:3:3 maskers\.x: must be redact, last4, null, keep, hash, tokenise/],
    ['  x: sha256', /^p\.yaml:3:3 maskers\.x: must be /],
    [
      '  pan: { generalise: 100 }',
      /^p\.yaml:3:3 maskers\.pan: must be partial, first8, last4, redact, hash or tokenise/,
    ],
    ['  sad: hash', /^p\.yaml:3:3 maskers\.sad: has no masker/],
    ['  x: partial', /^p\.yaml:3:3 maskers\.x: partial is for pan only/],
    ['  x: first8', /^p\.yaml:3:3 maskers\.x: first8 is for pan only/],
  ])('with %s does not load', (line, message) => {
    let problems: readonly string[] = []
    try {
      parsePolicy(`version: 1\nmaskers:\n${line}\n`, { file: 'p.yaml' })
    } catch (error) {
      problems = (error as { problems: readonly string[] }).problems
    }
    expect(problems).toEqual([expect.stringMatching(message)])
  })

  test('names the labels whose maskers need a key', () => {
    const maskers = { a: 'hash', b: 'tokenise', c: 'redact', d: { generalise: 5 } } as const
    expect(keyedLabels(policyOf(maskers))).toEqual(['a', 'b'])
  })

  test('lets nothing computed be copied to a column that shows equality or a range of it', async () => {
    const flows = [{ from: ssn, to: 'public.t.x', labels: ['ssn'], changed: true as const }]
    for (const [masker, effect] of [
      ['hash', 'deny'],
      ['tokenise', 'deny'],
      [{ generalise: 5 }, 'deny'],
      ['redact', 'allow'],
      ['keep', 'allow'],
    ] as const) {
      const policy = definePolicy({ version: 1, extends: 'pci-baseline', maskers: { ssn: masker } })
      const verdict = await policyEngine(policy).evaluate(input(facts({ output: [], flows })))
      expect([masker, verdict.effect]).toEqual([masker, effect])
      if (effect === 'deny') expect(verdict.rule).toBe('pci/data-flow')
    }
  })

  test('is told by explain with the masker of each column', async () => {
    const maskers = { pan: 'hash', ssn: { generalise: 10_000 }, email: { generalise: 'decade' } } as const
    const about = facts({ output: [out('direct', pan), out('direct', ssn), out('direct', email)] })
    const verdict = await policyEngine(policyOf(maskers)).evaluate(input(about))
    const text = explainText({ facts: about, decision: { ...verdict, id: 'd', policyHash: 'h' } }).join('\n')
    expect(text).toContain('-> keyed hash (pan)')
    expect(text).toContain('-> generalised to ranges of 10000 (ssn)')
    expect(text).toContain('-> generalised to the decade (email)')
  })
})

describe('of two masks', () => {
  const redacted: ColumnMask = { method: 'redact', label: 'a' }
  const a = (method: MaskMethod, to?: ColumnMask['to']): ColumnMask =>
    to === undefined ? { method, label: 'a' } : { method, label: 'a', to }

  test.each<[ColumnMask, ColumnMask, ColumnMask]>([
    [a('partial'), a('last4'), a('last4')],
    [a('first8'), a('last4'), a('last4')],
    [a('first8'), a('partial'), a('partial')],
    [a('first8'), a('hash'), redacted],
    [a('hash'), a('scan'), a('hash')],
    [a('hash'), a('keep'), a('hash')],
    [a('hash'), a('hash'), a('hash')],
    [a('hash'), a('tokenise'), redacted],
    [a('hash'), a('partial'), redacted],
    [a('tokenise'), a('last4'), redacted],
    [a('generalise', 'year'), a('hash'), redacted],
    [a('generalise', 'year'), a('generalise', 'month'), a('generalise', 'year')],
    [a('generalise', 'decade'), a('generalise', 'year'), a('generalise', 'decade')],
    [a('generalise', 100), a('generalise', 10), a('generalise', 100)],
    [a('generalise', 100), a('generalise', 30), redacted],
    [a('generalise', 100), a('generalise', 'year'), redacted],
    [a('generalise', 100), a('redact'), a('redact')],
    [a('redact'), a('null'), a('null')],
  ])('%j and %j: %j', (one, other, result) => {
    expect(stricter(one, other)).toEqual(result)
    expect(stricter(other, one)).toEqual(result)
  })

  test('the result is never one that shows what either hides', () => {
    const methods = [
      'keep',
      'scan',
      'first8',
      'partial',
      'last4',
      'hash',
      'tokenise',
      'redact',
      'null',
    ] as const
    const mask = fc.oneof(
      fc.constantFrom(...methods).map(method => a(method)),
      fc.constantFrom('month', 'year', 'decade', 5, 7, 10, 100).map(to => a('generalise', to as 'year')),
    )
    fc.assert(
      fc.property(mask, mask, (one, other) => {
        const both = stricter(one, other)
        expect(stricter(other, one)).toEqual(both)
        if (showsNothing(one) || showsNothing(other)) expect(showsNothing(both)).toBe(true)
        if (one.method !== both.method && other.method !== both.method) expect(both.method).toBe('redact')
      }),
    )
  })

  test('a column with two labels gets what both allow', async () => {
    const both = col('public.customers.both', 'email', 'ssn')
    const masks = async (maskers: PolicyDefinition['maskers']) =>
      (await evaluated(maskers, out('direct', both))).obligations.mask
    expect(await masks({ email: 'hash', ssn: 'last4' })).toEqual([{ method: 'redact', label: 'email' }])
    expect(await masks({ email: 'hash', ssn: 'keep' })).toEqual([{ method: 'hash', label: 'email' }])
    expect(await masks({ email: { generalise: 5 }, ssn: { generalise: 20 } })).toEqual([
      { method: 'generalise', label: 'ssn', to: 20 },
    ])
  })
})
