/** A call that takes long stays under way for other processes, however long that is. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { LedgerStore } from '../../../src/enforcement/ledger/ledger-store.js'
import { memoryLedgerStore } from '../../../src/enforcement/ledger/memory.js'
import { counted, gate, handClock, insert, ledgerWith, said } from './kit.js'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('signs of life keep a call alive; without them it ends unknown', async () => {
  const clock = handClock()
  let alive = true
  const shared = memoryLedgerStore()
  const store: LedgerStore = {
    ...shared,
    hold: async (ids, seen) => (alive ? shared.hold(ids, seen) : undefined),
  }
  const [here, there] = [ledgerWith(clock, { store }), ledgerWith(clock, { store: shared })]
  const [started, ended] = [gate(), gate()]
  const first = here.carry(insert, async () => {
    started.open()
    await ended.opened
    return counted()()
  })
  await started.opened
  const pass = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += 5_000) {
      clock.pass(5_000)
      await jest.advanceTimersByTimeAsync(5_000)
    }
  }
  const work = counted()
  const code = async () => said((await there.carry(insert, work)).result)['code']
  // Longer than an answer is kept.
  await pass(1_200_000)
  expect(await code()).toBe('CARDEA_CALL_UNDERWAY')
  alive = false
  await pass(15_000)
  expect(await code()).toBe('CARDEA_OUTCOME_UNKNOWN')
  expect(work.runs).toBe(0)
  ended.open()
  ;(await first).delivered()
  await here.close()
  expect(jest.getTimerCount()).toBe(0)
})
