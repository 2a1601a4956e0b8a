import { describe, expect, test } from '@jest/globals'
import { isRefusal } from '../../src/model/refusal.js'
import { decide, explain } from '../../src/policy/decide.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import type { BeforeQueryContext, Hook } from '../../src/policy/hooks.js'
import type { PolicyEngine, Verdict } from '../../src/policy/policy-engine.js'
import { analyzed, point } from './analyzed.js'
import { facts, id, out, statement, write } from './facts.js'

const baseline = policyEngine(
  definePolicy({ version: 1, extends: 'pci-baseline', limits: { approval: { approvers: 'dba' } } }),
)
const read = facts({ output: [out('direct', id)] })
const hook = (beforeQuery: (context: BeforeQueryContext) => void | Promise<void>): Hook => ({
  name: 'h',
  beforeQuery,
})

async function decisionOf(engine: PolicyEngine, hooks: readonly Hook[] = [], about = read) {
  return (await explain(point(engine, hooks), analyzed(about))).decision
}

describe('decide', () => {
  test('allowed: the analysed submission with its decision', async () => {
    const before = analyzed(read)
    const decided = await decide(point(baseline), before)
    if (isRefusal(decided)) throw new Error('refused')
    expect(decided.decision).toMatchObject({
      id: 'id-1',
      effect: 'allow',
      rule: 'pci/read',
      policyHash: baseline.hash,
    })
    expect(decided.submission).toBe(before.submission)
  })

  test('denied: a refusal with evidence', async () => {
    const before = analyzed(statement('ddl', 'drop table'))
    const refused = await decide(point(baseline), before)
    expect(refused).toMatchObject({
      refused: true,
      code: 'CARDEA_POLICY_DENIED',
      rule: 'pci/ddl',
      decisionId: 'id-1',
      evidence: {
        principal: before.principal,
        facts: before.facts,
        decision: { id: 'id-1', effect: 'deny' },
      },
    })
  })

  test('explain reports the very same judgement', async () => {
    for (const about of [read, write('insert'), statement('ddl')]) {
      const decided = await decide(point(baseline), analyzed(about))
      const found = isRefusal(decided) ? decided.evidence?.decision : decided.decision
      expect((await explain(point(baseline), analyzed(about))).decision).toEqual(found)
    }
  })

  test('transaction control passes for the driver only', async () => {
    const begin = statement('transaction', 'begin')
    expect(isRefusal(await decide(point(baseline), analyzed(begin)))).toBe(true)
    expect(isRefusal(await decide(point(baseline), analyzed(begin, { issuer: 'driver' })))).toBe(false)
  })

  test('errors are redacted for a write to a table with labelled columns, named or not', async () => {
    expect((await decisionOf(baseline, [], write('insert'))).obligations.errors).toBe('redact')
    const elsewhere = {
      ...write('insert'),
      relations: [{ schema: 'public', relation: 'notes', access: 'write', system: false } as const],
    }
    expect((await decisionOf(baseline, [], elsewhere)).obligations.errors).toBe('scan')
  })
})

describe('an engine that does not work denies', () => {
  const allow = baseline.evaluate({
    ...analyzed(read),
    dataSource: { id: 'b', environment: 'p' },
    session: 's',
    issuer: 'caller',
    now: 0,
  }) as Verdict
  const { approval: _, ...bare } = allow
  const broken: [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('4111111111111111')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['answers nothing', () => undefined],
    ['answers another word', () => ({ ...bare, effect: 'ALLOW' })],
    ['asks for approval without terms', () => ({ ...bare, effect: 'require_approval' })],
    ['masks too few columns', () => ({ ...bare, obligations: { ...bare.obligations, mask: [] } })],
    ['has no obligations', () => ({ ...bare, obligations: undefined })],
  ]
  test.each(broken)('%s', async (_name, evaluate) => {
    const decision = await decisionOf({
      name: 'x',
      hash: 'h',
      evaluate: evaluate as PolicyEngine['evaluate'],
    })
    expect(decision).toMatchObject({ effect: 'deny', rule: 'engine-failure' })
    expect(JSON.stringify(decision)).not.toContain('4111')
  })
})

describe('hooks', () => {
  test('see the statement, and nothing that they could change', async () => {
    const seen: BeforeQueryContext[] = []
    await decisionOf(baseline, [hook(context => void seen.push(context))])
    expect(seen[0]).toMatchObject({
      statement: 'select 1',
      session: 's1',
      principal: { subject: 'alice' },
      agent: undefined,
    })
    expect(Object.isFrozen(seen[0])).toBe(true)
  })

  test('deny, with their name and words', async () => {
    expect(await decisionOf(baseline, [hook(context => context.deny('office is closed'))])).toMatchObject({
      effect: 'deny',
      rule: 'hook:h',
      reason: 'office is closed',
      obligations: { mask: 'scan-all' },
    })
  })

  test('a throw or a rejection denies', async () => {
    const failures = [
      () => {
        throw new Error('5555555555554444')
      },
      () => Promise.reject(new Error('no')),
    ]
    for (const fail of failures) {
      const decision = await decisionOf(baseline, [hook(fail)])
      expect(decision).toMatchObject({ effect: 'deny', rule: 'hook:h' })
      expect(JSON.stringify(decision)).not.toContain('5555')
    }
  })

  test('ask for approval on the policy’s terms', async () => {
    expect(
      await decisionOf(baseline, [hook(context => context.requireApproval('large customer'))]),
    ).toMatchObject({
      effect: 'require_approval',
      rule: 'hook:h',
      reason: 'large customer',
      approval: {
        approvers: ['dba'],
        quorum: 1,
        decideWithinMs: 900_000,
        useWithinMs: 300_000,
        reasonRequired: true,
      },
    })
    const both = await decisionOf(
      baseline,
      [hook(context => context.requireApproval('as well'))],
      write('insert'),
    )
    expect(both).toMatchObject({
      effect: 'require_approval',
      rule: 'pci/write-approval',
      approval: { approvers: ['dba'] },
    })
    expect(both.trace[0]).toEqual({ rule: 'hook:h', effect: 'require_approval', because: 'as well' })
  })

  test('limit, and the stricter of each pair holds', async () => {
    const limits = [
      { maxRows: 5, timeoutMs: 60_000 },
      { maxRows: 7, maxAffectedRows: 1 },
    ]
    const hooks = limits.map(limit => hook(context => context.limit(limit)))
    expect((await decisionOf(baseline, hooks)).obligations).toMatchObject({
      maxRows: 5,
      timeoutMs: 15_000,
      maxAffectedRows: 1,
    })
  })

  test.each([{ maxRows: Number.NaN }, { maxRows: -1 }, { timeoutMs: 0 }, { maxAffectedRows: 1.5 }])(
    'a limit %j denies',
    async limit => {
      expect(await decisionOf(baseline, [hook(context => context.limit(limit))])).toMatchObject({
        effect: 'deny',
        rule: 'hook:h',
      })
    },
  )

  test('are awaited, in order, and not asked about what is denied already', async () => {
    const calls: string[] = []
    const named = (name: string, deny: boolean): Hook => ({
      name,
      async beforeQuery(context) {
        await Promise.resolve()
        calls.push(name)
        if (deny) context.deny('no')
      },
    })
    expect((await decisionOf(baseline, [named('a', false), named('b', true), named('c', true)])).rule).toBe(
      'hook:b',
    )
    await decisionOf(baseline, [named('d', false)], statement('ddl'))
    expect(calls).toEqual(['a', 'b'])
  })
})
