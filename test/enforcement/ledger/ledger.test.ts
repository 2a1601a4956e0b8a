/** A ledger in memory: when work runs, when it does not, and what is said instead. */
import { afterEach, describe, expect, test } from '@jest/globals'
import type { CallLedger } from '../../../src/enforcement/call-ledger.js'
import type { LedgerStore } from '../../../src/enforcement/ledger/ledger-store.js'
import { memoryLedgerStore } from '../../../src/enforcement/ledger/memory.js'
import { answer, counted, gate, handClock, insert, ledgerWith, said } from './kit.js'

const clock = handClock()
const open: CallLedger[] = []

function ledger(options: Parameters<typeof ledgerWith>[1] = {}): CallLedger {
  const made = ledgerWith(clock, options)
  open.push(made)
  return made
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

describe('calls without a key', () => {
  test('two equal calls whose answers arrive both run', async () => {
    const work = counted()
    const book = ledger()
    for (const run of [1, 2]) {
      const carried = await book.carry(insert, work)
      expect(carried.repeated).toBe(false)
      expect(said(carried.result)).toMatchObject({ status: 'executed', run })
      carried.delivered()
    }
    expect(work.runs).toBe(2)
  })

  test('a call whose answer got lost is not run again: the next equal one gets the answer, once it has it both run anew', async () => {
    const work = counted()
    const book = ledger()
    ;(await book.carry(insert, work)).lost()
    const second = await book.carry(insert, work)
    expect([second.repeated, said(second.result)['run']]).toEqual([true, 1])
    second.lost()
    const third = await book.carry(insert, work)
    expect([third.repeated, said(third.result)['run']]).toEqual([true, 1])
    third.delivered()
    const fourth = await book.carry(insert, work)
    expect([fourth.repeated, said(fourth.result)['run']]).toEqual([false, 2])
    expect(work.runs).toBe(2)
  })

  test.each([
    ['caller', { ...insert, caller: 'mallory bot s1 billing' }],
    ['tool', { ...insert, tool: 'approval_status' }],
    ['arguments', { ...insert, args: { ...(insert.args as object), params: [13] } }],
    ['key', { ...insert, idempotencyKey: 'k' }],
  ])('a call with another %s is another call', async (_, other) => {
    const work = counted()
    const book = ledger()
    ;(await book.carry(insert, work)).lost()
    expect((await book.carry(other, work)).repeated).toBe(false)
    expect(work.runs).toBe(2)
  })

  test('member order and null arguments make no other call', async () => {
    const work = counted()
    const book = ledger()
    ;(await book.carry(insert, work)).lost()
    const args = { reason: null, params: [12], sql: 'insert into refunds (amount) values ($1)' }
    expect((await book.carry({ ...insert, args }, work)).repeated).toBe(true)
  })

  test('the answer is forgotten after ten minutes', async () => {
    const work = counted()
    const book = ledger()
    ;(await book.carry(insert, work)).lost()
    clock.pass(599_999)
    const before = await book.carry(insert, work)
    expect(before.repeated).toBe(true)
    before.lost()
    clock.pass(1)
    expect((await book.carry(insert, work)).repeated).toBe(false)
  })
})

describe('calls at once', () => {
  test('equal calls share one run, whose answer is kept while the last of them has none', async () => {
    const work = counted()
    const { opened, open: finish } = gate()
    work.pause = opened
    const book = ledger()
    const calls = Array.from({ length: 20 }, () => book.carry(insert, work))
    finish()
    const all = await Promise.all(calls)
    expect(work.runs).toBe(1)
    expect(all.filter(({ repeated }) => !repeated)).toHaveLength(1)
    for (const one of all.slice(0, -1)) one.delivered()
    all.at(-1)?.lost()
    expect((await book.carry(insert, work)).repeated).toBe(true)
    expect(work.runs).toBe(1)
  })

  test('a first answer that got lost counts for nothing once the call sent again has it', async () => {
    const work = counted()
    const { opened, open: finish } = gate()
    work.pause = opened
    const book = ledger()
    const calls = [book.carry(insert, work), book.carry(insert, work)]
    finish()
    const [first, again] = await Promise.all(calls)
    first?.lost()
    again?.delivered()
    expect((await book.carry(insert, work)).repeated).toBe(false)
  })

  test('who goes away takes only their own call with them: who shares it runs it', async () => {
    const { opened, open: finish } = gate()
    const gone = counted({
      status: 'denied',
      code: 'CARDEA_ABANDONED',
      reason: 'The caller gave up while the statement waited. It did not run.',
    })
    gone.pause = opened
    const work = counted()
    const book = ledger()
    const first = book.carry(insert, gone)
    const again = book.carry(insert, work)
    finish()
    ;(await first).lost()
    const { result, repeated } = await again
    expect([said(result)['status'], repeated, work.runs]).toEqual(['executed', false, 1])
  })

  test('a key with other arguments is refused while its call is under way', async () => {
    const work = counted()
    const { opened, open: finish } = gate()
    work.pause = opened
    const book = ledger()
    const first = book.carry({ ...insert, idempotencyKey: 'k' }, work)
    const { result } = await book.carry({ ...insert, idempotencyKey: 'k', args: {} }, work)
    expect(said(result)).toMatchObject({ status: 'failed', code: 'CARDEA_IDEMPOTENCY_KEY', retryable: false })
    finish()
    await first
    expect(work.runs).toBe(1)
  })
})

describe('calls with a key', () => {
  const named = { ...insert, idempotencyKey: 'refund-7' }

  test('run once, however often they are sent and their answer arrives', async () => {
    const work = counted()
    const book = ledger()
    for (const sent of [1, 2, 3]) {
      const carried = await book.carry(named, work)
      expect([carried.repeated, said(carried.result)['run']]).toEqual([sent > 1, 1])
      carried.delivered()
    }
    const { result } = await book.carry({ ...named, args: { sql: 'delete from refunds' } }, work)
    expect(said(result)).toMatchObject({ code: 'CARDEA_IDEMPOTENCY_KEY' })
    clock.pass(86_400_000)
    expect((await book.carry(named, work)).repeated).toBe(false)
  })

  test('belong to their caller', async () => {
    const work = counted()
    const book = ledger()
    ;(await book.carry(named, work)).delivered()
    expect((await book.carry({ ...named, caller: 'bob' }, work)).repeated).toBe(false)
  })
})

describe('what never ran', () => {
  test.each([
    { status: 'denied', code: 'CARDEA_POLICY_DENIED', reason: 'no' },
    { status: 'approval_required', approval_id: 'x' },
    { status: 'invalid', code: 'CARDEA_TOOL_ARGUMENTS' },
    { status: 'failed', code: '40001', retryable: true },
  ])('is not kept: $status $code', async value => {
    const work = counted(value)
    const book = ledger()
    ;(await book.carry({ ...insert, idempotencyKey: 'k' }, work)).lost()
    expect((await book.carry({ ...insert, idempotencyKey: 'k', args: {} }, work)).repeated).toBe(false)
    expect(work.runs).toBe(2)
  })

  test.each([
    { status: 'denied', code: 'CARDEA_SENSITIVE_DATA', reason: 'withheld' },
    { status: 'denied', code: 'CARDEA_ABANDONED', reason: 'cancelled at the server, perhaps too late' },
    { status: 'failed', code: 'CARDEA_AUDIT_UNAVAILABLE', retryable: true },
    { status: 'failed', code: '08006', retryable: true },
    { status: 'failed', code: '23505' },
  ])('what may have run is: $status $code', async value => {
    const work = counted(value)
    const book = ledger()
    ;(await book.carry(insert, work)).lost()
    expect((await book.carry(insert, work)).repeated).toBe(true)
    expect(work.runs).toBe(1)
  })

  test('work that throws leaves an unknown outcome, which is kept', async () => {
    const book = ledger()
    const first = await book.carry(insert, () => Promise.reject(new Error('PAN 4111111111111111')))
    expect(said(first.result)).toMatchObject({ status: 'failed', code: 'CARDEA_OUTCOME_UNKNOWN' })
    expect(JSON.stringify(first)).not.toContain('4111')
    first.lost()
    const work = counted()
    expect((await book.carry(insert, work)).repeated).toBe(true)
    expect(work.runs).toBe(0)
  })
})

describe('limits', () => {
  test('an answer that is too long is given, and not kept', async () => {
    const book = ledger({ longestAnswer: 100 })
    const first = await book.carry(insert, async () => answer({ status: 'ok', rows: ['x'.repeat(200)] }))
    expect(said(first.result)).toMatchObject({ status: 'ok' })
    first.lost()
    const work = counted()
    const again = await book.carry(insert, work)
    expect(said(again.result)).toMatchObject({
      status: 'failed',
      code: 'CARDEA_OUTCOME_UNKNOWN',
      retryable: false,
    })
    again.delivered()
    expect(work.runs).toBe(0)
  })

  test('arguments that are not JSON, and endless ones, are refused', async () => {
    const work = counted()
    const endless: unknown[] = []
    endless.push(endless)
    for (const args of [{ n: 1n }, endless, { f: () => 1 }]) {
      const { result } = await ledger().carry({ ...insert, args }, work)
      expect(said(result)['code']).toBe('CARDEA_TOOL_ARGUMENTS')
    }
    expect(work.runs).toBe(0)
  })

  test('a durable store needs a key', () => {
    const store = { ...memoryLedgerStore(), durable: true }
    expect(() => ledger({ store, key: Buffer.alloc(31) })).toThrow(/32 bytes/)
  })

  test('a store that cannot be written lets nothing run, and is asked again', async () => {
    const good = memoryLedgerStore()
    let broken = true
    const store: LedgerStore = {
      ...good,
      begin: async entry =>
        broken ? Promise.reject(new Error('gone: insert into refunds')) : good.begin(entry),
    }
    const work = counted()
    const book = ledger({ store })
    const { result } = await book.carry(insert, work)
    expect(said(result)).toMatchObject({
      status: 'failed',
      code: 'CARDEA_STORE_UNAVAILABLE',
      retryable: true,
    })
    expect([work.runs, JSON.stringify(result).includes('refunds')]).toEqual([0, false])
    broken = false
    expect((await book.carry(insert, work)).repeated).toBe(false)
    expect(work.runs).toBe(1)
  })

  test('a store that fails after the work ran keeps the call from running again', async () => {
    const good = memoryLedgerStore()
    const store: LedgerStore = {
      ...good,
      settle: () => Promise.reject(new Error('gone')),
      forget: () => Promise.reject(new Error('gone')),
    }
    const work = counted()
    const book = ledger({ store })
    const first = await book.carry(insert, work)
    expect(said(first.result)['status']).toBe('executed')
    first.lost()
    expect(said((await book.carry(insert, work)).result)['code']).toBe('CARDEA_CALL_UNDERWAY')
    clock.pass(15_000)
    expect(said((await book.carry(insert, work)).result)['code']).toBe('CARDEA_OUTCOME_UNKNOWN')
    expect(work.runs).toBe(1)
  })

  test('a closed ledger lets nothing run', async () => {
    const book = ledger()
    await book.close()
    const work = counted()
    expect(said((await book.carry(insert, work)).result)['code']).toBe('CARDEA_CLOSED')
    expect(work.runs).toBe(0)
  })
})
