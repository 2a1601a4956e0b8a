/** The approval store contract: our stores keep it, and every promise catches somebody who does not. */
import { describe, expect, test } from '@jest/globals'
import type { ApprovalEntry } from '../../src/approval/approval-entry.js'
import type { ApprovalStore } from '../../src/approval/approval-store.js'
import { memoryApprovalStore } from '../../src/approval/stores/memory.js'
import { type ApprovalStoreUnderTest, approvalStoreContract } from '../../src/testing/index.js'
import { storage } from '../approval/stores/kit.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import type { StoreEngine } from '../support/knex-place.js'
import { brokenPromises } from './run-contract.js'

const make = (engine: StoreEngine) => async (): Promise<ApprovalStoreUnderTest> => {
  const place = await storage(engine)
  return {
    store: place.make(),
    another: () => place.make(),
    breakStorage: () => place.destroy(),
    dispose: () => place.dispose(),
  }
}

describe('memoryApprovalStore', () =>
  approvalStoreContract({ test, make: () => ({ store: memoryApprovalStore() }) }))
describe('SQLite', () => approvalStoreContract({ test, make: make('sqlite') }))
describePostgres('PostgreSQL', () => approvalStoreContract({ test, make: make('postgres') }))
describeMariadb('MariaDB', () => approvalStoreContract({ test, make: make('mariadb') }))

interface Mutation {
  readonly name: string
  /** Promises that it must break; others may fall with them. */
  readonly breaks: readonly string[]
  change(store: ApprovalStore): Partial<ApprovalStore>
}

const soon = () => new Promise(resolve => setTimeout(resolve, 1))

const mutations: readonly Mutation[] = [
  {
    name: 'has no name',
    breaks: ['has a name and says whether it is durable'],
    change: () => ({ name: ' ' }),
  },
  {
    name: 'cuts texts',
    breaks: ['keeps an entry whole, with every character'],
    change: store => ({ insert: entry => store.insert({ ...entry, why: entry.why?.slice(0, 20) ?? null }) }),
  },
  {
    name: 'rounds large numbers',
    breaks: ['keeps an entry whole, with every character'],
    change: store => ({
      insert: entry => store.insert({ ...entry, createdAt: Math.fround(entry.createdAt) }),
    }),
  },
  {
    name: 'finds ids as a case-insensitive collation does',
    breaks: ['finds nothing under an id that is not there'],
    change: store => ({ find: id => store.find(id.trim().toLowerCase()) }),
  },
  {
    name: 'keeps ids in lower case',
    breaks: ['keeps ids apart that look alike'],
    change: store => ({ insert: entry => store.insert({ ...entry, id: entry.id.toLowerCase() }) }),
  },
  {
    name: 'gives out what it keeps',
    breaks: ['keeps what it was given apart from what the caller does with it later'],
    change: store => {
      const kept = new Map<string, ApprovalEntry>()
      return {
        insert: async entry => {
          kept.set(entry.id, entry)
          return store.insert(entry)
        },
        find: async id => kept.get(id) ?? null,
      }
    },
  },
  {
    name: 'takes a second entry of the same id for added',
    breaks: ['refuses a second entry with the same id and keeps the first'],
    change: store => ({ insert: entry => store.insert(entry).catch(() => null) }),
  },
  {
    name: 'knows no open keys',
    breaks: [
      'gives back the open entry of the same key instead of adding',
      'adds one of many with the same key, and gives that one to all others',
    ],
    change: store => ({ insert: entry => store.insert({ ...entry, openKey: null }) }),
  },
  {
    name: 'compares keys as a case-insensitive collation does',
    breaks: ['takes keys for different that look alike, and no key for none'],
    change: store => ({
      insert: entry => store.insert({ ...entry, openKey: entry.openKey?.toLowerCase() ?? null }),
    }),
  },
  {
    name: 'lets an entry that ended bar others',
    breaks: ['lets an entry that ended bar nobody'],
    change: store => {
      const first = new Map<string | null, string>()
      return {
        async insert(entry) {
          const there = await store.find(first.get(entry.openKey) ?? '')
          if (there !== null && entry.openKey !== null) return there
          first.set(entry.openKey, entry.id)
          return store.insert(entry)
        },
      }
    },
  },
  {
    name: 'looks for the key and adds in two steps',
    breaks: ['adds one of many with the same key, and gives that one to all others'],
    change: store => ({
      async insert(entry) {
        const open = await store.list({ states: ['pending', 'approved'] })
        await soon()
        const there = open.find(({ openKey }) => openKey !== null && openKey === entry.openKey)
        return there ?? store.insert({ ...entry, openKey: null })
      },
    }),
  },
  {
    name: 'compares the version and sets in two steps',
    breaks: ['lets one of many changes to a version take place', 'lets one of many equal changes take place'],
    change: store => ({
      async replace(next) {
        const there = await store.find(next.id)
        await soon()
        if (there?.version !== next.version - 1) return false
        await store.replace(next)
        return true
      },
    }),
  },
  {
    name: 'takes an equal change for its own',
    breaks: ['lets one of many equal changes take place'],
    change: store => ({
      async replace(next) {
        if (await store.replace(next)) return true
        return JSON.stringify(await store.find(next.id)) === JSON.stringify(next)
      },
    }),
  },
  {
    name: 'replaces whatever version is there',
    breaks: ['replaces exactly the version before'],
    change: store => ({
      async replace(next) {
        const there = await store.find(next.id)
        return there !== null && store.replace({ ...next, version: there.version + 1 })
      },
    }),
  },
  {
    name: 'forgets signs of life',
    breaks: ['moves the sign of life of the pending entries of one holder'],
    change: () => ({ hold: async () => {} }),
  },
  {
    name: 'makes a new version for a sign of life',
    breaks: [
      'moves the sign of life of the pending entries of one holder',
      'does not let a sign of life get in the way of a change',
    ],
    change: store => ({
      async hold(holder, until) {
        for (const entry of await store.list({ states: ['pending'] }))
          if (entry.holder === holder)
            await store.replace({ ...entry, version: entry.version + 1, heldUntil: until })
      },
    }),
  },
  {
    name: 'lists the oldest first',
    breaks: ['lists by each condition and by all together'],
    change: store => ({ list: async filter => [...(await store.list(filter))].reverse() }),
  },
  ...(
    ['states', 'requester', 'topic', 'createdSince', 'updatedSince', 'kind', 'unreviewed', 'limit'] as const
  ).map(
    (ignored): Mutation => ({
      name: `lists without regard to ${ignored}`,
      breaks: ['lists by each condition and by all together'],
      change: store => ({ list: ({ [ignored]: _, ...filter }) => store.list(filter) }),
    }),
  ),
  {
    name: 'tells nobody',
    breaks: [
      'tells of what is added and what is changed, by whichever handle',
      'tells of what happened right after the listener came',
      'tells of many at once, of each',
      'tells each listener until it goes, whatever another does',
    ],
    change: () => ({ watch: () => () => {} }),
  },
  {
    name: 'tells of additions only',
    breaks: ['tells of what is added and what is changed, by whichever handle'],
    change: store => {
      const known = new Set<string>()
      return {
        watch: listener =>
          store.watch(id => {
            if (!known.has(id)) listener(id)
            known.add(id)
          }),
      }
    },
  },
  {
    name: 'tells of a hundred at most',
    breaks: ['tells of many at once, of each'],
    change: store => {
      let told = 0
      return { watch: listener => store.watch(id => (told++ < 100 ? listener(id) : undefined)) }
    },
  },
  {
    name: 'goes on telling who has gone',
    breaks: ['tells each listener until it goes, whatever another does'],
    change: store => ({
      watch: listener => {
        store.watch(listener)
        return () => {}
      },
    }),
  },
  {
    name: 'does not notice that it was closed',
    breaks: ['rejects everything after close, and leaves other handles alone'],
    change: () => ({ close: async () => {} }),
  },
]

describe('a store that', () => {
  test.each(mutations)('$name is caught', async ({ breaks, change }) => {
    const broken = await brokenPromises(test =>
      approvalStoreContract({
        test,
        patienceMs: 300,
        make: () => {
          const working = memoryApprovalStore()
          return { store: { ...working, ...change(working) } }
        },
      }),
    )
    expect(broken).toEqual(expect.arrayContaining([...breaks]))
  })

  test('works is not caught, and one that fails with what it was to store is', async () => {
    const contract = (words: string) =>
      brokenPromises(test =>
        approvalStoreContract({
          test,
          patienceMs: 300,
          make: () => {
            const working = memoryApprovalStore()
            let gone = false
            const fails = <A extends readonly unknown[], R>(method: (...args: A) => Promise<R>) => {
              return (...args: A) =>
                gone ? Promise.reject(new Error(words, { cause: args.length })) : method(...args)
            }
            const { insert, find, list, replace, hold } = working
            const [i, f, l, r, h] = [fails(insert), fails(find), fails(list), fails(replace), fails(hold)]
            const store = { ...working, insert: i, find: f, list: l, replace: r, hold: h }
            return {
              store,
              breakStorage: () => {
                gone = true
              },
            }
          },
        }),
      )
    expect(await contract('The database is gone.')).toEqual([])
    expect(await contract('insert into approvals …')).toEqual([
      'rejects when storage fails, and says nothing of what was to be stored',
    ])
  })
})
