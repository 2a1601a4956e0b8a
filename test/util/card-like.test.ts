/** What errors of a start quote holds no card number, whatever operators named so. */

import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ConfigurationError } from '../../src/errors.js'
import { ConfigInvalidError } from '../../src/gateway/config/problems.js'
import { withoutCardNumbers } from '../../src/util/card-like.js'
import { BRANDS, card, embossed } from '../masking/generated/cards.js'
import { Random } from '../masking/generated/random.js'

describe('withoutCardNumbers', () => {
  test.each([
    ['/data/4111111111111111.csv', '/data/[redacted].csv'],
    ['/2024/4111111111111111/', '/[redacted]/'],
    ['no file 4111-1111-1111-1111', 'no file [redacted]'],
    ['４１１１１１１１１１１１１１１１', '[redacted]'],
    ['two 4111111111111111, 5555555555554444.', 'two [redacted].'],
  ])('%s: %s', (text, shown) => {
    expect(withoutCardNumbers(text)).toBe(shown)
  })

  test.each([
    '',
    'listen on 127.0.0.1:65535',
    '/tmp/cardea-1716400000001/audit',
    '2026-11-29T13:05:11.123Z',
    'expected 4111111111111112',
    '41111111111111110000',
    'ﬁle x',
    '\ud800',
  ])('%s stays', text => {
    expect(withoutCardNumbers(text)).toBe(text)
  })

  test('no card of any brand is left, in its groups or without, and nothing is taken twice', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('', ' ', '-', '.', '/', '_', ' - '), (seed, gap) => {
        const made = card(new Random(seed), BRANDS)
        const text = `cannot read ${embossed(made).join(gap)}: no such file`
        const shown = withoutCardNumbers(text)
        expect(shown).toBe('cannot read [redacted]: no such file')
        expect(withoutCardNumbers(shown)).toBe(shown)
      }),
    )
  })
})

test('a configuration error quotes what it can, and no cause that holds a card number', () => {
  const path = '/srv/4111111111111111/policy.yaml'
  const cause = Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { path })
  const error = new ConfigurationError(`The policy ${path} cannot be read.`, { cause })
  expect(error.message).toBe('The policy /srv/[redacted]/policy.yaml cannot be read.')
  expect(inspect(error, { depth: 8, showHidden: true, getters: true })).not.toContain('4111111111111111')
  const inner = new Error('outer', { cause })
  expect(inspect(new ConfigurationError('x', { cause: inner }), { depth: 8 })).not.toContain(
    '4111111111111111',
  )
  const plain = new Error('ENOENT')
  expect(new ConfigurationError('x', { cause: plain }).cause).toBe(plain)
  expect(new ConfigurationError('x').cause).toBeUndefined()
  expect(new ConfigInvalidError([`${path}: no`]).problems).toEqual(['/srv/[redacted]/policy.yaml: no'])
})
