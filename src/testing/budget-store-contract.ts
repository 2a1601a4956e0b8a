/**
 * What budgets rely on in a `BudgetStore`, as tests. The adapter under test brings further handles onto the same
 * storage, because a store is shared by processes.
 */
import assert from 'node:assert/strict'
import type { BudgetAccount, BudgetStore, BudgetUse } from '../budget/budget-store.js'
import { SESSION_SILENCE_MS } from '../model/budget.js'
import {
  type StoreBench,
  type StoreContractOptions,
  type StoreUnderTest,
  storeContract,
} from './store-contract.js'

export interface BudgetStoreUnderTest extends StoreUnderTest<BudgetStore> {
  /** Makes the store's clock read so many milliseconds later; for a negative number, it has been set back. */
  pass(milliseconds: number): void | Promise<void>
}

export type BudgetStoreContractOptions = StoreContractOptions<BudgetStoreUnderTest>

/**
 * Registers one test for each promise of the port. Without `another`, the promises about several handles are
 * checked on one; without `breakStorage`, the promise about broken storage is not checked.
 *
 * @example
 * budgetStoreContract({ test, make: async () => ({ store: myStore(url), pass: ms => shiftMyClock(ms) }) })
 */
export function budgetStoreContract(options: BudgetStoreContractOptions): void {
  storeContract('budget store', options, PROMISES, benchOf)
}

interface Bench extends StoreBench<BudgetStore> {
  pass(milliseconds: number): Promise<void>
  /** What the charge fell short of; null: it was taken. */
  charge(
    account: BudgetAccount | readonly BudgetAccount[],
    rows: number,
    pans?: readonly string[],
  ): Promise<Short>
  /** Rows and card numbers that count now. */
  used(account: BudgetAccount, where?: BudgetStore): Promise<readonly [rows: number, pans: number]>
}

type Short = { readonly id: string; readonly measure: string } | null

function benchOf(common: StoreBench<BudgetStore>, adapter: BudgetStoreUnderTest): Bench {
  const { store, inTime } = common
  return {
    ...common,
    pass: async milliseconds => adapter.pass(milliseconds),
    async charge(accounts, rows, pans = []) {
      const short = await inTime(store.charge([accounts].flat(), { rows, pans }), 'a charge')
      return short === null ? null : { id: short.account.id, measure: short.measure }
    },
    async used(account, where = store) {
      const [use] = await inTime(where.used([account]), 'a look')
      assert.ok(use, 'an account without an answer')
      return [use.rows, use.pans]
    },
  }
}

const HOUR_MS = 3_600_000
const id = (name: string): string => Buffer.from(name).toString('hex').padEnd(64, '0')
/** A number that stands for a card, as stores see one. */
const pan = (number: number): string => number.toString(16).padStart(64, '0')

function account(
  name: string,
  limits: Partial<BudgetAccount> = { rows: 10, distinctPans: 3 },
): BudgetAccount {
  return { id: id(name), per: 'principal', windowMs: HOUR_MS, ...limits }
}

function session(name: string): BudgetAccount {
  return { id: id(name), per: 'session', rows: 10, distinctPans: 3 }
}

const PROMISES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'has a name and says whether it is durable': async ({ store }) => {
    assert.match(store.name, /\S/)
    assert.equal(typeof store.durable, 'boolean')
  },
  'can be opened more than once': async ({ store, inTime }) => {
    await inTime(Promise.resolve(store.open?.()), 'a second opening')
  },
  'has nothing used of an account that nobody has charged': async ({ used, charge }) => {
    await charge(account('other'), 1, [pan(1)])
    assert.deepEqual(await used(account('new')), [0, 0])
    assert.deepEqual(await used(account('other')), [1, 1])
  },
  'answers for each account, in order': async ({ store, charge, inTime }) => {
    await charge(account('a'), 1)
    await charge(account('b'), 2)
    const names = ['b', 'none', 'a', 'b']
    const uses = await inTime(store.used(names.map(name => account(name))), 'a look')
    assert.deepEqual(
      uses.map(({ rows }: BudgetUse) => rows),
      [2, 0, 1, 2],
    )
  },
  'takes rows up to the very limit, and adds nothing of what goes above': async ({ charge, used }) => {
    const one = account('rows')
    assert.equal(await charge(one, 9), null)
    assert.deepEqual(await charge(one, 2), { id: one.id, measure: 'rows' })
    assert.deepEqual(await used(one), [9, 0])
    assert.equal(await charge(one, 1), null)
    assert.deepEqual(await charge(one, 1), { id: one.id, measure: 'rows' })
    assert.deepEqual(await used(one), [10, 0])
  },
  'counts a card number once, in whatever charge it comes': async ({ charge, used }) => {
    const one = account('cards')
    assert.equal(await charge(one, 1, [pan(1), pan(2)]), null)
    assert.equal(await charge(one, 1, [pan(2), pan(1)]), null)
    assert.equal(await charge(one, 1, [pan(2), pan(3)]), null)
    assert.deepEqual(await used(one), [3, 3])
    assert.deepEqual(await charge(one, 1, [pan(3), pan(4)]), { id: one.id, measure: 'distinctPans' })
    assert.deepEqual(await used(one), [3, 3])
    assert.equal(
      await charge(one, 1, [pan(1), pan(2), pan(3)]),
      null,
      'cards that count already were refused',
    )
  },
  'remembers no card number of a charge that it refused': async ({ charge, used }) => {
    const one = account('refused')
    await charge(one, 1, [pan(1)])
    assert.notEqual(await charge(one, 10, [pan(2)]), null)
    assert.notEqual(await charge(one, 1, [pan(2), pan(3), pan(4)]), null)
    assert.equal(await charge(one, 1, [pan(2), pan(3)]), null)
    assert.deepEqual(await used(one), [2, 3])
  },
  'tells what had been used of the account that fell short, and until when': async ({ store, inTime }) => {
    const one = account('short')
    await inTime(store.charge([one], { rows: 7, pans: [pan(1)] }), 'a charge')
    const [before] = await inTime(store.used([one]), 'a look')
    const short = await inTime(store.charge([one], { rows: 4, pans: [] }), 'a charge')
    assert.deepEqual(short?.use, before)
    assert.ok((before?.endsAt ?? 0) > 0, 'no end')
  },
  'adds to all accounts or to none': async ({ charge, used }) => {
    const wide = account('wide', { rows: 100, distinctPans: 100 })
    const narrow = account('narrow')
    const narrower = session('narrower')
    assert.equal(await charge([wide, narrow, narrower], 3, [pan(1)]), null)
    for (const one of [wide, narrow, narrower]) assert.deepEqual(await used(one), [3, 1])
    assert.deepEqual(await charge([wide, narrow, narrower], 8, [pan(2)]), { id: narrow.id, measure: 'rows' })
    assert.deepEqual(await charge([narrower, wide], 1, [2, 3, 4].map(pan)), {
      id: narrower.id,
      measure: 'distinctPans',
    })
    for (const one of [wide, narrow, narrower]) assert.deepEqual(await used(one), [3, 1])
  },
  'counts only what an account limits': async ({ charge, used }) => {
    const rowsOnly = account('rows only', { rows: 10 })
    const pansOnly = account('pans only', { distinctPans: 2 })
    assert.equal(await charge([rowsOnly, pansOnly], 10, [pan(1), pan(2)]), null)
    assert.deepEqual(await charge([pansOnly], 1_000_000, [pan(3)]), {
      id: pansOnly.id,
      measure: 'distinctPans',
    })
    assert.equal(await charge(pansOnly, 1_000_000, [pan(2)]), null)
    assert.deepEqual(await charge(rowsOnly, 1, []), { id: rowsOnly.id, measure: 'rows' })
    assert.equal((await used(pansOnly))[1], 2)
  },
  'takes many card numbers at once': async ({ charge, used }) => {
    const many = account('many', { rows: 100_000, distinctPans: 1_500 })
    const cards = Array.from({ length: 1_500 }, (_, at) => pan(at))
    assert.equal(await charge(many, 1_500, cards), null)
    assert.equal(await charge(many, 1_500, cards), null)
    assert.deepEqual(await used(many), [3_000, 1_500])
    assert.notEqual(await charge(many, 1, [...cards, pan(1_500)]), null)
  },
  'goes by the limits of the call, whatever they were before': async ({ charge }) => {
    assert.equal(await charge(account('changed', { rows: 10 }), 8), null)
    assert.notEqual(await charge(account('changed', { rows: 5 }), 1), null)
    assert.equal(await charge(account('changed', { rows: 20 }), 12), null)
  },
  'begins anew when the window is over, and not before': async ({ charge, used, pass }) => {
    const one = account('window')
    await charge(one, 5, [pan(1), pan(2), pan(3)])
    await pass(HOUR_MS / 2)
    await charge(one, 5)
    assert.notEqual(await charge(one, 1), null)
    await pass(HOUR_MS / 2 - 60_000)
    assert.deepEqual(await used(one), [10, 3])
    assert.notEqual(await charge(one, 1), null)
    await pass(120_000)
    assert.deepEqual(await used(one), [0, 0])
    assert.equal(await charge(one, 10, [pan(3), pan(4), pan(5)]), null)
    assert.notEqual(await charge(one, 0, [pan(1)]), null, 'a card number of another window counted')
  },
  'keeps a session until it has been silent for long enough': async ({ charge, used, pass }) => {
    const one = session('silent')
    await charge(one, 4, [pan(1)])
    await pass(SESSION_SILENCE_MS - 60_000)
    assert.equal(await charge(one, 4), null)
    await pass(SESSION_SILENCE_MS - 60_000)
    assert.deepEqual(await used(one), [8, 1])
    assert.notEqual(await charge(one, 3), null)
    await pass(120_000)
    assert.deepEqual(await used(one), [0, 0])
  },
  'forgets nothing when its clock is set back, and locks nobody out for longer than a window':
    async bench => {
      const { charge, used, pass } = bench
      const one = account('back')
      await charge(one, 10)
      await pass(-24 * HOUR_MS)
      assert.deepEqual(await used(one), [10, 0])
      assert.notEqual(await charge(one, 1), null)
      await pass(HOUR_MS + 60_000)
      assert.deepEqual(await used(one), [0, 0])
    },
  'is one account for all handles': async ({ charge, used, another }) => {
    const one = account('shared')
    await charge(one, 6, [pan(1)])
    const other = await another()
    assert.deepEqual(await used(one, other), [6, 1])
    assert.notEqual(await other.charge([one], { rows: 5, pans: [] }), null)
    assert.equal(await other.charge([one], { rows: 4, pans: [pan(1)] }), null)
    assert.deepEqual(await used(one), [10, 1])
  },
  'of many charges at once takes as many as fit': async ({ store, another, used, inTime }) => {
    const handles = [store, await another()]
    const one = account('race', { rows: 10, distinctPans: 100 })
    const wide = account('wide', { rows: 1_000 })
    const charges = Array.from({ length: AT_ONCE }, (_, at) => {
      // In one order and in the other: locks must not wait for each other in a circle.
      const accounts = at % 3 === 0 ? [wide, one] : [one, wide]
      return handles[at % 2]?.charge(accounts, { rows: 1, pans: [pan(at % 4)] })
    })
    const taken = (await inTime(Promise.all(charges), 'charges at once')).filter(short => short === null)
    assert.equal(taken.length, 10)
    const [rows, pans] = await used(one)
    assert.equal(rows, 10)
    assert.ok(pans >= 1 && pans <= 4, 'a card number counted twice')
    assert.equal((await used(wide))[0], 10)
  },
  'counts a card number once that comes in many charges at once': async ({
    store,
    another,
    used,
    inTime,
  }) => {
    const handles = [store, await another()]
    const one = account('same card', { distinctPans: 2 })
    const charges = Array.from({ length: AT_ONCE }, (_, at) =>
      handles[at % 2]?.charge([one], { rows: 1, pans: [pan(7), pan(8)] }),
    )
    const short = (await inTime(Promise.all(charges), 'charges at once')).filter(short => short !== null)
    assert.equal(short.length, 0)
    assert.equal((await used(one))[1], 2)
  },
  'rejects when storage fails, and says nothing of what it counts': async bench => {
    if (bench.breakStorage === undefined) return
    const one = account('broken')
    await bench.charge(one, 1, [pan(1)])
    await bench.breakStorage()
    for (const call of [
      () => bench.store.used([one]),
      () => bench.store.charge([one], { rows: 1, pans: [pan(2)] }),
    ]) {
      const failure = await bench.inTime(
        call().then(
          () => null,
          (error: unknown) => error,
        ),
        'a call of a broken store',
      )
      assert.ok(failure instanceof Error, 'a broken store gave an answer')
      const told = `${failure.message} ${failure.stack} ${JSON.stringify(failure)} ${String(failure.cause)}`
      for (const secret of [one.id, pan(2)])
        assert.ok(!told.includes(secret), 'the error holds what was counted')
    }
  },
}

const AT_ONCE = 24
