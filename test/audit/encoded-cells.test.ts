import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isPlainAscii, isUtcDay, smallInteger } from '../../src/audit/encoded-cells.js'
import { isoDate } from '../../src/audit/plain-value.js'
import { decodeCell } from '../../src/enforcement/postgres/cells/decode.js'

const among = (text: string) => {
  const bytes = Buffer.from(`9${text}9`)
  return { bytes, start: 1, end: bytes.length - 1 }
}

test('ASCII that is plain is its own JSON', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), text => {
      const { bytes, start, end } = among(text)
      const plain = /^[ -~]*$/.test(text) && JSON.stringify(text) === `"${text}"`
      expect(isPlainAscii(bytes, start, end)).toBe(plain)
    }),
    { numRuns: 500 },
  )
})

test('an integer is one that JSON writes as it stands', () => {
  fc.assert(
    fc.property(fc.oneof(fc.stringMatching(/^[0-9]{0,12}$/), fc.stringMatching(/^[0-9.-]{0,5}$/)), text => {
      const { bytes, start, end } = among(text)
      expect(smallInteger(bytes, start, end)).toBe(/^[1-9]\d{0,9}$/.test(text) ? Number(text) : -1)
    }),
    { numRuns: 1000 },
  )
})

describe('a day of UTC is one that the driver gives as its midnight', () => {
  const days = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map(date => date.toISOString().slice(0, 10))
  const none = [
    '2024-02-30',
    '2023-02-29',
    '2024-00-01',
    '2024-13-01',
    '2024-01-00',
    '2024-1-001',
    'infinity',
  ]
  const cell = fc.oneof(
    days,
    fc.constantFrom(...none),
    fc.stringMatching(/^[0-9]{4}[-/0-9][0-9]{2}[-/0-9][0-9]{2}$/),
    days.map(day => `${day} BC`),
  )

  test('among whatever may stand there', () => {
    fc.assert(
      fc.property(cell, text => {
        const { bytes, start, end } = among(text)
        if (!isUtcDay(bytes, start, end)) return
        const value = decodeCell(1082, 'text', bytes, start, end)
        expect(value instanceof Date && isoDate(value)).toBe(`${text}T00:00:00.000Z`)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['UTC', 100_000],
    ['Europe/London', 10_000],
    ['Africa/Monrovia', 1_000],
    ['Pacific/Apia', 0],
    ['America/New_York', 0],
  ])('in %s', async (zone, least) => {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    const args = [
      '--import',
      join(root, 'test/support/typescript.mjs'),
      join(root, 'test/audit/days.child.ts'),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, TZ: zone },
    })
    const { found, wrong } = JSON.parse(stdout) as { found: number; wrong: string[] }
    expect(wrong).toEqual([])
    expect(found).toBeGreaterThanOrEqual(least)
    if (least === 0) expect(found).toBe(0)
  })
})
