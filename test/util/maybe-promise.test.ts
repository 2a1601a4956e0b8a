import { describe, expect, test } from '@jest/globals'
import { attempt, isPromise, type MaybePromise, whenReady } from '../../src/util/maybe-promise.js'

/** Whose promises are of another make. */
const thenable = (value: number): Promise<number> =>
  Object.fromEntries([
    ['then', (next: (value: number) => unknown) => Promise.resolve(value).then(next)],
  ]) as never

const fails = (): never => {
  throw new Error('no')
}

describe('whenReady', () => {
  test('goes on at once with a value that is there', () => {
    expect(whenReady(1, value => value + 1)).toBe(2)
    expect(() => whenReady(1, fails)).toThrow('no')
  })

  test.each([
    ['a promise', () => Promise.resolve(1)],
    ['a promise of another make', () => thenable(1)],
  ])('waits for %s', async (_name, value) => {
    const later = whenReady<number, number>(value(), seen => seen + 1)
    expect(isPromise(later)).toBe(true)
    expect(await later).toBe(2)
    await expect(whenReady<number, number>(value(), fails)).rejects.toThrow('no')
  })

  test('never goes on with what has failed', async () => {
    let gone = false
    const later = whenReady<number, void>(Promise.reject(new Error('no')), () => {
      gone = true
    })
    await expect(later).rejects.toThrow('no')
    expect(gone).toBe(false)
  })
})

describe('attempt', () => {
  const failed = (error: unknown): MaybePromise<string> => `failed: ${String(error)}`

  test('gives what the work gives', async () => {
    expect(attempt<string>(() => 'done', failed)).toBe('done')
    expect(await attempt<string>(async () => 'done', failed)).toBe('done')
  })

  test.each([
    ['throws', fails],
    ['rejects', async () => fails()],
    ['rejects once it has been waited for', () => whenReady(Promise.resolve(), fails)],
  ])('answers for work that %s', async (_name, work) => {
    expect(await attempt<string>(work, failed)).toBe('failed: Error: no')
  })

  test('does not answer for its own answer', async () => {
    expect(() => attempt(fails, fails)).toThrow('no')
    await expect(attempt(async () => fails(), fails)).rejects.toThrow('no')
  })
})
