import { describe, expect, test } from '@jest/globals'
import type { ApprovalAnswer, ApprovalRequest } from '../../src/model/grant.js'
import type { Principal } from '../../src/model/principal.js'
import {
  alice,
  approves,
  bench,
  bob,
  carol,
  decided,
  deleteFacts,
  MINUTE,
  passed,
  patient,
  refused,
  requirement,
  VISA,
} from './desk-kit.js'

const _never = () => new Promise<ApprovalAnswer>(() => {})

describe('an allowed statement', () => {
  test('passes at once, with one shared answer and no question or note', async () => {
    const { desk, notes } = bench(() => {
      throw new Error('nobody may be asked')
    })
    const allowed = decided({ decision: { effect: 'allow' } })
    expect(desk.obtain(allowed, patient)).toBe(desk.obtain(allowed, patient))
    expect(passed(await desk.obtain(allowed, patient)).grant).toBeNull()
    expect(notes).toEqual([])
  })

  test('passes without a provider, and even when the caller has gone', async () => {
    const { desk } = bench(null)
    expect(
      passed(await desk.obtain(decided({ decision: { effect: 'allow' } }), AbortSignal.abort())).grant,
    ).toBeNull()
  })
})

describe('the request', () => {
  async function shown(parts: Parameters<typeof decided>[0] = {}): Promise<ApprovalRequest> {
    let seen: ApprovalRequest | undefined
    const { desk } = bench(async request => {
      seen = request
      return approves()
    })
    passed(await desk.obtain(decided(parts), patient))
    if (seen === undefined) throw new Error('nobody was asked')
    return seen
  }

  test('shows the statement that will run, who asks, and what it does, without a protected value', async () => {
    const request = await shown({
      submission: { statement: `delete from cards where pan = '${VISA}' or note = 'a secret'` },
    })
    expect(request).toMatchObject({
      statement: "delete from cards where pan = '***' or note = '***'",
      bindings: ['***'],
      labels: ['pan'],
      estimatedRows: 1,
      principal: alice,
      agent: {
        framework: 'autogen',
        id: 'billing-bot',
        claimedReason: 'customer asked about 411111******1111',
      },
      session: 'session-1',
      dataSource: { id: 'billing', environment: 'production' },
      rule: 'writes-need-approval',
      requirement,
    })
    expect(request.summary).toEqual([
      'Deletes from public.cards: rows picked by a unique key, at most 1 row.',
      'Uses pan of public.cards.pan in: predicate.',
      'Is rolled back if it changes more than 1 row.',
    ])
    expect(JSON.stringify(request)).not.toContain(VISA)
    expect(request.decideBy - request.createdAt).toBe(15 * MINUTE)
  })

  test('is frozen to the bottom and shares nothing with the submission', async () => {
    const request = await shown()
    const pending: unknown[] = [request]
    while (pending.length > 0) {
      const value = pending.pop()
      if (typeof value !== 'object' || value === null) continue
      expect(Object.isFrozen(value)).toBe(true)
      pending.push(...Object.values(value))
    }
    expect(request.principal).not.toBe(alice)
  })

  test('says so when the statement could not be analysed', async () => {
    const request = await shown({
      facts: {
        analyzable: false,
        dialect: 'postgres',
        code: 'syntax',
        reason: 'It does not parse.',
        catalogVersion: 'catalog-1',
      },
    })
    expect(request.summary[0]).toBe('Cardea cannot analyse this statement: It does not parse.')
    expect(request.bindings).toEqual(['***'])
    expect(request.estimatedRows).toBeUndefined()
  })

  test('a column name that holds a card number is masked in the summary', async () => {
    const request = await shown({
      facts: {
        ...deleteFacts,
        effects: [{ kind: 'select', verb: 'select' }],
        output: [{ name: VISA, lineage: { kind: 'unknown', why: 'json' } }],
      },
    })
    expect(request.summary.join(' ')).toContain('unknown origin: 411111******1111')
  })

  test('uses the documented defaults when the decision says nothing about approvers', async () => {
    const whole = decided()
    const { approval: _, ...decision } = whole.decision
    let seen: ApprovalRequest | undefined
    const { desk } = bench(async request => {
      seen = request
      return approves({ subject: 'anyone', issuer: 'x' })
    })
    passed(await desk.obtain({ ...whole, decision } as typeof whole, patient))
    expect(seen?.requirement).toEqual({
      approvers: [],
      quorum: 1,
      decideWithinMs: 900_000,
      useWithinMs: 300_000,
      reasonRequired: true,
    })
  })
})

describe('nobody to ask', () => {
  test('no provider', async () => {
    const { desk } = bench(null)
    refused(await desk.obtain(decided(), patient), 'CARDEA_APPROVAL_UNAVAILABLE')
  })

  test('a provider that rejects or throws; its words reach the record, not the agent', async () => {
    for (const people of [
      () => Promise.reject(new Error(`no route for ${VISA}`)),
      () => {
        throw new Error(`no route for ${VISA}`)
      },
    ]) {
      const { desk, notes } = bench(people)
      const refusal = refused(await desk.obtain(decided(), patient), 'CARDEA_APPROVAL_UNAVAILABLE')
      expect(refusal.reason).not.toContain('route')
      expect(notes.at(-1)).toMatchObject({
        event: 'approval.expire',
        detail: { why: 'unavailable: no route for 411111******1111' },
      })
    }
  })

  test.each([
    { quorum: 0 },
    { quorum: 1.5 },
    { quorum: Number.NaN },
    { decideWithinMs: 0 },
    { decideWithinMs: Number.NaN },
    { useWithinMs: Number.POSITIVE_INFINITY },
  ])('a requirement that cannot be met: %j', async wrong => {
    const { desk } = bench(async () => approves())
    const impossible = decided({ decision: { approval: { ...requirement, ...wrong } } })
    refused(await desk.obtain(impossible, patient), 'CARDEA_APPROVAL_UNAVAILABLE')
  })
})

test('a principal that acts for itself without end asks nobody', async () => {
  const loop: { subject: string; issuer: string; onBehalfOf?: Principal } = { subject: 'a', issuer: 'x' }
  loop.onBehalfOf = loop
  let asked = false
  const { desk } = bench(async () => {
    asked = true
    return approves()
  })
  await expect(desk.obtain(decided({ principal: loop }), patient)).rejects.toThrow('onBehalfOf')
  expect(asked).toBe(false)
})

describe('answers that never count', () => {
  const human = { subject: 'dora@corp.example', issuer: 'https://idp.corp.example' }
  const onBehalf = {
    subject: 'outer-bot',
    issuer: 'agents',
    kind: 'agent' as const,
    onBehalfOf: { subject: 'inner-bot', issuer: 'agents', kind: 'agent' as const, onBehalfOf: human },
  }
  const cases = [
    ['the requester', alice, { ...alice, roles: ['dba'] }],
    ['the requester in another spelling', alice, { ...bob, subject: ' ALICE@corp.example' }],
    [
      'the requester’s e-mail address from another issuer',
      alice,
      { ...bob, subject: alice.subject, issuer: 'slack' },
    ],
    [
      'the requester, issuer with a slash',
      { subject: 'u1', issuer: 'https://i' },
      { ...bob, subject: 'u1', issuer: 'https://i/' },
    ],
    ['the human behind the agent', { ...onBehalf.onBehalfOf }, { ...human, roles: ['dba'] }],
    ['the human behind an agent behind an agent', onBehalf, { ...human, roles: ['dba'] }],
    ['the agent in the middle', onBehalf, { ...bob, subject: 'inner-bot', issuer: 'agents' }],
    ['any agent', alice, { ...bob, kind: 'agent' as const }],
    ['a service', alice, { ...bob, kind: 'service' as const }],
    ['the agent that asks, under its own name', alice, { ...bob, subject: 'Billing-Bot' }],
    ['somebody without the role', alice, { ...bob, roles: ['support'] }],
    ['an administrator without the role', alice, { ...bob, roles: ['admin'] }],
  ] as const

  test.each(cases)('%s', async (_, principal, approver) => {
    let asked = 0
    const objections: (string | undefined)[] = []
    const { desk, notes } = bench(async (_request, { objection }) => {
      asked += 1
      objections.push(objection)
      return approves(approver)
    })
    refused(await desk.obtain(decided({ principal }), patient), 'CARDEA_APPROVAL_DENIED')
    expect(asked).toBe(3)
    expect(objections[0]).toBeUndefined()
    expect(typeof objections[1]).toBe('string')
    const answers = notes.filter(({ event }) => event === 'approval.answer')
    expect(answers.map(({ detail }) => detail['counted'])).toEqual([false, false, false])
    expect(notes.some(({ event }) => event === 'approval.grant')).toBe(false)
  })

  test('approval and denial without the reason that the rule asks for', async () => {
    for (const decision of ['approved', 'denied'] as const) {
      for (const words of [{}, { reason: '' }, { reason: ' \n' }]) {
        const { desk } = bench(async () => ({ decision, approver: bob, ...words }))
        refused(await desk.obtain(decided(), patient), 'CARDEA_APPROVAL_DENIED')
      }
    }
  })

  test('a reason is not asked for where the rule does not', async () => {
    const { desk } = bench(async () => ({ decision: 'approved', approver: bob }))
    const relaxed = decided({ decision: { approval: { ...requirement, reasonRequired: false } } })
    expect(passed(await desk.obtain(relaxed, patient)).grant).not.toBeNull()
  })

  test('a valid answer after a refused one counts', async () => {
    const answers = [approves({ ...bob, roles: [] }), approves()]
    const { desk, events } = bench(async () => answers.shift() ?? approves())
    expect(passed(await desk.obtain(decided(), patient)).grant?.answers).toHaveLength(1)
    expect(events()).toEqual(['approval.request', 'approval.answer', 'approval.answer', 'approval.grant'])
  })

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['a string', 'approved'],
    ['no approver', { decision: 'approved', reason: 'x' }],
    ['an unknown decision', { decision: 'approve', approver: bob, reason: 'x' }],
    [
      'an approver without subject',
      { decision: 'approved', approver: { ...bob, subject: ' ' }, reason: 'x' },
    ],
    ['an approver without issuer', { decision: 'approved', approver: { subject: 'b' }, reason: 'x' }],
    ['an unknown kind', { decision: 'approved', approver: { ...bob, kind: 'robot' }, reason: 'x' }],
    ['roles as text', { decision: 'approved', approver: { ...bob, roles: 'dba' }, reason: 'x' }],
    ['a reason that is no text', { decision: 'approved', approver: bob, reason: { text: 'x' } }],
    [
      'an answer that throws when read',
      {
        get decision() {
          throw new Error('no')
        },
      },
    ],
  ])('garbage: %s', async (_, garbage) => {
    let asked = 0
    const { desk } = bench({
      name: 'broken',
      request: async () => {
        asked += 1
        return garbage as ApprovalAnswer
      },
    })
    refused(await desk.obtain(decided(), patient), 'CARDEA_APPROVAL_DENIED')
    expect(asked).toBe(1)
  })
})

describe('a quorum', () => {
  const two = decided({ decision: { approval: { ...requirement, quorum: 2 } } })

  test('counts distinct people, and tells the provider who has answered', async () => {
    const seen: number[] = []
    const people = [bob, carol]
    const { desk } = bench(async (_request, { answers }) => {
      seen.push(answers.length)
      return approves(people[answers.length])
    })
    expect(passed(await desk.obtain(two, patient)).grant?.answers.map(({ approver }) => approver)).toEqual([
      bob,
      carol,
    ])
    expect(seen).toEqual([0, 1])
  })

  test('one person under two spellings, roles and issuers fills one place', async () => {
    const names = [
      bob,
      { ...bob, subject: 'Bob@Corp.example' },
      { ...bob, issuer: 'slack' },
      { ...bob, groups: ['dba'] },
    ]
    let at = 0
    const { desk } = bench(async () => approves(names[at++]))
    const refusal = refused(await desk.obtain(two, patient), 'CARDEA_APPROVAL_DENIED')
    expect(refusal.reason).toContain('different people')
    expect(at).toBe(4)
  })

  test('one denial ends it', async () => {
    const { desk, events } = bench(async (_request, { answers }) =>
      answers.length === 0 ? approves() : { decision: 'denied', approver: carol, reason: 'no' },
    )
    refused(await desk.obtain(two, patient), 'CARDEA_APPROVAL_DENIED')
    expect(events()).toEqual(['approval.request', 'approval.answer', 'approval.answer', 'approval.expire'])
  })
})

describe('words of approvers', () => {
  test('reach the agent and the record scrubbed and cut', async () => {
    const { desk, notes } = bench(async () => ({
      decision: 'denied',
      approver: bob,
      reason: `not for ${VISA}. ${'x'.repeat(5_000)}`,
      ticket: VISA,
    }))
    const refusal = refused(await desk.obtain(decided(), patient), 'CARDEA_APPROVAL_DENIED')
    expect(refusal.reason).toContain('not for 411111******1111.')
    expect(refusal.reason.length).toBeLessThan(600)
    expect(JSON.stringify([refusal.reason, notes])).not.toContain(VISA)
    expect(refusal).toMatchObject({ rule: 'writes-need-approval', decisionId: 'decision-1' })
  })
})
