/** The budget store contract: our stores keep it, and every promise catches somebody who does not. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BudgetStore } from '../../src/budget/budget-store.js'
import { memoryBudgetStore } from '../../src/budget/stores/memory.js'
import { type BudgetStoreUnderTest, budgetStoreContract } from '../../src/testing/index.js'
import { handClock, type Storage, storage } from '../budget/kit.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import type { StoreEngine } from '../support/knex-place.js'
import { brokenPromises } from './run-contract.js'

/** One database for all promises: the one about broken storage is the last. */
function onDatabase(engine: StoreEngine): void {
  let place: Storage
  let handles: readonly [BudgetStore, BudgetStore]
  beforeAll(async () => {
    place = await storage(engine)
    handles = [place.make(), place.make()]
  })
  afterAll(() => place.dispose())
  budgetStoreContract({
    test,
    make: async () => {
      await place.clear()
      return {
        store: handles[0],
        another: () => handles[1],
        pass: ms => place.pass(ms),
        breakStorage: () => place.destroy(),
      }
    },
  })
}

function inMemory(): BudgetStoreUnderTest {
  const clock = handClock()
  // A store whose clock cannot be set back has nothing to show there.
  return { store: memoryBudgetStore({ clock }), pass: ms => (ms < 0 ? clock.set(ms) : clock.pass(ms)) }
}

describe('memoryBudgetStore', () => budgetStoreContract({ test, make: inMemory }))
describe('SQLite', () => onDatabase('sqlite'))
describePostgres('PostgreSQL', () => onDatabase('postgres'))
describeMariadb('MariaDB', () => onDatabase('mariadb'))

interface Mutation {
  readonly name: string
  /** A promise that it must break; others may fall with it. */
  readonly breaks: string
  change(store: BudgetStore): Partial<BudgetStore>
}

const soon = () => new Promise(resolve => setTimeout(resolve, 1))

const mutations: readonly Mutation[] = [
  { name: 'has no name', breaks: 'has a name and says whether it is durable', change: () => ({ name: '' }) },
  {
    name: 'counts nothing',
    breaks: 'takes rows up to the very limit, and adds nothing of what goes above',
    change: () => ({ charge: async () => null }),
  },
  {
    name: 'stops one row early',
    breaks: 'takes rows up to the very limit, and adds nothing of what goes above',
    change: store => ({
      charge: (accounts, { rows, pans }) =>
        store.charge(accounts, { rows: rows + (rows === 1 ? 1 : 0), pans }),
    }),
  },
  {
    name: 'forgets card numbers',
    breaks: 'counts a card number once, in whatever charge it comes',
    change: store => ({ charge: (accounts, { rows }) => store.charge(accounts, { rows, pans: [] }) }),
  },
  {
    name: 'takes each account by itself',
    breaks: 'adds to all accounts or to none',
    change: store => ({
      async charge(accounts, charge) {
        for (const one of accounts) {
          const short = await store.charge([one], charge)
          if (short !== null) return short
        }
        return null
      },
    }),
  },
  {
    name: 'looks and adds in two steps',
    breaks: 'of many charges at once takes as many as fit',
    change: store => ({
      async charge(accounts, charge) {
        const uses = await store.used(accounts)
        await soon()
        for (const [at, account] of accounts.entries()) {
          const use = uses[at]
          if (use !== undefined && use.rows + charge.rows > (account.rows ?? Infinity))
            return { account, measure: 'rows', use }
        }
        return store.charge(
          accounts.map(account => ({ ...account, rows: 1_000_000 })),
          charge,
        )
      },
    }),
  },
  {
    name: 'goes by the limits that it saw first',
    breaks: 'goes by the limits of the call, whatever they were before',
    change: store => {
      const first = new Map<string, number | undefined>()
      return {
        charge: (accounts, charge) =>
          store.charge(
            accounts.map(({ rows, ...account }) => {
              if (!first.has(account.id)) first.set(account.id, rows)
              const seen = first.get(account.id)
              return { ...account, ...(seen === undefined ? {} : { rows: seen }) }
            }),
            charge,
          ),
      }
    },
  },
  {
    name: 'ends no window',
    breaks: 'begins anew when the window is over, and not before',
    change: store => ({
      charge: (accounts, charge) =>
        store.charge(
          accounts.map(account => ({ ...account, windowMs: 1e12 })),
          charge,
        ),
    }),
  },
  {
    name: 'ends a session like a window',
    breaks: 'keeps a session until it has been silent for long enough',
    change: store => ({
      charge: (accounts, charge) =>
        store.charge(
          accounts.map(account => ({ windowMs: 86_400_000, ...account })),
          charge,
        ),
    }),
  },
  {
    name: 'answers in an order of its own',
    breaks: 'answers for each account, in order',
    change: store => ({ used: async accounts => [...(await store.used(accounts))].reverse() }),
  },
]

describe('a store that', () => {
  test.each(mutations)('$name is caught', async ({ breaks, change }) => {
    const broken = await brokenPromises(test =>
      budgetStoreContract({
        test,
        patienceMs: 1_000,
        make: () => {
          const working = inMemory()
          return { ...working, store: { ...working.store, ...change(working.store) } }
        },
      }),
    )
    expect(broken).toContain(breaks)
  })

  test('says what it counted when it fails is caught', async () => {
    const broken = await brokenPromises(test =>
      budgetStoreContract({
        test,
        patienceMs: 1_000,
        make: () => {
          const working = inMemory()
          let gone = false
          const charge: BudgetStore['charge'] = (accounts, charge) =>
            gone
              ? Promise.reject(new Error(`insert ${charge.pans.join()}`))
              : working.store.charge(accounts, charge)
          return {
            ...working,
            store: { ...working.store, charge },
            breakStorage: () => {
              gone = true
            },
          }
        },
      }),
    )
    expect(broken).toEqual(['rejects when storage fails, and says nothing of what it counts'])
  })
})
