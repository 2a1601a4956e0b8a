import { describe, expect, test } from '@jest/globals'
import type { BindingKind } from '../../../src/analysis/dialects/dialect.js'
import { expressionOf, reader } from './kit.js'

const { rules } = reader

test.each([
  ['1', true],
  ['1abc', true],
  [' -2', true],
  ['1e3x', true],
  ['0', false],
  ['', false],
  ['abc', false],
  ['true', false],
  ['0x1', false],
  ['.0', false],
  ['0.5', 'unknown'],
] as const)('the string %j is worth %s as a condition', (text, expected) => {
  expect(rules.textTruth(text)).toBe(expected)
})

describe('whether `column = value` pins the column', () => {
  test.each([
    ['varchar', "'a'", true],
    ['varchar', '0', false],
    ['varchar', 'true', false],
    ['varchar', '-1', false],
    ['varchar', 'cast(1 as signed)', false],
    ['varchar', 'null', true],
    ['varchar', "_latin1'a'", false],
    ['varchar', '0x41', false],
    ['enum', '1', false],
    ['text', '1.5', false],
    ['int', '1', true],
    ['int', '-1', true],
    ['int', "'1'", true],
    ['int', "'a'", true],
    ['bigint', "'1'", true],
    ['bigint', "'1e3'", false],
    ['bigint', "'9007199254740993'", false],
    ['decimal', "'1.5'", false],
    ['decimal', '1.5', true],
    ['date', "'2024-01-01'", true],
    ['date', "date '2024-01-01'", true],
    ['date', "'a'", false],
    ['date', '20240101', false],
    ['datetime', "'2024-01-01 10:00:00'", true],
    ['time', "'10:00:00'", true],
    ['time', "'10'", false],
    ['json', "'1'", false],
    ['geometry', "'1'", false],
  ])('%s = %s: %s', (type, value, expected) => {
    expect(rules.pins(type, expressionOf(value), undefined)).toBe(expected)
  })

  test.each([
    ['varchar', 'text', true],
    ['varchar', 'number', false],
    ['varchar', 'other', false],
    ['varchar', undefined, false],
    ['int', 'number', true],
    ['int', 'text', true],
    ['int', undefined, false],
    ['bigint', 'text', true],
    ['decimal', 'text', false],
    ['datetime', 'other', true],
    ['datetime', 'text', false],
    ['datetime', 'number', false],
  ] as const)('%s = a binding sent as %s: %s', (type, binding: BindingKind | undefined, expected) => {
    expect(rules.pins(type, expressionOf('?'), binding)).toBe(expected)
  })
})

test('names are taken in any case', () => {
  expect(rules.fold('PaN')).toBe('pan')
  expect(rules.outputNamesIn).toEqual(new Set(['group', 'having', 'order']))
})
