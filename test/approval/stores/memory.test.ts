/** The bounds of the store in memory; what all stores promise is in the contract. */
import { describe, expect, test } from '@jest/globals'
import type { ApprovalEntry } from '../../../src/approval/approval-entry.js'
import { memoryApprovalStore } from '../../../src/approval/stores/memory.js'
import { entry, next } from '../../../src/testing/approval-entries.js'

const emergency = (id: string): ApprovalEntry =>
  entry(id, { state: 'approved', request: { ...entry(id).request, kind: 'break-glass' }, reviewBy: 9_000 })

async function ids(store: ReturnType<typeof memoryApprovalStore>): Promise<string[]> {
  return (await store.list({})).map(({ id }) => id).sort()
}

describe('when it is full', () => {
  test('it forgets what ended longest ago', async () => {
    const store = memoryApprovalStore({ most: 3 })
    for (const id of ['a', 'b', 'c']) await store.insert(entry(id))
    await store.replace(next(entry('b'), 'denied'))
    await store.replace(next(entry('a'), 'expired'))
    expect(await store.insert(entry('d'))).toBeNull()
    expect(await ids(store)).toEqual(['a', 'c', 'd'])
    expect(await store.insert(entry('e'))).toBeNull()
    expect(await ids(store)).toEqual(['c', 'd', 'e'])
  })

  test('it refuses rather than forget what is open, and goes on when something has ended', async () => {
    const store = memoryApprovalStore({ most: 2 })
    await store.insert(entry('pending'))
    await store.insert(entry('granted'))
    await store.replace(next(entry('granted'), 'approved'))
    const refused = store.insert(entry('more', { why: 'SECRET' }))
    await expect(refused).rejects.toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    await expect(refused).rejects.not.toThrow(/SECRET/)
    expect(await ids(store)).toEqual(['granted', 'pending'])
    expect(await store.insert(entry('same', { openKey: 'key of pending' }))).toMatchObject({ id: 'pending' })
    await store.replace(next(next(entry('granted'), 'approved'), 'consumed'))
    expect(await store.insert(entry('more'))).toBeNull()
    expect(await ids(store)).toEqual(['more', 'pending'])
  })

  test('it keeps an emergency access until it is reviewed', async () => {
    const store = memoryApprovalStore({ most: 1 })
    await store.insert(emergency('e'))
    const over = next(emergency('e'), 'consumed')
    await store.replace(over)
    await expect(store.insert(entry('more'))).rejects.toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    const review = { reviewer: { subject: 'carol', issuer: 'i' }, words: 'fine', at: 1 }
    await store.replace(next(over, 'consumed', { review }))
    expect(await store.insert(entry('more'))).toBeNull()
  })
})

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses to keep %s entries', most => {
  expect(() => memoryApprovalStore({ most })).toThrow(/whole number/)
})

test('an entry that cannot be kept as it is, is refused', async () => {
  const store = memoryApprovalStore()
  const odd = { ...entry('odd'), createdAt: 10n } as unknown as ApprovalEntry
  await expect(store.insert(odd)).rejects.toThrow()
  expect(await store.find('odd')).toBeNull()
  await expect(store.insert(entry('odd'))).resolves.toBeNull()
})

test('listening ends with the store', async () => {
  const store = memoryApprovalStore()
  await store.close()
  expect(() => store.watch(() => {})).toThrow(expect.objectContaining({ code: 'CARDEA_CLOSED' }))
  await expect(store.close()).rejects.toMatchObject({ code: 'CARDEA_CLOSED' })
})
