import { describe, expect, test } from '@jest/globals'
import { decodeTime, isValid } from 'ulid'
import { ulids } from '../../src/util/ids.js'

const at = (now: () => number) => ({ now, monotonic: now })

describe('an id', () => {
  test('is a ULID of its time', () => {
    for (const time of [0, 1, 1_469_918_176_385, 2 ** 48 - 1]) {
      const id = ulids(at(() => time)).next()
      expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
      expect(isValid(id)).toBe(true)
      expect(decodeTime(id)).toBe(time)
    }
  })

  test('is later than the one before, also where the clock is set back', () => {
    let now = 1_700_000_000_000
    const ids = ulids(at(() => now))
    const made: string[] = []
    for (let index = 0; index < 50_000; index++) {
      if (index % 997 === 0) now += index % 2 === 0 ? 1 : -3
      made.push(ids.next())
    }
    expect(new Set(made).size).toBe(made.length)
    expect([...made].sort()).toEqual(made)
  })

  test('counts on within its millisecond', () => {
    const ids = ulids(at(() => 1_700_000_000_000))
    const number = (id: string): bigint =>
      [...id].reduce((sum, char) => sum * 32n + BigInt('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(char)), 0n)
    const first = number(ids.next())
    for (let index = 1n; index < 3_000n; index++) expect(number(ids.next())).toBe(first + index)
  })

  test('is not to be told from those before the millisecond', () => {
    const tails = Array.from({ length: 2_000 }, (_, time) =>
      ulids(at(() => time))
        .next()
        .slice(10),
    )
    expect(new Set(tails).size).toBe(tails.length)
    // Every place takes every letter.
    for (let place = 0; place < 16; place++) expect(new Set(tails.map(tail => tail[place])).size).toBe(32)
  })

  test.each([Number.NaN, -1, 0.5, 2 ** 48])('is not made of %d', time => {
    expect(() => ulids(at(() => time)).next()).toThrow()
  })
})
