import { expect, test } from '@jest/globals'
import type { PreviewPlan } from '../../../src/analysis/preview/preview.js'
import { readPreview } from '../../../src/analysis/preview/read-preview.js'

const update: PreviewPlan = {
  statement: 'select …',
  bindings: [],
  columns: ['id', 'name'],
  positions: [
    { before: 1, after: 1 },
    { before: 2, after: 3 },
  ],
  withheld: [],
}
const fields = ['n', 'a', 'b', 'c'].map(name => ({ name }))
const remove: PreviewPlan = { ...update, positions: [1, 2].map(before => ({ before, after: null })) }

test('rows by name or by position, with the count of all', () => {
  const expected = { rows: 7, columns: ['id', 'name'], samples: [{ before: ['1', 'x'], after: ['1', 'y'] }] }
  expect(readPreview(update, fields, [{ n: '7', a: 1, b: 'x', c: 'y' }])).toEqual(expected)
  expect(readPreview(update, fields, [[7n, '1', 'x', 'y']])).toEqual(expected)
})

test('no row: nothing is touched', () => {
  expect(readPreview(update, fields, [])).toEqual({ rows: 0, columns: ['id', 'name'], samples: [] })
})

test('a row that is removed has nothing afterwards', () => {
  expect(readPreview(remove, fields.slice(0, 3), [[1, 5, 'x']])?.samples).toEqual([
    { before: ['5', 'x'], after: [] },
  ])
})

test.each<[string, unknown, string]>([
  ['null', null, 'NULL'],
  ['undefined', undefined, 'NULL'],
  ['a number', 1.5, '1.5'],
  ['a bigint', 12345678901234567890n, '12345678901234567890'],
  ['a boolean', false, 'false'],
  ['a date', new Date('2024-05-06T07:08:09Z'), '2024-05-06T07:08:09.000Z'],
  ['no date', new Date(Number.NaN), 'invalid date'],
  ['bytes', Buffer.from([0, 255]), '\\x00ff'],
  ['an object', { a: [1] }, '{"a":[1]}'],
  ['200 characters', 'x'.repeat(200), 'x'.repeat(200)],
  ['201 characters', 'x'.repeat(201), `${'x'.repeat(199)}…`],
  ['half of a character', `${'x'.repeat(198)}🙂z`, `${'x'.repeat(198)}…`],
  ['many bytes', Buffer.alloc(1000), `\\x${'0'.repeat(197)}…`],
])('a cell: %s', (_name, value, text) => {
  expect(readPreview(update, fields, [[1, 2, value, 'y']])?.samples[0]?.before[1]).toBe(text)
})

test.each<[string, readonly { name: string }[], readonly unknown[][]]>([
  ['other columns', fields.slice(1), [[1, 2, 3]]],
  ['more columns', [...fields, { name: 'd' }], [[1, 2, 3, 4, 5]]],
  ['more rows than were asked for', fields, Array.from({ length: 6 }, () => [6, 1, 2, 3])],
  ['a count that is none', fields, [['many', 1, 2, 3]]],
  ['a count that was masked', fields, [['[redacted]', 1, 2, 3]]],
  ['a count below the rows', fields, [[0, 1, 2, 3]]],
])('is not made of %s', (_name, given, rows) => {
  expect(readPreview(update, given, rows as unknown[][])).toBeNull()
})

test('where every column is withheld there is only the count', () => {
  const plan: PreviewPlan = { ...update, columns: [], positions: [], withheld: ['ssn'] }
  expect(readPreview(plan, [{ name: 'n' }], [[9], [9]])).toEqual({
    rows: 9,
    columns: [],
    samples: [],
    withheld: ['ssn'],
  })
})
