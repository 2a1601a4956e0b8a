import { expect, test } from '@jest/globals'
import { freezeTest, windowTest } from '../../src/policy/windows.js'

const at = (text: string) => Date.parse(text)

test.each([
  ['in hours', { hours: '08:00-18:00', timezone: 'UTC' }, '2026-03-04T08:00:00Z', true],
  ['at the end', { hours: '08:00-18:00', timezone: 'UTC' }, '2026-03-04T18:00:00Z', false],
  ['on the day', { days: ['wed'], timezone: 'UTC' }, '2026-03-04T23:59:59Z', true],
  ['on another day', { days: ['wed'], timezone: 'UTC' }, '2026-03-05T00:00:00Z', false],
  ['the zone’s day, not UTC’s', { days: ['thu'], timezone: 'Asia/Tokyo' }, '2026-03-04T16:00:00Z', true],
  ['winter time', { hours: '08:00-09:00', timezone: 'Europe/Berlin' }, '2026-01-14T07:30:00Z', true],
  ['summer time', { hours: '08:00-09:00', timezone: 'Europe/Berlin' }, '2026-07-15T07:30:00Z', false],
  ['before midnight', { days: ['fri'], hours: '22:00-06:00', timezone: 'UTC' }, '2026-03-06T23:00:00Z', true],
  [
    'past midnight belongs to the evening',
    { days: ['fri'], hours: '22:00-06:00', timezone: 'UTC' },
    '2026-03-07T05:59:00Z',
    true,
  ],
  [
    'the morning of the day itself',
    { days: ['fri'], hours: '22:00-06:00', timezone: 'UTC' },
    '2026-03-06T05:59:00Z',
    false,
  ],
  [
    'sunday night into monday',
    { days: ['sun'], hours: '22:00-06:00', timezone: 'UTC' },
    '2026-03-09T01:00:00Z',
    true,
  ],
  ['to the end of the day', { hours: '00:00-24:00', timezone: 'UTC' }, '2026-03-09T23:59:59Z', true],
] as const)('window: %s', (_name, window, time, expected) => {
  expect(windowTest(window)(at(time))).toBe(expected)
})

test('a freeze holds from its first to before its last instant', () => {
  const within = freezeTest({ from: '2026-12-18T00:00:00+01:00', to: '2026-12-19T00:00:00+01:00' })
  expect(within(at('2026-12-17T22:59:59.999Z'))).toBe(false)
  expect(within(at('2026-12-17T23:00:00Z'))).toBe(true)
  expect(within(at('2026-12-18T22:59:59.999Z'))).toBe(true)
  expect(within(at('2026-12-18T23:00:00Z'))).toBe(false)
})
