import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { byTime } from '../../src/cli/merge-trails.js'
import { columnsOf, padded, table } from '../../src/cli/reading/width.js'

interface Item {
  readonly trail: number
  readonly time: string
}

async function* from(items: readonly Item[], ended: () => void): AsyncGenerator<Item> {
  try {
    yield* items
  } finally {
    ended()
  }
}

const trails = fc
  .array(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 }), { maxLength: 4 })
  .map(all => all.map((times, trail) => times.toSorted().map(n => ({ trail, time: `2026-01-0${n + 1}` }))))

test('trails merged by time are in order, backwards the exact reverse, and are let go early or late', () =>
  fc.assert(
    fc.asyncProperty(trails, fc.nat(10), async (all, taken) => {
      let ended = 0
      const sources = (reverse: boolean) =>
        all.map(items => from(reverse ? items.toReversed() : items, () => (ended += 1)))
      const merged: Item[] = []
      for await (const item of byTime(sources(false), ({ time }) => time)) merged.push(item)
      expect(merged).toEqual(all.flat().toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)))
      const reversed: Item[] = []
      for await (const item of byTime(sources(true), ({ time }) => time, true)) reversed.push(item)
      expect(reversed).toEqual(merged.toReversed())
      expect(ended).toBe(2 * all.length)
      let left = taken
      for await (const _ of byTime(sources(false), ({ time }) => time)) if (left-- === 0) break
      expect(ended).toBe(3 * all.length)
    }),
  ))

test('texts are padded by the columns that a terminal gives them', () => {
  expect(['abc', 'é', 'e\u0301', '山田', 'ﾊﾛｰ', 'Ａ', '🙂', ''].map(columnsOf)).toEqual([
    3, 1, 1, 4, 3, 2, 2, 0,
  ])
  expect(padded('山', 4)).toBe('山  ')
  expect(padded('12', 4, 'right')).toBe('  12')
  expect(padded('longer than that', 4)).toBe('longer than that')
  expect(
    table(
      ['name', 'rows'],
      [
        ['山田', '7'],
        ['x', '1000'],
      ],
      ['rows'],
    ),
  ).toEqual(['name  rows', '山田     7', 'x     1000'])
})
