import { describe, expect, test } from '@jest/globals'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import type { PolicyInput } from '../../src/policy/policy-engine.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import {
  bare,
  brand,
  cvv,
  email,
  facts,
  id,
  input,
  out,
  pan,
  statement,
  unanalyzable,
  use,
  write,
} from './facts.js'

type Rules = NonNullable<PolicyDefinition['rules']>

const engineOf = (rules: Rules, rest: Partial<PolicyDefinition> = {}) =>
  policyEngine(definePolicy({ version: 1, rules, ...rest }))
const judge = async (rules: Rules, about: PolicyInput['facts'], part: Partial<PolicyInput> = {}) =>
  engineOf(rules).evaluate(input(about, part))

const read = facts({ columns: [use(id, 'output')], output: [out('direct', id)] })

describe('precedence', () => {
  const allow = { id: 'a', effect: 'allow' } as const
  const ask = { id: 'b', effect: 'require_approval' } as const
  const deny = { id: 'c', effect: 'deny' } as const

  test('no rule: denied by default', async () => {
    expect(await judge([], read)).toMatchObject({ effect: 'deny', rule: 'default-deny', trace: [] })
  })

  test('deny over require_approval over allow', async () => {
    expect(await judge([allow], read)).toMatchObject({ effect: 'allow', rule: 'a' })
    expect(await judge([allow, ask], read)).toMatchObject({ effect: 'require_approval', rule: 'b' })
    const all = await judge([allow, ask, deny], read)
    expect(all).toMatchObject({ effect: 'deny', rule: 'c' })
    expect(all.trace.map(entry => entry.rule)).toEqual(['c', 'b', 'a'])
  })

  test('sensitive authentication data is refused under any policy', async () => {
    expect(await judge([allow], facts({ output: [out('direct', cvv)] }))).toMatchObject({
      effect: 'deny',
      rule: 'pci/sad',
    })
  })

  test('a statement that is not understood needs a rule that says so', async () => {
    const blind = { id: 'blind', effect: 'allow', when: { analyzable: false } } as const
    const unknown = facts({ output: [bare({ kind: 'unknown', why: 'a record' })] })
    for (const about of [unanalyzable(), unknown]) {
      expect(await judge([allow, ask], about)).toMatchObject({ effect: 'deny', rule: 'default-deny' })
      expect(await judge([blind], about)).toMatchObject({ effect: 'allow', rule: 'blind' })
      expect(await judge([blind, deny], about)).toMatchObject({ effect: 'deny', rule: 'c' })
    }
    expect((await judge([blind], unanalyzable())).obligations.mask).toBe('scan-all')
    expect((await judge([blind], unknown)).obligations.mask).toEqual([{ method: 'scan' }])
    expect((await judge([blind], read)).effect).toBe('deny')
  })
})

describe('conditions', () => {
  const matches = async (
    when: Rules[number]['when'],
    about: PolicyInput['facts'],
    part: Partial<PolicyInput> = {},
  ) => (await judge([{ id: 'r', effect: 'allow', when }], about, part)).effect === 'allow'

  const agent = { framework: 'autogen', id: 'billing-bot' }
  test.each<[string, Rules[number]['when'], Partial<PolicyInput>, boolean]>([
    ['role', { principal: { roles: ['dba', 'support'] } }, {}, true],
    ['role, other case', { principal: { roles: 'Support' } }, {}, false],
    ['role, no wildcard', { principal: { roles: '*' } }, {}, false],
    [
      'group',
      { principal: { groups: 'eu' } },
      { principal: { subject: 'a', issuer: 'i', groups: ['eu'] } },
      true,
    ],
    ['group missing', { principal: { groups: 'eu' } }, {}, false],
    ['subject', { principal: { subject: 'ali*' } }, {}, true],
    ['issuer', { principal: { issuer: 'https://*.example' } }, {}, true],
    ['kind, human by default', { principal: { kind: 'human' } }, {}, true],
    ['kind', { principal: { kind: 'agent' } }, {}, false],
    ['agent', { agent: { framework: 'autogen', id: 'billing-*' } }, { agent }, true],
    ['agent missing', { agent: { id: '*' } }, {}, false],
    ['data source', { dataSource: 'bill*' }, {}, true],
    ['environment', { environment: ['staging'] }, {}, false],
    ['both must hold', { environment: 'production', dataSource: 'hr' }, {}, false],
    ['window', { window: { days: ['wed'], hours: '09:00-17:00' } }, {}, true],
    ['freeze over', { freeze: { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' } }, {}, false],
  ])('%s', async (_name, when, part, expected) => {
    expect(await matches(when, read, part)).toBe(expected)
  })

  const limited = { ...read, maxRowsReturned: 10 }
  test.each<[string, Rules[number]['when'], PolicyInput['facts'], boolean]>([
    ['kind', { kind: 'select' }, read, true],
    ['relation', { relation: 'public.cards' }, read, true],
    ['relation without schema', { relation: 'CARDS' }, read, true],
    ['relation elsewhere', { relation: 'hr.*' }, read, false],
    ['reads', { reads: '*.cards' }, read, true],
    ['writes', { writes: '*.cards' }, read, false],
    ['column', { column: 'cards.i*' }, read, true],
    ['column of three parts', { column: 'public.cards.brand' }, read, false],
    ['output label', { label: { output: 'pan' } }, facts({ output: [out('derived', pan)] }), true],
    [
      'a count shows no label',
      { label: { output: 'pan' } },
      facts({ output: [out('aggregate', pan)] }),
      false,
    ],
    ['predicate label', { label: { predicate: 'pan' } }, facts({ columns: [use(pan, 'order')] }), true],
    [
      'a null test is no predicate',
      { label: { predicate: 'pan' } },
      facts({ columns: [use(pan, 'predicate', 'null-test')] }),
      false,
    ],
    ['written label', { label: { written: 'pan' } }, facts({ columns: [use(pan, 'assignment')] }), true],
    ['scope', { scope: ['keyed', 'bounded'] }, write('delete', { scope: 'bounded' }), true],
    ['scope not established is open', { scope: 'open' }, write('delete'), true],
    ['verb', { verb: 'create *' }, statement('ddl', 'create table'), true],
    [
      'function',
      { function: 'billing.*' },
      facts({ functions: [{ name: 'billing.fee', standing: 'user' }] }),
      true,
    ],
    ['read-only', { readOnly: true }, read, true],
    ['rows', { maxRowsReturned: 10 }, limited, true],
    ['more rows', { maxRowsReturned: 9 }, limited, false],
    ['rows unknown', { maxRowsReturned: 9 }, read, false],
    ['unlimited', { unlimited: true }, read, true],
    ['limited', { unlimited: false }, limited, true],
  ])('%s of the statement', async (_name, when, about, expected) => {
    expect(await matches(when, about)).toBe(expected)
  })

  test('an allowance must cover every part, a denial needs one', async () => {
    const hidden = facts({
      effects: [
        { kind: 'select', verb: 'select' },
        { kind: 'delete', verb: 'delete', scope: 'none' },
      ],
    })
    expect(await matches({ kind: 'select' }, hidden)).toBe(false)
    expect(await matches({ kind: ['select', 'delete'] }, hidden)).toBe(true)
    const rules: Rules = [
      { id: 'all', effect: 'allow' },
      { id: 'no-delete', effect: 'deny', when: { kind: 'delete' } },
    ]
    expect((await judge(rules, hidden)).rule).toBe('no-delete')
    const two = facts({ columns: [use(id, 'output'), use(email, 'output')] })
    expect(await matches({ column: 'public.cards.*' }, two)).toBe(false)
    expect(await matches({ column: 'public.cards.*' }, facts())).toBe(false)
  })

  test('unless is read the other way round', async () => {
    const unless = { kind: 'select' } as const
    const hidden = facts({
      effects: [
        { kind: 'select', verb: 'select' },
        { kind: 'delete', verb: 'delete', scope: 'none' },
      ],
    })
    const rules: Rules = [
      { id: 'all', effect: 'allow' },
      { id: 'only-reads', effect: 'deny', unless },
    ]
    expect((await judge(rules, read)).rule).toBe('all')
    expect((await judge(rules, hidden)).rule).toBe('only-reads')
    expect((await judge([{ id: 'no-reads', effect: 'allow', unless }], hidden)).effect).toBe('deny')
  })

  test('the trace says why in words', async () => {
    const when = { principal: { roles: 'support' }, kind: 'select', relation: 'public.*' } as const
    const [entry] = (await judge([{ id: 'r', effect: 'allow', when }], read)).trace
    expect(entry?.because).toBe('role support; effect select; relation public.cards')
  })
})

describe('limits and approval', () => {
  test('defaults', async () => {
    const { obligations } = await judge([{ id: 'a', effect: 'allow' }], read)
    expect(obligations).toEqual({
      mask: [{ method: 'scan' }],
      errors: 'scan',
      maxRows: 10_000,
      timeoutMs: 15_000,
      readOnly: true,
    })
    expect((await judge([{ id: 'a', effect: 'allow' }], write('insert'))).obligations).toEqual({
      mask: [],
      errors: 'scan',
      maxAffectedRows: 100,
      timeoutMs: 15_000,
      readOnly: false,
    })
  })

  test('the strictest of what matching rules state, which may exceed the default', async () => {
    const a = { id: 'a', effect: 'allow', limits: { maxRows: 50_000, timeout: '1m' } } as const
    const b = { id: 'b', effect: 'allow', limits: { maxRows: 20_000 } } as const
    expect((await judge([a], read)).obligations).toMatchObject({ maxRows: 50_000, timeoutMs: 60_000 })
    expect((await judge([a, b], read)).obligations).toMatchObject({ maxRows: 20_000, timeoutMs: 60_000 })
  })

  test('approval terms: the strictest of all rules that ask', async () => {
    const rules: Rules = [
      {
        id: 'a',
        effect: 'require_approval',
        approval: { approvers: ['dba', 'lead'], quorum: 2, decideWithin: '1h' },
      },
      {
        id: 'b',
        effect: 'require_approval',
        approval: { approvers: ['lead', 'ciso'], useWithin: '30s', reasonRequired: false },
      },
    ]
    expect((await judge(rules, read)).approval).toEqual({
      approvers: ['lead'],
      quorum: 2,
      decideWithinMs: 900_000,
      useWithinMs: 30_000,
      reasonRequired: true,
      ticketRequired: false,
      coolDownMs: 600_000,
      maxPending: 20,
    })
  })

  test('approvers with nothing in common: refused', async () => {
    const rules: Rules = [
      { id: 'a', effect: 'require_approval', approval: { approvers: ['dba'] } },
      { id: 'b', effect: 'require_approval', approval: { approvers: ['ciso'] } },
    ]
    expect(await judge(rules, read)).toMatchObject({
      effect: 'deny',
      rule: 'a',
      reason: expect.stringMatching(/no role in common/),
    })
  })

  test('errors are redacted wherever a labelled column takes part', async () => {
    const errors = async (about: PolicyInput['facts']) =>
      (await judge([{ id: 'a', effect: 'allow' }], about)).obligations.errors
    expect(await errors(facts({ columns: [use(pan, 'predicate', 'null-test')] }))).toBe('redact')
    expect(await errors(facts({ output: [out('aggregate', pan)] }))).toBe('redact')
    expect(await errors(facts({ columns: [use(brand, 'order')] }))).toBe('scan')
  })
})

describe('memory', () => {
  test('the same facts and caller get the same verdict, another caller their own', () => {
    const engine = engineOf([{ id: 'a', effect: 'allow', when: { principal: { roles: 'support' } } }])
    const first = engine.evaluate(input(read))
    expect(engine.evaluate(input(read))).toBe(first)
    const other = { subject: 'alice', issuer: 'https://id.example', roles: ['sales'] }
    expect(engine.evaluate(input(read, { principal: other }))).toMatchObject({ effect: 'deny' })
    expect(
      engine.evaluate(input(read, { principal: { ...other, roles: [], groups: ['support'] } })),
    ).toMatchObject({ effect: 'deny' })
    expect(Object.isFrozen(first)).toBe(true)
  })

  test('a policy with times is judged anew each time', () => {
    const engine = engineOf([{ id: 'a', effect: 'allow', when: { window: { hours: '09:00-17:00' } } }])
    expect(engine.evaluate(input(read))).toMatchObject({ effect: 'allow' })
    expect(engine.evaluate(input(read, { now: Date.parse('2026-03-04T17:00:00Z') }))).toMatchObject({
      effect: 'deny',
    })
  })
})
