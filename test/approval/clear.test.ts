import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ConfigurationError } from '../../src/errors.js'
import type { Pass } from '../../src/model/progress.js'
import { isRefusal } from '../../src/model/refusal.js'
import type { Binding } from '../../src/model/submission.js'
import {
  alice,
  approves,
  bench,
  bob,
  type DecidedParts,
  decided,
  MINUTE,
  passed,
  patient,
  refused,
  requirement,
} from './desk-kit.js'

async function granted(parts: DecidedParts = {}, options: Parameters<typeof bench>[1] = {}) {
  const kit = bench(async () => approves(), options)
  const pass = passed(await kit.desk.obtain(decided(parts), patient))
  return { ...kit, pass }
}

describe('a grant', () => {
  test('clears exactly the submission that was approved, and is consumed on record', async () => {
    const { desk, pass, notes } = await granted()
    const cleared = passed(await desk.clear(decided({ decision: { id: 'decision-2' } }), pass))
    expect(cleared.grant).toEqual(pass.grant)
    expect(cleared.decision.id).toBe('decision-2')
    expect(notes.at(-1)).toEqual({
      event: 'approval.consume',
      detail: {
        request: pass.grant?.requestId,
        grant: pass.grant?.id,
        kind: 'single',
        decision: 'decision-2',
        approvers: [bob],
      },
    })
  })

  test('is good once', async () => {
    const { desk, pass } = await granted()
    passed(await desk.clear(decided(), pass))
    refused(await desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
  })

  test('admits exactly one of many who come at once', async () => {
    const { desk, pass, events } = await granted()
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => desk.clear(decided(), pass)))
    expect(outcomes.filter(outcome => !isRefusal(outcome))).toHaveLength(1)
    expect(events().filter(event => event === 'approval.consume')).toHaveLength(1)
  })

  test('is spent even if its use cannot be put on record', async () => {
    let full = true
    const { desk, pass } = await granted(
      {},
      {
        onNote: event => {
          if (event === 'approval.consume' && full) throw new Error('the trail is full')
        },
      },
    )
    await expect(desk.clear(decided(), pass)).rejects.toThrow('the trail is full')
    full = false
    refused(await desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
  })

  test('is still consumed when policy has come to allow the statement', async () => {
    const { desk, pass } = await granted()
    const allowed = decided({ decision: { effect: 'allow', rule: 'reads-are-fine' } })
    expect(passed(await desk.clear(allowed, pass)).grant?.id).toBe(pass.grant?.id)
    refused(await desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
  })

  test('does not help against a denial', async () => {
    const { desk, pass } = await granted()
    refused(await desk.clear(decided({ decision: { effect: 'deny' } }), pass), 'CARDEA_POLICY_DENIED')
  })
})

describe('what a grant is bound to', () => {
  const submission = decided().submission
  const agent = { framework: 'autogen', id: 'billing-bot' }
  const changes: readonly (readonly [string, DecidedParts])[] = [
    ['statement', { submission: { statement: `${submission.statement} ` } }],
    ['bindings', { submission: { bindings: ['5555555555554444'] } }],
    ['number of bindings', { submission: { bindings: [...submission.bindings, null] } }],
    ['dialect', { submission: { dialect: 'mysql' } }],
    ['subject', { principal: { ...alice, subject: 'eve@corp.example' } }],
    ['issuer', { principal: { ...alice, issuer: 'https://other.example' } }],
    ['kind', { principal: { ...alice, kind: 'service' } }],
    ['the human behind', { principal: { ...alice, onBehalfOf: { subject: 'dora', issuer: 'x' } } }],
    ['agent framework', { submission: { agent: { ...agent, framework: 'langchain' } } }],
    ['agent id', { submission: { agent: { ...agent, id: 'other-bot' } } }],
    ['session', { submission: { session: 'session-2' } }],
    ['data source', { submission: { dataSource: { id: 'ledger', environment: 'production' } } }],
    ['environment', { submission: { dataSource: { id: 'billing', environment: 'staging' } } }],
    ['rule', { decision: { rule: 'another-rule' } }],
    ['quorum', { decision: { approval: { ...requirement, quorum: 2 } } }],
    ['approvers', { decision: { approval: { ...requirement, approvers: ['ciso'] } } }],
    ['policy', { decision: { policyHash: 'policy-2' } }],
    ['catalog', { catalog: { version: 'catalog-2' } }],
  ]

  test.each(changes)('%s', async (_, change) => {
    const { desk, pass, events } = await granted()
    refused(await desk.clear(decided(change), pass), 'CARDEA_GRANT_INVALID')
    expect(events()).not.toContain('approval.consume')
    passed(await desk.clear(decided(), pass))
  })

  test('no agent is not the same as an agent', async () => {
    const { desk, pass } = await granted()
    const { agent: _, ...bare } = submission
    const whole = decided()
    refused(await desk.clear({ ...whole, submission: bare } as typeof whole, pass), 'CARDEA_GRANT_INVALID')
  })

  test('also when policy has come to allow: the wrong statement is the wrong statement', async () => {
    const { desk, pass } = await granted()
    const other = decided({ submission: { statement: 'drop table cards' }, decision: { effect: 'allow' } })
    refused(await desk.clear(other, pass), 'CARDEA_GRANT_INVALID')
  })

  test('not to what the agent merely claims', async () => {
    const { desk, pass } = await granted()
    const talkative = decided({
      submission: { agent: { ...agent, claimedReason: 'another story', toolCall: '9' } },
    })
    passed(await desk.clear(talkative, pass))
  })

  const lookalikes: readonly (readonly [string, readonly Binding[], readonly Binding[]])[] = [
    ['text and number', ['1'], [1]],
    ['number and bigint', [1], [1n]],
    ['null and text', [null], ['null']],
    ['null and undefined', [null], [undefined]],
    ['true and 1', [true], [1]],
    ['zero and minus zero', [0], [-0]],
    ['date and its number', [new Date(5)], [5]],
    ['bytes and text', [Uint8Array.of(97)], ['a']],
    ['list and its members', [['a', 'b']], ['a', 'b']],
    ['nested lists', [[['a'], 'b']], [[['a', 'b']]]],
    ['a moved boundary', ['ab', 'c'], ['a', 'bc']],
    ['empty list and empty text', [[]], ['']],
    ['two ill-formed texts', ['\ud800'], ['\ud801']],
    ['ill-formed text and U+FFFD', ['\ud800'], ['\ufffd']],
  ]

  test.each(lookalikes)('bindings by value and type: %s', async (_, one, other) => {
    const { desk, pass } = await granted({ submission: { bindings: one } })
    refused(await desk.clear(decided({ submission: { bindings: other } }), pass), 'CARDEA_GRANT_INVALID')
    passed(await desk.clear(decided({ submission: { bindings: one } }), pass))
  })

  test('a buffer that changed after approval', async () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const { desk, pass } = await granted({ submission: { bindings: [bytes] } })
    bytes[0] = 9
    refused(await desk.clear(decided({ submission: { bindings: [bytes] } }), pass), 'CARDEA_GRANT_INVALID')
  })

  test('property: two lists of bindings share a binding only if they are equal', async () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.constant(undefined),
      fc.string({ maxLength: 3 }),
      fc.double(),
      fc.bigInt({ min: -3n, max: 3n }),
      fc.boolean(),
      fc.uint8Array({ maxLength: 2 }),
    )
    const list = fc.array(fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(list, list, async (one, other) => {
        const { desk, pass } = await granted({ submission: { bindings: one } })
        const outcome = await desk.clear(decided({ submission: { bindings: other } }), pass)
        expect(isRefusal(outcome)).toBe(!equal(one, other))
      }),
      { numRuns: 300 },
    )
  })

  function equal(one: readonly Binding[], other: readonly Binding[]): boolean {
    try {
      expect(one).toStrictEqual(other)
      return true
    } catch {
      return false
    }
  }
})

describe('forged and foreign passes', () => {
  test('only the desk’s own copy of a grant is believed', async () => {
    const { desk, clock, pass } = await granted()
    if (pass.grant === null) throw new Error('no grant')
    const stretched = {
      grant: { ...pass.grant, expiresAt: Number.MAX_SAFE_INTEGER, answers: [] },
    } as unknown as Pass
    const cleared = passed(await desk.clear(decided(), stretched))
    expect(cleared.grant?.answers).toHaveLength(1)
    const again = await granted()
    again.clock.advance(5 * MINUTE)
    const late = { grant: { ...again.pass.grant, expiresAt: clock.now() * 2 } } as unknown as Pass
    refused(await again.desk.clear(decided(), late), 'CARDEA_GRANT_INVALID')
  })

  test.each([
    ['an unknown id', { grant: { id: 'id-999' } }],
    ['a grant without anything', { grant: {} }],
    ['no grant at all', {}],
    ['undefined', { grant: undefined }],
  ])('%s', async (_, forged) => {
    const { desk } = await granted()
    refused(await desk.clear(decided(), forged as unknown as Pass), 'CARDEA_GRANT_INVALID')
  })

  test('a pass of another process or of an earlier life of this one', async () => {
    const key = new Uint8Array(32).fill(7)
    const { pass } = await granted({}, { key })
    const restarted = bench(async () => approves(), { key })
    refused(await restarted.desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
  })

  test('a pass for an allowed statement, once policy asks for approval', async () => {
    const { desk } = bench(async () => approves())
    const pass = passed(await desk.obtain(decided({ decision: { effect: 'allow' } }), patient))
    refused(await desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
  })

  test('an allowed statement needs no grant', async () => {
    const { desk, notes } = bench(null)
    const allowed = decided({ decision: { effect: 'allow' } })
    const cleared = passed(await desk.clear(allowed, passed(await desk.obtain(allowed, patient))))
    expect(cleared.grant).toBeNull()
    expect(cleared.submission).toBe(allowed.submission)
    expect(notes).toEqual([])
  })
})

describe('expiry', () => {
  test('a grant is refused from its last millisecond on, and its end is recorded once', async () => {
    const { desk, clock, pass, events } = await granted()
    clock.advance(5 * MINUTE)
    const outcomes = await Promise.all([desk.clear(decided(), pass), desk.clear(decided(), pass)])
    for (const outcome of outcomes) refused(outcome, 'CARDEA_GRANT_INVALID')
    expect(events().filter(event => event === 'approval.expire')).toHaveLength(1)
  })

  test('a grant is good until then', async () => {
    const { desk, clock, pass } = await granted()
    clock.advance(5 * MINUTE - 1)
    passed(await desk.clear(decided(), pass))
  })

  test('a wall clock set back does not stretch it, one set forward ends it', async () => {
    const back = await granted()
    back.clock.advance(5 * MINUTE)
    back.clock.jump(-MINUTE)
    refused(await back.desk.clear(decided(), back.pass), 'CARDEA_GRANT_INVALID')
    const forward = await granted()
    forward.clock.jump(5 * MINUTE)
    refused(await forward.desk.clear(decided(), forward.pass), 'CARDEA_GRANT_INVALID')
  })

  test('an expired grant stays expired when the clock is set back', async () => {
    const { desk, clock, pass } = await granted()
    clock.jump(5 * MINUTE)
    refused(await desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
    clock.jump(-5 * MINUTE)
    refused(await desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
  })

  test('a grant that nobody used is put on record at the next request, once', async () => {
    const { desk, clock, pass, notes } = await granted()
    clock.advance(5 * MINUTE)
    passed(await desk.obtain(decided(), patient))
    passed(await desk.obtain(decided(), patient))
    const ends = notes.filter(({ event }) => event === 'approval.expire')
    expect(ends.map(({ detail }) => detail['grant'])).toEqual([pass.grant?.id])
  })
})

test('a key that is too short is a configuration error', () => {
  expect(() => bench(null, { key: new Uint8Array(31) })).toThrow(ConfigurationError)
})
