/**
 * What the approval desk relies on in an `ApprovalStore`, as tests. The adapter under test brings further
 * handles onto the same storage, because a store is shared by processes.
 */
import assert from 'node:assert/strict'
import type { ApprovalEntry } from '../approval/approval-entry.js'
import type { ApprovalStore } from '../approval/approval-store.js'
import {
  ears,
  entry,
  everythingIn,
  fill,
  LARGE,
  LISTED,
  next,
  ODD_TEXT,
  pick,
  same,
} from './approval-entries.js'
import {
  type StoreBench,
  type StoreContractOptions,
  type StoreUnderTest,
  storeContract,
} from './store-contract.js'

/** See `StoreUnderTest`. */
export type ApprovalStoreUnderTest = StoreUnderTest<ApprovalStore>

export type ApprovalStoreContractOptions = StoreContractOptions<ApprovalStoreUnderTest>

/**
 * Registers one test for each promise of the port. Without `another`, the promises about several handles are
 * checked on one; without `breakStorage`, the promise about broken storage is not checked.
 *
 * @example
 * approvalStoreContract({ test, make: async () => ({ store: myStore(url), another: () => myStore(url) }) })
 */
export function approvalStoreContract(options: ApprovalStoreContractOptions): void {
  storeContract('approval store', options, PROMISES, benchOf)
}

interface Bench extends StoreBench<ApprovalStore> {
  /** Adds what must be new. */
  add(...entries: readonly ApprovalEntry[]): Promise<void>
  /** The entry is stored exactly so. */
  stored(entry: ApprovalEntry, where?: ApprovalStore): Promise<void>
}

function benchOf(common: StoreBench<ApprovalStore>): Bench {
  const { store, inTime } = common
  return {
    ...common,
    async add(...entries) {
      for (const entry of entries)
        assert.equal(await inTime(store.insert(entry), 'an insert'), null, 'a new entry was not added')
    },
    stored: async (entry, where = store) =>
      same(await inTime(where.find(entry.id), 'a find'), entry, 'an entry changed in the store'),
  }
}

const AT_ONCE = 24

const PROMISES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'has a name and says whether it is durable': async ({ store }) => {
    assert.match(store.name, /\S/)
    assert.equal(typeof store.durable, 'boolean')
  },
  'finds nothing under an id that is not there': async ({ store, add, inTime }) => {
    await add(entry('there'))
    for (const id of ['not-there', 'THERE', 'there ', ' there', '', 'there%', 'theré'])
      assert.equal(
        await inTime(store.find(id), 'a find'),
        null,
        `found something under ${JSON.stringify(id)}`,
      )
  },
  'keeps an entry whole, with every character': async ({ add, stored, another }) => {
    const whole = entry('whole', {
      why: ODD_TEXT,
      request: {
        ...entry('whole').request,
        statement: `${ODD_TEXT}${'é'.repeat(LARGE)}`,
        bindings: [ODD_TEXT],
      },
      answers: [
        { decision: 'approved', approver: { subject: ODD_TEXT, issuer: 'contract' }, reason: ODD_TEXT },
      ],
      createdAt: 2 ** 45 + 1,
      rowsLeft: 2 ** 40 + 1,
    })
    await add(whole)
    await stored(whole)
    await stored(whole, await another())
  },
  'keeps ids apart that look alike': async ({ add, stored }) => {
    const alike = ['id-a', 'ID-A', 'Id-a', 'id-á', 'id_a'].map(id => entry(id))
    await add(...alike)
    for (const one of alike) await stored(one)
  },
  'keeps what it was given apart from what the caller does with it later': async ({ store, add, stored }) => {
    const given = structuredClone(entry('given')) as { why: string | null } & ApprovalEntry
    await add(given)
    given.why = 'changed by the caller'
    await stored(entry('given'))
    // On a frozen object this does nothing, which is as good.
    Reflect.set((await store.find('given')) ?? {}, 'why', 'changed by a reader')
    await stored(entry('given'))
  },
  'refuses a second entry with the same id and keeps the first': async ({ store, add, rejects, stored }) => {
    await add(entry('twice', { openKey: 'one' }))
    await rejects(store.insert(entry('twice', { openKey: 'two', why: 'second' })), 'an id that is taken')
    await stored(entry('twice', { openKey: 'one' }))
  },
  'gives back the open entry of the same key instead of adding': async ({ store, add, another, inTime }) => {
    const first = entry('first', { openKey: 'key' })
    await add(first)
    for (const handle of [store, await another()]) {
      same(
        await inTime(handle.insert(entry('later', { openKey: 'key' })), 'an insert'),
        first,
        'not the first',
      )
      assert.equal(await handle.find('later'), null, 'the later entry was added')
    }
  },
  'takes keys for different that look alike, and no key for none': async ({ add }) => {
    const keys = [
      'key',
      'KEY',
      'key ',
      ' key',
      'kéy',
      'ke\u0301y',
      'key\u0000',
      '',
      'x'.repeat(300),
      null,
      null,
    ]
    await add(...keys.map((openKey, at) => entry(`k${at}`, { openKey })))
    await add(entry('longer', { openKey: 'x'.repeat(301) }))
  },
  'lets an entry that ended bar nobody': async ({ store, add, inTime }) => {
    const first = entry('first', { openKey: 'key' })
    await add(first)
    const approved = next(first, 'approved')
    assert.equal(await inTime(store.replace(approved), 'a replace'), true)
    same(
      await inTime(store.insert(entry('second', { openKey: 'key' })), 'an insert'),
      approved,
      'approved is open',
    )
    assert.equal(await inTime(store.replace(next(approved, 'consumed')), 'a replace'), true)
    await add(entry('third', { openKey: 'key' }))
  },
  'adds one of many with the same key, and gives that one to all others': async ({
    store,
    another,
    inTime,
  }) => {
    const handles = [store, await another(), await another()]
    for (const round of ['a', 'b', 'c']) {
      const tries = Array.from({ length: AT_ONCE }, (_, at) => entry(`${round}${at}`, { openKey: round }))
      const given = await inTime(
        Promise.all(tries.map((one, at) => pick(handles, at).insert(one))),
        'many inserts of one key',
      )
      const winners = tries.filter((_, at) => given[at] === null)
      assert.equal(winners.length, 1, `${winners.length} of ${AT_ONCE} were added`)
      for (const there of given) if (there !== null) assert.equal(there.id, winners[0]?.id)
      assert.equal((await store.list({ states: ['pending'] })).filter(({ id }) => id[0] === round).length, 1)
    }
  },
  'replaces exactly the version before': async ({ store, add, stored, inTime }) => {
    const first = entry('one')
    await add(first)
    const second = next(first, 'approved', { why: 'second' })
    assert.equal(await inTime(store.replace(second), 'a replace'), true)
    await stored(second)
    for (const stale of [
      next(first, 'denied'),
      { ...second, why: 'again' },
      { ...next(second, 'denied'), version: 4 },
    ])
      assert.equal(
        await inTime(store.replace(stale), 'a replace'),
        false,
        `version ${stale.version} was let in`,
      )
    await stored(second)
    assert.equal(await inTime(store.replace(next(entry('unknown'), 'denied')), 'a replace'), false)
    assert.equal(await store.find('unknown'), null, 'a replace added an entry')
  },
  'lets one of many changes to a version take place': async ({ store, add, stored, another, inTime }) => {
    const handles = [store, await another(), await another()]
    for (const id of ['a', 'b', 'c', 'd']) {
      const first = entry(id)
      await add(first)
      const tries = Array.from({ length: AT_ONCE }, (_, at) => next(first, 'consumed', { why: `by ${at}` }))
      const won = await inTime(
        Promise.all(tries.map((one, at) => pick(handles, at).replace(one))),
        'many changes of one version',
      )
      const winners = tries.filter((_, at) => won[at] === true)
      assert.equal(winners.length, 1, `${winners.length} of ${AT_ONCE} changes took place`)
      for (const handle of handles) await stored(winners[0] ?? first, handle)
    }
  },
  'lets one of many equal changes take place': async ({ store, add, another, inTime }) => {
    const handles = [store, await another()]
    const first = entry('equal')
    await add(first)
    const same = next(first, 'consumed')
    const won = await inTime(
      Promise.all(Array.from({ length: AT_ONCE }, (_, at) => pick(handles, at).replace(same))),
      'equal changes',
    )
    assert.equal(won.filter(Boolean).length, 1)
  },
  'moves the sign of life of the pending entries of one holder': async ({ store, add, stored, another }) => {
    const mine = [entry('m1', { holder: 'me', heldUntil: 5 }), entry('m2', { holder: 'me', heldUntil: 5 })]
    const others = [
      entry('o1', { holder: 'ME', heldUntil: 5 }),
      entry('o2', { holder: 'me ', heldUntil: 5 }),
      entry('o3', { holder: null, heldUntil: null }),
    ]
    const ended = entry('m3', { holder: 'me', heldUntil: 5 })
    await add(...mine, ...others, ended)
    const denied = next(ended, 'denied')
    await store.replace(denied)
    await (await another()).hold('me', 2 ** 45)
    for (const one of mine) await stored({ ...one, heldUntil: 2 ** 45 })
    for (const one of [...others, denied]) await stored(one)
    await store.hold('me', 3)
    for (const one of mine) await stored({ ...one, heldUntil: 3 })
  },
  'does not let a sign of life get in the way of a change': async ({ store, add, another, inTime }) => {
    const other = await another()
    let current = entry('busy', { holder: 'me', heldUntil: 1 })
    await add(current)
    for (let round = 0; round < 10; round += 1) {
      const changed = next(current, 'pending')
      const [, won] = await inTime(
        Promise.all([other.hold('me', round), store.replace(changed), other.hold('me', round)]),
        'a change between signs of life',
      )
      assert.equal(won, true)
      current = changed
    }
  },
  'lists by each condition and by all together': async ({ store, add }) => {
    await fill(add, store)
    for (const [filter, ids] of LISTED) {
      const listed = await store.list(filter)
      assert.equal(listed.map(({ id }) => id).join(' '), ids, `the list of ${JSON.stringify(filter)}`)
    }
  },
  'tells of what is added and what is changed, by whichever handle': async ({
    store,
    add,
    another,
    inTime,
  }) => {
    const other = await another()
    const [here, there] = [ears(store), ears(other)]
    await add(entry('new'))
    await inTime(Promise.all([here.heard('new'), there.heard('new')]), 'the news of an entry')
    here.forget()
    there.forget()
    assert.equal(await other.replace(next(entry('new'), 'approved')), true)
    await inTime(Promise.all([here.heard('new'), there.heard('new')]), 'the news of a change')
    here.forget()
    there.forget()
    assert.equal(await store.replace(next(next(entry('new'), 'approved'), 'consumed')), true)
    await inTime(Promise.all([here.heard('new'), there.heard('new')]), 'the news of an end')
    for (const one of [here, there]) one.stop()
  },
  'tells of what happened right after the listener came': async ({ store, add, another, inTime }) => {
    const listening = ears(await another())
    await add(entry('at once'))
    assert.equal(await store.replace(next(entry('at once'), 'denied')), true)
    await inTime(listening.heard('at once'), 'the news of an entry that came and went')
    listening.stop()
  },
  'tells of many at once, of each': async ({ store, add, another, inTime }) => {
    const listening = ears(await another())
    const many = Array.from({ length: 150 }, (_, at) => entry(`many-${at}`, { openKey: null }))
    await Promise.all(many.map(one => add(one)))
    await Promise.all(many.map(one => store.replace(next(one, 'withdrawn'))))
    await inTime(Promise.all(many.map(({ id }) => listening.heard(id))), 'the news of many')
    listening.stop()
  },
  'tells each listener until it goes, whatever another does': async ({ store, add, inTime }) => {
    const bad = store.watch(() => {
      throw new Error('a listener that fails')
    })
    const [going, staying] = [ears(store), ears(store)]
    await add(entry('first'))
    await inTime(Promise.all([going.heard('first'), staying.heard('first')]), 'the news of the first')
    going.stop()
    going.stop()
    going.forget()
    await add(entry('second'))
    await inTime(staying.heard('second'), 'the news of the second')
    assert.equal(going.has('second'), false, 'a listener that had gone was called')
    staying.stop()
    bad()
  },
  'rejects everything after close, and leaves other handles alone': async bench => {
    const { store, add, another, rejects, inTime, stored } = bench
    await add(entry('kept'))
    const other = await another()
    await inTime(store.close(), 'close')
    await rejects(store.insert(entry('late')), 'an insert after close')
    await rejects(store.find('kept'), 'a find after close')
    await rejects(store.list({}), 'a list after close')
    await rejects(store.replace(next(entry('kept'), 'denied')), 'a replace after close')
    await rejects(store.hold('me', 1), 'a hold after close')
    if (other !== store) await stored(entry('kept'), other)
  },
  'keeps entries past its own end, when it says that it is durable': async ({
    store,
    add,
    another,
    stored,
  }) => {
    if (!store.durable) return
    await add(entry('kept'))
    await store.close()
    await stored(entry('kept'), await another())
  },
  'rejects when storage fails, and says nothing of what was to be stored': async bench => {
    const { store, add, breakStorage, inTime } = bench
    if (breakStorage === undefined) return
    const first = entry('before')
    await add(first)
    await breakStorage()
    const work: readonly (() => Promise<unknown>)[] = [
      () => store.insert(entry('lost', { why: 'SECRET' })),
      () => store.replace(next(first, 'consumed', { why: 'SECRET' })),
      () => store.find('before'),
      () => store.list({}),
      () => store.hold('SECRET', 1),
    ]
    for (const one of work) {
      const error = await inTime(
        one().then(
          () => assert.fail('a call into broken storage resolved'),
          (reason: unknown) => reason,
        ),
        'a call into broken storage',
      )
      assert.doesNotMatch(
        everythingIn(error),
        /SECRET|insert into|update /i,
        'an error tells what was stored',
      )
    }
  },
}
