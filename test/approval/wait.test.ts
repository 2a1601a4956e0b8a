import { describe, expect, test } from '@jest/globals'
import type { ApprovalAnswer } from '../../src/model/grant.js'
import { alice, approves, bench, bob, decided, MINUTE, passed, patient, refused, VISA } from './desk-kit.js'

const never = () => new Promise<ApprovalAnswer>(() => {})

describe('time and abandonment', () => {
  test('an answer after the deadline is a timeout, by either clock', async () => {
    for (const late of ['advance', 'jump'] as const) {
      const kit = bench(async () => {
        kit.clock[late](15 * MINUTE)
        return approves()
      })
      refused(await kit.desk.obtain(decided(), patient), 'CARDEA_APPROVAL_TIMEOUT')
      expect(kit.events()).toEqual(['approval.request', 'approval.expire', 'approval.answer'])
      expect(kit.notes.at(-1)?.detail).toMatchObject({ decision: 'approved', counted: false })
    }
  })

  test('a wall clock set back does not give people more time', async () => {
    const kit = bench(async () => {
      kit.clock.advance(15 * MINUTE)
      kit.clock.jump(-60 * MINUTE)
      return approves()
    })
    refused(await kit.desk.obtain(decided(), patient), 'CARDEA_APPROVAL_TIMEOUT')
  })

  test('silence ends in a timeout, and the provider is told', async () => {
    let told = false
    const kit = bench((_request, { signal }) => {
      signal.addEventListener('abort', () => {
        told = true
      })
      kit.clock.advance(15 * MINUTE)
      return never()
    })
    refused(await kit.desk.obtain(decided(), patient), 'CARDEA_APPROVAL_TIMEOUT')
    expect(told).toBe(true)
  })

  test('a caller that gives up is told so at once, also by a provider that ignores it', async () => {
    const caller = new AbortController()
    const { desk, events } = bench({
      name: 'deaf',
      request: () => {
        queueMicrotask(() => caller.abort())
        return never()
      },
    })
    refused(await desk.obtain(decided(), caller.signal), 'CARDEA_ABANDONED')
    expect(events()).toEqual(['approval.request', 'approval.expire'])
  })

  test('a late answer becomes nothing', async () => {
    const caller = new AbortController()
    let answerLate: (answer: ApprovalAnswer) => void = () => {}
    const { desk, events } = bench({
      name: 'late',
      request: () =>
        new Promise(resolve => {
          answerLate = resolve
          queueMicrotask(() => caller.abort())
        }),
    })
    refused(await desk.obtain(decided(), caller.signal), 'CARDEA_ABANDONED')
    answerLate(approves())
    await new Promise(resolve => setImmediate(resolve))
    expect(events()).not.toContain('approval.grant')
  })

  test.each(['approval.answer', 'approval.grant'] as const)(
    'giving up while %s is being written',
    async event => {
      const caller = new AbortController()
      const { desk, events } = bench(async () => approves(), {
        onNote: noted => {
          if (noted === event) caller.abort()
        },
      })
      refused(await desk.obtain(decided(), caller.signal), 'CARDEA_ABANDONED')
      expect(events().at(-1)).toBe('approval.expire')
    },
  )

  test('a signal that aborted before asks nobody', async () => {
    let asked = false
    const { desk } = bench(async () => {
      asked = true
      return approves()
    })
    refused(await desk.obtain(decided(), AbortSignal.abort()), 'CARDEA_ABANDONED')
    expect(asked).toBe(false)
  })

  test('a provider that rejects because it was aborted is not called unavailable', async () => {
    const caller = new AbortController()
    const { desk } = bench((_request, { signal }) => {
      queueMicrotask(() => caller.abort())
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    })
    refused(await desk.obtain(decided(), caller.signal), 'CARDEA_ABANDONED')
  })
})

describe('the record', () => {
  test('has every step in order, with who and until when', async () => {
    const { desk, notes, events } = bench(async () => approves())
    passed(await desk.obtain(decided(), patient))
    expect(events()).toEqual(['approval.request', 'approval.answer', 'approval.grant'])
    expect(notes[0]?.detail).toMatchObject({
      request: 'id-1',
      decision: 'decision-1',
      rule: 'writes-need-approval',
      policyHash: 'policy-1',
      principal: [{ subject: alice.subject, issuer: alice.issuer, kind: 'human' }],
      quorum: 1,
      decideBy: '2030-01-01T00:15:00.000Z',
    })
    expect(notes[1]?.detail).toMatchObject({
      decision: 'approved',
      approver: bob,
      reason: 'ticket 42',
      counted: true,
    })
    expect(notes[2]?.detail).toMatchObject({
      grant: 'id-2',
      approvers: [bob],
      expiresAt: '2030-01-01T00:05:00.000Z',
    })
    expect(JSON.stringify(notes)).not.toContain(VISA)
  })

  test.each(['approval.request', 'approval.answer', 'approval.grant'] as const)(
    'that cannot be written at %s stops everything',
    async event => {
      const { desk } = bench(async () => approves(), {
        onNote: noted => {
          if (noted === event) throw new Error('the trail is full')
        },
      })
      await expect(desk.obtain(decided(), patient)).rejects.toThrow('the trail is full')
    },
  )
})

describe('closing', () => {
  test('right after the caller gave up: the first reason stays', async () => {
    const caller = new AbortController()
    const { desk } = bench(never)
    const waiting = desk.obtain(decided(), caller.signal)
    caller.abort()
    await desk.close()
    refused(await waiting, 'CARDEA_ABANDONED')
  })

  test('ends open waits, refuses what comes later, and closes the provider', async () => {
    let closed = 0
    const { desk } = bench({
      name: 'mute',
      request: () => (closed > 0 ? Promise.reject(new Error('closed')) : never()),
      close: async () => {
        closed += 1
      },
    })
    const waiting = desk.obtain(decided(), patient)
    await new Promise(resolve => setImmediate(resolve))
    await desk.close()
    refused(await waiting, 'CARDEA_APPROVAL_UNAVAILABLE')
    expect(closed).toBe(1)
    refused(await desk.obtain(decided(), patient), 'CARDEA_APPROVAL_UNAVAILABLE')
  })

  test('puts unused grants on record and forgets them', async () => {
    const { desk, notes } = bench(async () => approves())
    const pass = passed(await desk.obtain(decided(), patient))
    await desk.close()
    expect(notes.at(-1)).toMatchObject({
      event: 'approval.expire',
      detail: { grant: pass.grant?.id, why: 'closed' },
    })
    refused(await desk.clear(decided(), pass), 'CARDEA_GRANT_INVALID')
  })

  test('closes the provider also when the trail fails', async () => {
    let closed = false
    const { desk } = bench(
      {
        name: 'p',
        request: async () => approves(),
        close: async () => {
          closed = true
        },
      },
      {
        onNote: event => {
          if (event === 'approval.expire') throw new Error('the trail is full')
        },
      },
    )
    passed(await desk.obtain(decided(), patient))
    await expect(desk.close()).rejects.toThrow('the trail is full')
    expect(closed).toBe(true)
  })
})
