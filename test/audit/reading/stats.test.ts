/** Counts are those of the statements, and percentiles near the real ones, whatever the order. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Durations } from '../../../src/audit/reading/durations.js'
import { MOST_GROUPS, statistics } from '../../../src/audit/reading/stats.js'
import type { Found } from '../../../src/audit/reading/stories.js'
import { at, event, statement } from './kit.js'

async function* from(found: readonly Found[]) {
  yield* found
}

function story(n: number, over: Partial<Found & { kind: 'statement' }> = {}): Found {
  const time = at(n)
  const outcome = { status: 'released' as const, rows: 2, durationMs: n, masked: { pan: 1, email: 2 } }
  return {
    kind: 'statement',
    id: `S-${n}`,
    time,
    seq: n,
    statement: statement(),
    outcome,
    endedAt: time,
    ...over,
  }
}

describe('durations', () => {
  test('give percentiles within 2.5 percent, in some hundred numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, share) => {
          const durations = new Durations()
          for (const ms of all) durations.add(ms)
          const sorted = all.toSorted((a, b) => a - b)
          const exact = sorted[Math.max(1, Math.ceil(share * all.length)) - 1] ?? Number.NaN
          expect(Math.abs((durations.quantile(share) ?? Number.NaN) / exact - 1)).toBeLessThan(0.026)
        },
      ),
    )
  })

  test('take what no clock should have measured', () => {
    const durations = new Durations()
    expect(durations.quantile(0.5)).toBeNull()
    for (const ms of [0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) durations.add(ms)
    expect(durations.quantile(0.5)).toBe(0)
    expect(Number.isFinite(durations.quantile(1))).toBe(true)
  })
})

describe('statistics', () => {
  test('of statements only; what never ran or was lost has no duration', async () => {
    const { outcome: _, endedAt: __, ...open } = story(4) as Found & { kind: 'statement' }
    const report = await statistics(
      from([
        story(1),
        story(2, { outcome: { status: 'refused', durationMs: 9_999 } }),
        story(3, { outcome: { status: 'unknown', durationMs: 0 } }),
        open,
        { kind: 'event', seq: 9, record: event('E', at(9)) as Extract<Found, { kind: 'event' }>['record'] },
      ]),
      'principal',
    )
    expect(report.groups).toHaveLength(1)
    expect(report.total).toMatchObject({
      statements: 4,
      statuses: { released: 1, refused: 1, unknown: 1, open: 1, failed: 0, cut: 0 },
      rows: 2,
      masked: 3,
    })
    expect(report.total.p95Ms).toBeCloseTo(1, 1)
  })

  test('keep so many groups apart and count the rest together: nothing is lost', async () => {
    const many = Array.from({ length: MOST_GROUPS + 50 }, (_, n) =>
      story(n, { statement: statement({ agent: { framework: 'f', id: `agent-${n}` } }) }),
    )
    const report = await statistics(from([...many, ...many]), 'agent')
    expect(report.groups).toHaveLength(MOST_GROUPS)
    expect(report.groups.every(({ statements }) => statements === 2)).toBe(true)
    expect(report.others).toMatchObject({ name: null, statements: 100, rows: 200 })
    expect(report.total.statements).toBe(2 * many.length)
  })
})
