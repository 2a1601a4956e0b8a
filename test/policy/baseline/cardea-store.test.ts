import { expect, test } from '@jest/globals'
import { definePolicy } from '../../../src/policy/define-policy.js'
import { policyEngine } from '../../../src/policy/engine.js'
import { facts, input } from '../facts.js'
import { describeRule, judge, relation } from './kit.js'

const touching = (name: string, access: 'read' | 'write' = 'read') =>
  facts({ relations: [relation(name, access, false)], readOnly: access === 'read' })

describeRule('pci/cardea-store', {
  matches: {
    all: [
      ['a read', touching('public.cardea_approvals')],
      ['a write', touching('public.cardea_approvals', 'write')],
      ['in whatever schema', touching('elsewhere.cardea_revocations')],
      ['a table of a later version', touching('public.cardea_something_new')],
      ['in capitals', touching('public.CARDEA_Tokens', 'write')],
      ['the prefix alone', touching('public.cardea_')],
      [
        'beside the view through which it is read',
        facts({ relations: [relation('public.v'), relation('public.cardea_migrations')] }),
      ],
      [
        'a change of the schema',
        facts({
          effects: [{ kind: 'ddl', verb: 'alter table' }],
          relations: [relation('public.cardea_approvals', 'write', false)],
        }),
      ],
      ['by the driver', touching('public.cardea_approvals'), { issuer: 'driver' }],
    ],
  },
  passes: {
    all: [
      ['a table of the host', touching('public.cards')],
      ['the word within a name', touching('public.old_cardea_approvals')],
      ['a name that only begins alike', touching('public.cardeaapprovals')],
      ['a schema of that name', touching('cardea_approvals.cards')],
      ['no relation', facts({ relations: [] })],
    ],
  },
})

test('holds under every policy, and no rule or exception opens it', async () => {
  const everything = definePolicy({ version: 1, rules: [{ id: 'all', effect: 'allow' }] })
  const verdict = await policyEngine(everything).evaluate(input(touching('public.cardea_approvals', 'write')))
  expect(verdict).toMatchObject({ effect: 'deny', rule: 'pci/cardea-store' })
  expect(() =>
    definePolicy({
      version: 1,
      extends: 'pci-baseline',
      exceptions: [
        { id: 'a', lifts: 'pci/cardea-store', when: { principal: { roles: 'dba' } }, reason: 'to look' },
      ],
    }),
  ).toThrow(/pci\/cardea-store cannot be lifted/)
})

test('says which relation, and nothing of its content', async () => {
  const { trace } = await judge(touching('public.cardea_tokens', 'write'))
  expect(trace[0]).toEqual({
    rule: 'pci/cardea-store',
    effect: 'deny',
    because: 'writes public.cardea_tokens',
  })
})
