/** Rows and values as a model reads them. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isLike } from '../../../src/agents/workbench/like.js'
import { rowsBody } from '../../../src/agents/workbench/rows.js'
import { jsonOf } from '../../../src/util/json-value.js'

const page = { rows: 100, characters: 20_000 }
const set = (names: readonly string[], rows: (unknown[] | Record<string, unknown>)[], truncated = false) => ({
  fields: names.map(name => ({ name })),
  rows,
  truncated,
})

describe('values', () => {
  test.each<[string, unknown, unknown]>([
    ['a bigint', 9_007_199_254_740_993n, '9007199254740993'],
    ['a number', 1.5, 1.5],
    ['a large number', 1e300, 1e300],
    ['not a number', Number.NaN, 'NaN'],
    ['no end', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['nothing', undefined, null],
    ['a function', () => 1, null],
    ['a point in time', new Date('2026-01-31T10:00:00.5Z'), '2026-01-31T10:00:00.500Z'],
    ['no point in time', new Date(Number.NaN), 'invalid date'],
    ['few bytes', Buffer.from([0, 255]), '\\x00ff'],
    ['many bytes', Buffer.alloc(70), `\\x${'00'.repeat(64)}… (70 bytes)`],
    ['JSON', { a: [1, { b: null }], c: undefined }, { a: [1, { b: null }] }],
    ['half a character', 'a\uD800b', 'a\uFFFDb'],
    ['a NUL', 'a\0b', 'a\0b'],
    ['a list', [1n, Number.NaN], ['1', 'NaN']],
  ])('%s', (_what, value, shown) => {
    expect(jsonOf(value)).toEqual(shown)
  })

  test('a day and a time without a zone are those of the database, wherever the process is', () => {
    const local = new Date(2026, 0, 31, 23, 30)
    for (const type of [1082, 10]) expect(jsonOf(local, type)).toBe('2026-01-31')
    for (const type of [1114, 12]) expect(jsonOf(local, type)).toBe('2026-01-31T23:30:00.000')
    for (const type of [1184, 7]) expect(jsonOf(local, type)).toBe(local.toISOString())
  })

  test('that hold themselves, or write themselves, end', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(JSON.stringify(jsonOf(loop))).toContain('nested too deeply')
    expect(jsonOf({ toJSON: () => 'other', a: 1 })).toEqual({ a: 1 })
    expect(JSON.stringify(jsonOf(JSON.parse('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}')
  })

  test('of any kind are JSON that reads back as it was written', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }), value => {
        const text = JSON.stringify(jsonOf(value))
        expect(JSON.stringify(JSON.parse(text))).toBe(text)
        expect(text).not.toMatch(/\\ud[89a-f]/i)
      }),
    )
  })
})

describe('rows', () => {
  test('come by position, with each of two columns of one name', () => {
    expect(rowsBody(set(['a', 'a'], [[1, 2]]), {}, page)).toEqual({
      columns: ['a', 'a'],
      rows: [[1, 2]],
      row_count: 1,
    })
    expect(rowsBody(set(['a', 'toString'], [{ a: 1 }]), {}, page)['rows']).toEqual([[1, null]])
  })

  test('say what was masked, and only then', () => {
    expect(rowsBody(set(['a'], [[1]]), { pan: 2, iban: 0 }, page)).toMatchObject({ masked: { pan: 2 } })
    expect(rowsBody(set(['a'], [[1]]), { iban: 0 }, page)).not.toHaveProperty('masked')
  })

  test('say that there are more', () => {
    const few = rowsBody(set(['a'], [[1], [2], [3]]), {}, { rows: 2, characters: 100 })
    expect(few).toMatchObject({
      rows: [[1], [2]],
      row_count: 2,
      truncated: true,
      note: expect.stringContaining('2'),
    })
    expect(rowsBody(set(['a'], [[1]], true), {}, page)).toMatchObject({ row_count: 1, truncated: true })
    expect(rowsBody(set(['a'], [[1]]), {}, { rows: 1, characters: 100 })).not.toHaveProperty('truncated')
  })

  test('are never cut within, and all together never longer than allowed', () => {
    const rows = fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), { maxLength: 20 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 20, max: 200 }), (all, characters) => {
        const body = rowsBody(set(['a', 'b', 'c'], all), {}, { rows: 10, characters })
        const shown = body['rows'] as unknown[][]
        const written = JSON.stringify(shown).length + JSON.stringify(body['columns']).length
        expect(written).toBeLessThanOrEqual(characters + 4)
        expect(shown.map(row => row[0])).toEqual(all.slice(0, shown.length).map(row => row[0]))
        expect(body['truncated'] ?? false).toBe(shown.length < all.length)
      }),
    )
    const wide = rowsBody(set(Array(50).fill('column'), [[1]]), {}, { rows: 10, characters: 200 })
    expect(wide).toMatchObject({
      columns: [],
      rows: [],
      truncated: true,
      note: expect.stringContaining('columns'),
    })
    const named = rowsBody(set(['x'.repeat(90_000)], [[1]]), {}, page)
    expect(named).toMatchObject({ columns: [`${'x'.repeat(200)}…`], rows: [[1]] })
    const long = rowsBody(set(['a'], [['x'.repeat(300)]]), {}, { rows: 10, characters: 200 })
    expect(long).toMatchObject({
      rows: [],
      truncated: true,
      note: expect.stringContaining('Select fewer columns'),
    })
  })
})

describe('patterns', () => {
  test.each([
    ['cards', 'ard', true],
    ['cards', 'c%', true],
    ['cards', '%c', false],
    ['CARDS', 'card_', true],
    ['cards', 'c%r%s', true],
    ['a+b', 'a+b', true],
    ['cards', '%%', true],
    ['', '%', true],
    ['', '_', false],
  ])('%s like %s: %s', (name, pattern, is) => {
    expect(isLike(name, pattern)).toBe(is)
  })

  test('mean what the same expression means, without its cost', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (name, pattern) => {
        const sought = pattern.includes('%') ? pattern : `%${pattern}%`
        const expression = new RegExp(`^${sought.replaceAll('%', '.*').replaceAll('_', '.')}$`, 's')
        expect(isLike(name, pattern)).toBe(expression.test(name))
      }),
    )
    expect(isLike('a'.repeat(500), `${'%a'.repeat(200)}%b`)).toBe(false)
  })
})
