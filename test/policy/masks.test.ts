import { describe, expect, test } from '@jest/globals'
import type { OutputColumn } from '../../src/model/lineage.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import { compileMasks } from '../../src/policy/obligations.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import { bare, cvv, email, facts, id, input, out, pan, ssn } from './facts.js'

async function maskOf(column: OutputColumn, rest: Partial<PolicyDefinition> = {}) {
  const policy = definePolicy({ version: 1, rules: [{ id: 'all', effect: 'allow' }], ...rest })
  const { obligations } = await policyEngine(policy).evaluate(input(facts({ output: [column] })))
  return obligations.mask
}

test.each([
  ['direct pan', out('direct', pan), { method: 'partial', label: 'pan' }],
  ['direct other label', out('direct', ssn), { method: 'redact', label: 'ssn' }],
  ['direct unlabelled', out('direct', id), { method: 'scan' }],
  ['derived pan', out('derived', pan), { method: 'redact', label: 'pan' }],
  ['derived other label', out('derived', id, email), { method: 'redact', label: 'email' }],
  ['derived unlabelled', out('derived', id), { method: 'scan' }],
  ['aggregate of pan', out('aggregate', pan), { method: 'keep' }],
  ['aggregate of sad', out('aggregate', cvv), { method: 'keep' }],
  ['no column', bare(), { method: 'scan' }],
  ['union of pan and unlabelled', out('direct', id, pan), { method: 'partial', label: 'pan' }],
  ['union of pan and ssn', out('direct', pan, ssn), { method: 'redact', label: 'ssn' }],
])('%s', async (_name, column, mask) => {
  expect(await maskOf(column)).toEqual([mask])
})

test('maskers of the policy', async () => {
  const maskers = { pan: 'last4', ssn: 'null', email: 'keep' } as const
  expect(await maskOf(out('direct', pan), { maskers })).toEqual([{ method: 'last4', label: 'pan' }])
  expect(await maskOf(out('direct', ssn), { maskers })).toEqual([{ method: 'null', label: 'ssn' }])
  expect(await maskOf(out('direct', email), { maskers })).toEqual([{ method: 'keep', label: 'email' }])
  expect(await maskOf(out('derived', email), { maskers })).toEqual([{ method: 'scan' }])
  expect(await maskOf(out('direct', email, id), { maskers })).toEqual([{ method: 'scan' }])
})

describe('unmask', () => {
  const unmask = [{ id: 'desk', columns: 'public.cards.pan', roles: 'support', reason: 'chargeback forms' }]

  test('shows a direct column to the role and says so in the trace', async () => {
    const policy = definePolicy({ version: 1, rules: [{ id: 'all', effect: 'allow' }], unmask })
    const verdict = await policyEngine(policy).evaluate(input(facts({ output: [out('direct', pan)] })))
    expect(verdict.obligations.mask).toEqual([{ method: 'keep', label: 'pan' }])
    expect(verdict.trace.at(-1)).toEqual({
      rule: 'desk',
      effect: 'allow',
      because: 'public.cards.pan is shown in clear: chargeback forms',
    })
  })

  test('not to another role, not what is computed, not a mixture, and it allows nothing by itself', async () => {
    const other = [{ ...unmask[0], id: 'desk', columns: 'cards.pan', roles: 'sales', reason: 'none at all' }]
    expect(await maskOf(out('direct', pan), { unmask: other })).toEqual([{ method: 'partial', label: 'pan' }])
    expect(await maskOf(out('derived', pan), { unmask })).toEqual([{ method: 'redact', label: 'pan' }])
    expect(await maskOf(out('direct', pan, ssn), { unmask })).toEqual([{ method: 'redact', label: 'ssn' }])
    const alone = policyEngine(definePolicy({ version: 1, unmask }))
    expect(await alone.evaluate(input(facts({ output: [out('direct', pan)] })))).toMatchObject({
      effect: 'deny',
    })
  })

  test('never sensitive authentication data', async () => {
    const policy = definePolicy({
      version: 1,
      rules: [{ id: 'all', effect: 'allow' }],
      unmask: [{ ...unmask[0], id: 'x', columns: 'cards.cvv', roles: 'support', reason: 'none' }],
    })
    expect(await policyEngine(policy).evaluate(input(facts({ output: [out('direct', cvv)] })))).toMatchObject(
      { effect: 'deny', rule: 'pci/sad' },
    )
  })

  test('the plan itself holds no way to show it', () => {
    const shows = [{ id: 'x', columns: 'cards.*', roles: 'support', reason: 'none at all' }]
    const plan = compileMasks(definePolicy({ version: 1, unmask: shows }))
    const { masks, unmasked } = plan(facts({ output: [out('direct', cvv)] }), input(facts()).principal)
    expect(masks).toEqual([{ method: 'redact', label: 'sad' }])
    expect(unmasked).toEqual([])
  })
})
