/**
 * One process, one analyser, hundreds of hostile statements in a row. Cost is measured as processor time
 * and compared with that of an ordinary statement of the greatest length, in the same run: what is
 * looked for is work that multiplies, not slowness.
 */
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { loadAnalyzer } from '../../../src/analysis/analyze.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Facts } from '../../../src/model/facts.js'
import { factsFrom, ordinary } from './arena.js'
import { hostileStatements, LONGEST, longestOrdinary } from './hostile.js'

/** The step budget of a short statement is worth this many of the longest ordinary one, with room to spare. */
const MOST_TIMES = 25
const MEGABYTE = 1024 * 1024

/** Reasons that a statement, not a defect of the analysis, can give. */
export const REASONS: ReadonlySet<string> = new Set([
  'syntax',
  'multiple_statements',
  'empty',
  'too_long',
  'too_deep',
  'ill_formed',
  'unknown_node',
  'unknown_relation',
  'unknown_column',
  'ambiguous_name',
])

export function describeHostile(dialect: Dialect): void {
  describe(`hostile ${dialect} statements in a row`, () => {
    let factsOf: (statement: string) => Facts
    beforeAll(async () => {
      factsOf = factsFrom(await loadAnalyzer(), dialect)
    })

    test('are many, and none is longer than may be', () => {
      const all = hostileStatements(dialect)
      expect(all.length).toBeGreaterThan(350)
      // Those that name bytes beyond the limit are there to be too long.
      expect(all.filter(({ statement }) => statement.length > 3 * LONGEST)).toEqual([])
    })

    test('end in facts or a reason, cost no more than a few long ordinary ones, and leave nothing behind', async () => {
      const expected = factsOf(ordinary(dialect))
      expect(expected).toMatchObject({ analyzable: true, readOnly: true })
      const most = MOST_TIMES * ordinaryCost(factsOf)
      const wrong: string[] = []
      let spaces = 0
      const collect = collector()
      collect()
      const before = process.memoryUsage()
      for (const { name, statement } of hostileStatements(dialect)) {
        const { facts, cost } = timed(() => factsOf(statement))
        if (!facts.analyzable && !REASONS.has(facts.code)) wrong.push(`${name}: ${facts.code}`)
        if (cost > most) wrong.push(`${name}: ${(cost / most).toFixed(1)} times the most`)
        // A text that is new to the cache each time.
        spaces = (spaces % 900) + 1
        const next = factsOf(ordinary(dialect).replace('where', `${' '.repeat(spaces)}where`))
        if (JSON.stringify(next) !== JSON.stringify(expected)) wrong.push(`${name}: the next statement`)
        await setImmediate()
      }
      expect(wrong).toEqual([])
      collect()
      const after = process.memoryUsage()
      expect((after.heapUsed - before.heapUsed) / MEGABYTE).toBeLessThan(96)
      expect((after.external - before.external) / MEGABYTE).toBeLessThan(64)
    }, 300_000)

    test('with vast results do not fill the memory', () => {
      const collect = collector()
      collect()
      const before = process.memoryUsage().heapUsed
      for (let at = 0; at < 200; at += 1) factsOf(`select * from wide a cross join wide b limit ${at}`)
      collect()
      expect((process.memoryUsage().heapUsed - before) / MEGABYTE).toBeLessThan(50)
    }, 300_000)
  })
}

function ordinaryCost(factsOf: (statement: string) => Facts): number {
  const costs = [1, 2, 3, 4, 5].map(at => {
    const { facts, cost } = timed(() => factsOf(longestOrdinary(at)))
    expect(facts).toMatchObject({ analyzable: true })
    return cost
  })
  return costs.sort((a, b) => a - b)[2] ?? 0
}

function timed(work: () => Facts): { readonly facts: Facts; readonly cost: number } {
  const start = process.cpuUsage()
  const facts = work()
  const { user, system } = process.cpuUsage(start)
  return { facts, cost: user + system }
}

/** The engine's own collector, which scripts see only when asked to. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
