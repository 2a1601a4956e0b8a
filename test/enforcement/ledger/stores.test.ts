/** What every store promises, on each engine; and the table of the one with a database. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { migrateLedgerStore } from '../../../src/enforcement/ledger/knex/migrations.js'
import { knexLedgerStore } from '../../../src/enforcement/ledger/knex/store.js'
import type { LedgerEntry, LedgerStore } from '../../../src/enforcement/ledger/ledger-store.js'
import { memoryLedgerStore } from '../../../src/enforcement/ledger/memory.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { type KnexPlace, knexPlace, type StoreEngine } from '../../support/knex-place.js'

const NOW = 1_790_000_000_000

function entry(own: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    slot: 'a'.repeat(64),
    id: 'one',
    ask: 'b'.repeat(64),
    seen: NOW,
    keep: 1_000,
    answer: null,
    ...own,
  }
}

function promises(store: () => LedgerStore): void {
  test('of many who begin the same, one does', async () => {
    const ids = Array.from({ length: 8 }, (_, at) => `id ${at}`)
    const found = await Promise.all(ids.map(id => store().begin(entry({ id }))))
    expect(found.filter(one => one === null)).toHaveLength(1)
    const [winner] = ids.filter((_, at) => found[at] === null)
    for (const one of found) if (one !== null) expect(one).toEqual(entry({ id: winner ?? '' }))
  })

  test('what was carried out is given back with its answer, until its time is over', async () => {
    await store().begin(entry())
    await store().settle(entry(), 'Größe ✓ {"a":"b"}', NOW + 10)
    const late = await store().begin(entry({ id: 'two', seen: NOW + 1_009 }))
    expect(late).toEqual(entry({ answer: 'Größe ✓ {"a":"b"}', seen: NOW + 10 }))
    expect(await store().begin(entry({ id: 'three', seen: NOW + 1_010 }))).toBeNull()
    expect(await store().begin(entry({ id: 'four', seen: NOW + 1_011 }))).toMatchObject({
      id: 'three',
      answer: null,
    })
  })

  test('what was carried out once stays as it was', async () => {
    await store().begin(entry())
    await store().settle(entry(), 'first', NOW)
    await store().settle(entry(), 'second', NOW)
    await store().hold(['one'], NOW + 500)
    expect(await store().begin(entry({ id: 'two' }))).toEqual(entry({ answer: 'first' }))
  })

  test('only the entry that is meant is changed', async () => {
    await store().begin(entry())
    const other = entry({ id: 'other' })
    await store().settle(other, 'no', NOW)
    await store().forget(other)
    await store().hold(['other'], NOW + 500)
    expect(await store().begin(entry({ id: 'two' }))).toEqual(entry())
    await store().forget(entry())
    expect(await store().begin(entry({ id: 'two' }))).toBeNull()
  })

  test('a sign of life moves the end', async () => {
    await store().begin(entry())
    await store().hold([...Array.from({ length: 1_200 }, (_, at) => `nobody ${at}`), 'one'], NOW + 900)
    expect(await store().begin(entry({ id: 'two', seen: NOW + 1_899 }))).toMatchObject({
      id: 'one',
      seen: NOW + 900,
    })
    expect(await store().begin(entry({ id: 'two', seen: NOW + 1_900 }))).toBeNull()
  })

  test('what is over can be taken away', async () => {
    await store().begin(entry())
    await store().begin(entry({ slot: 'c'.repeat(64), id: 'two', keep: 5_000 }))
    await store().prune(NOW + 1_000)
    expect(await store().begin(entry({ id: 'three', seen: NOW - 10 }))).toBeNull()
    expect(await store().begin(entry({ slot: 'c'.repeat(64), id: 'four' }))).toMatchObject({ id: 'two' })
  })
}

describe('in memory', () => {
  let store: LedgerStore
  beforeEach(() => {
    store = memoryLedgerStore()
  })
  promises(() => store)

  test('the oldest answers make room, and calls that are under way never do', async () => {
    for (let at = 0; at < 10_000; at += 1) {
      const one = entry({ slot: `slot ${at}`, id: `id ${at}` })
      await store.begin(one)
      if (at > 0) await store.settle(one, 'done', NOW)
    }
    expect(await store.begin(entry({ slot: 'new', id: 'new' }))).toBeNull()
    expect(await store.begin(entry({ slot: 'slot 0', id: 'again' }))).toMatchObject({ id: 'id 0' })
    expect(await store.begin(entry({ slot: 'slot 2', id: 'again' }))).toMatchObject({ id: 'id 2' })
    expect(await store.begin(entry({ slot: 'slot 1', id: 'again' }))).toBeNull()
  })
})

function onEngine(engine: StoreEngine): void {
  let place: KnexPlace
  let knex: Knex
  beforeAll(async () => {
    place = await knexPlace(engine, ['cardea_calls'])
    knex = place.knex()
    await expect(knexLedgerStore(knex).open?.()).rejects.toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    expect(await migrateLedgerStore(knex)).toEqual(['001_calls'])
    expect(await migrateLedgerStore(knex)).toEqual([])
    await knexLedgerStore(knex).open?.()
  })
  afterAll(() => place.remove())
  beforeEach(async () => {
    await knex('cardea_calls').delete()
  })
  promises(() => knexLedgerStore(knex))

  test('errors say nothing of the statement', async () => {
    const broken = knexLedgerStore(knex)
    await knex.schema.renameTable('cardea_calls', 'cardea_away')
    try {
      const error = await broken
        .begin(entry({ ask: 'secret-of-the-statement' }))
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
      expect(String(error)).not.toMatch(/secret|insert|cardea_calls/)
    } finally {
      await knex.schema.renameTable('cardea_away', 'cardea_calls')
    }
  })

  test('a transaction is no place for it', async () => {
    await knex.transaction(async transaction => {
      expect(() => knexLedgerStore(transaction)).toThrow(/transaction/)
    })
  })
}

describePostgres('in PostgreSQL', () => onEngine('postgres'))
describeMariadb('in MariaDB', () => onEngine('mariadb'))
describe('in SQLite', () => onEngine('sqlite'))
