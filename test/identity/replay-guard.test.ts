import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { replayGuard } from '../../src/identity/replay-guard.js'

/** A clock that a test sets. */
function hand() {
  let time = 0
  return {
    now: () => time,
    monotonic: () => time,
    set(to: number) {
      time = to
    },
  }
}

describe('a replay guard', () => {
  test('admits an id once', () => {
    const guard = replayGuard(hand())
    expect(guard.admit('a', 100)).toBe('fresh')
    expect(guard.admit('a', 100)).toBe('seen')
    expect(guard.admit('b', 100)).toBe('fresh')
  })

  test('that is full admits nothing new, and forgets nothing that still counts', () => {
    const clock = hand()
    const guard = replayGuard(clock, 3)
    for (const id of ['a', 'b', 'c']) expect(guard.admit(id, 5000)).toBe('fresh')
    for (let at = 0; at < 100; at++) expect(guard.admit(`x${at}`, 9000)).toBe('full')
    for (const id of ['a', 'b', 'c']) expect(guard.admit(id, 5000)).toBe('seen')
    clock.set(5000)
    expect(guard.admit('x0', 9000)).toBe('fresh')
    expect(guard.admit('x0', 9000)).toBe('seen')
  })

  test('is not reopened by a clock that is set back', () => {
    const clock = hand()
    clock.set(10_000)
    const guard = replayGuard(clock, 10)
    expect(guard.admit('a', 10_500)).toBe('fresh')
    clock.set(11_000)
    expect(guard.admit('b', 20_000)).toBe('fresh')
    clock.set(9000)
    expect(guard.admit('a', 10_500)).toBe('seen')
  })

  test('never admits an id twice within its lifetime, whatever comes', () => {
    const step = fc.record({
      id: fc.constantFrom(...'abcdefghij'),
      lives: fc.nat(4000),
      passes: fc.nat(1500),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 6 }), (steps, limit) => {
        const clock = hand()
        const guard = replayGuard(clock, limit)
        const admitted = new Map<string, number>()
        for (const { id, lives, passes } of steps) {
          clock.set(clock.now() + passes)
          const until = clock.now() + lives
          if (guard.admit(id, until) !== 'fresh') continue
          expect(admitted.get(id) ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(clock.now())
          admitted.set(id, until)
        }
      }),
    )
  })
})
