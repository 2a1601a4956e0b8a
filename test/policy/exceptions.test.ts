import { describe, expect, test } from '@jest/globals'
import { PolicyInvalidError } from '../../src/errors.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import type { PolicyInput } from '../../src/policy/policy-engine.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import { email, facts, id, input, out, pan, ssn, statement, use, write } from './facts.js'

type Exception = Omit<NonNullable<PolicyDefinition['exceptions']>[number], 'id' | 'reason'>

async function judge(
  exception: Exception,
  about: PolicyInput['facts'],
  rules: PolicyDefinition['rules'] = [],
) {
  const exceptions = [{ id: 'ex', reason: 'agreed with the owner', ...exception }]
  return policyEngine(definePolicy({ version: 1, extends: 'pci-baseline', exceptions, rules })).evaluate(
    input(about),
  )
}

const byEmail = {
  lifts: 'pci/label-lookup',
  when: { principal: { roles: 'support' }, column: 'customers.email' },
} as const

describe('an exception', () => {
  test('lifts its rule and says so', async () => {
    const about = facts({
      columns: [use(email, 'predicate', 'equality-constant'), use(id, 'output')],
      output: [out('direct', id)],
    })
    const verdict = await judge(byEmail, about)
    expect(verdict).toMatchObject({ effect: 'allow', rule: 'pci/read' })
    expect(verdict.trace).toContainEqual({
      rule: 'ex',
      effect: 'allow',
      because: expect.stringMatching(
        /^lifts pci\/label-lookup \(public\.customers\.email .*\): agreed with the owner$/,
      ),
    })
  })

  test('covers what it names and nothing else of the same rule', async () => {
    const both = [use(email, 'predicate', 'equality-constant'), use(ssn, 'predicate', 'equality-constant')]
    expect(await judge(byEmail, facts({ columns: both }))).toMatchObject({
      effect: 'deny',
      rule: 'pci/label-lookup',
    })
    const pattern = facts({ columns: [use(email, 'predicate', 'pattern')] })
    expect(await judge(byEmail, pattern)).toMatchObject({ effect: 'deny', rule: 'pci/masked-where-useless' })
  })

  test('may look at columns that the rest of the statement does not share', async () => {
    const about = facts({
      columns: [use(email, 'predicate', 'equality-constant'), use(ssn, 'output')],
      output: [out('direct', ssn)],
    })
    expect((await judge(byEmail, about)).effect).toBe('allow')
  })

  test('needs its conditions', async () => {
    const sales = { ...byEmail, when: { ...byEmail.when, principal: { roles: 'sales' } } }
    const about = facts({ columns: [use(email, 'predicate', 'equality-constant')] })
    expect((await judge(sales, about)).effect).toBe('deny')
  })

  test('turns an approval into an allowance for one table', async () => {
    const exception = {
      lifts: 'pci/write-approval',
      when: { kind: 'insert', writes: 'public.cards' },
    } as const
    expect(await judge(exception, write('insert'))).toMatchObject({ effect: 'allow', rule: 'ex' })
    expect(await judge(exception, write('update', { scope: 'keyed' }))).toMatchObject({
      effect: 'require_approval',
    })
    const two = {
      ...write('insert'),
      effects: [...write('insert').effects, { kind: 'delete', verb: 'delete', scope: 'keyed' } as const],
    }
    expect(await judge(exception, two)).toMatchObject({
      effect: 'require_approval',
      rule: 'pci/write-approval',
    })
  })

  test('leaves every other rule in force, the author’s own included', async () => {
    const lift = { lifts: 'pci/ddl', when: { principal: { roles: 'support' } } } as const
    const ddl = statement('ddl', 'create table')
    expect((await judge(lift, ddl)).effect).toBe('allow')
    expect(
      (await judge(lift, ddl, [{ id: 'ask', effect: 'require_approval', when: { kind: 'ddl' } }])).effect,
    ).toBe('require_approval')
    const unscoped = { lifts: 'pci/unscoped-write', when: { kind: 'delete' } } as const
    expect(await judge(unscoped, write('delete', { scope: 'none' }))).toMatchObject({
      effect: 'require_approval',
      rule: 'pci/write-approval',
    })
  })

  test('may clear a role for masked card numbers', async () => {
    const exception = {
      lifts: 'pci/pan-output',
      when: { principal: { roles: 'support' }, column: 'cards.pan' },
    } as const
    const verdict = await judge(
      exception,
      facts({
        columns: [use(pan, 'output'), use(id, 'output')],
        output: [out('direct', id), out('direct', pan)],
      }),
    )
    expect(verdict.effect).toBe('allow')
    expect(verdict.obligations.mask).toEqual([{ method: 'scan' }, { method: 'partial', label: 'pan' }])
  })

  test('may review one function', async () => {
    const exception = { lifts: 'pci/unlisted-function', when: { function: 'billing.fee' } } as const
    const fee = { name: 'billing.fee', standing: 'user' } as const
    expect(
      (await judge(exception, facts({ functions: [fee, { name: 'lower', standing: 'listed' }] }))).effect,
    ).toBe('allow')
    expect(
      (await judge(exception, facts({ functions: [fee, { name: 'billing.other', standing: 'user' }] })))
        .effect,
    ).toBe('deny')
  })
})

test.each([
  'pci/sad',
  'pci/unanalyzable',
  'pci/multiple-statements',
  'pci/procedural',
  'pci/privilege',
  'pci/session',
  'pci/transaction-control',
  'pci/server-file',
  'pci/unknown-lineage',
])('%s cannot be lifted', lifts => {
  const definition: PolicyDefinition = {
    version: 1,
    extends: 'pci-baseline',
    exceptions: [{ id: 'ex', lifts, when: { dataSource: 'billing' }, reason: 'because' }],
  }
  expect(() => definePolicy(definition)).toThrow(PolicyInvalidError)
  expect(() => definePolicy(definition)).toThrow(/cannot be lifted/)
})
