import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isoDate, scrubbed } from '../../src/audit/plain-value.js'
import { createScrubber } from '../../src/masking/scrubber.js'

test('a date is written as toISOString writes it', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), date => {
      expect(isoDate(date)).toBe(date.toISOString())
    }),
  )
})

test('the edges of four-digit years, and a date that is none', () => {
  for (const text of [
    '0000-01-01',
    '0999-12-31',
    '1000-01-01',
    '9999-12-31',
    '+010000-01-01',
    '-000001-12-31',
  ]) {
    const date = new Date(`${text}T23:59:59.007Z`)
    expect(isoDate(date)).toBe(date.toISOString())
  }
  expect(isoDate(new Date(Number.NaN))).toBe('Invalid Date')
})

test('no detector finds anything in a date, so that none is asked', () => {
  const scrubber = createScrubber()
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), date => {
      expect(scrubbed(date, scrubber)).toBe(scrubber.text(isoDate(date)))
    }),
    { numRuns: 2000 },
  )
})
