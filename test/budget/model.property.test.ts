/** Budgets against a model that keeps everything that was ever released, and adds it up anew each time. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { budgetKey } from '../../src/budget/budget-key.js'
import { budgets } from '../../src/budget/budgets.js'
import { memoryBudgetStore } from '../../src/budget/stores/memory.js'
import type { Budget } from '../../src/model/budget.js'
import type { Decided, Masked } from '../../src/model/progress.js'
import { isRefusal } from '../../src/model/refusal.js'
import { isStream, type Row } from '../../src/model/result.js'
import { handClock } from './kit.js'

interface Release {
  readonly who: string
  readonly session: string
  readonly rows: number
  readonly pans: readonly string[]
  readonly at: number
}

const SILENCE_MS = 86_400_000
const PAN_MASK = [{ method: 'partial', label: 'pan' }]

/** What of the past counts in a budget: the window that is open now, found by walking through all of it. */
function counted(
  budget: Budget,
  past: readonly Release[],
  { who, session, at }: Release,
): readonly Release[] {
  const mine = past.filter(one => one.who === who && (budget.per === 'principal' || one.session === session))
  let window: Release[] = []
  for (const one of [...mine, { who, session, at, rows: 0, pans: [] }]) {
    const anchor = budget.windowMs === undefined ? window.at(-1) : window[0]
    if (anchor !== undefined && one.at >= anchor.at + (budget.windowMs ?? SILENCE_MS)) window = []
    window.push(one)
  }
  return window.slice(0, -1)
}

const total = (some: readonly Release[]) => some.reduce((sum, { rows }) => sum + rows, 0)
const cards = (some: readonly Release[]) => new Set(some.flatMap(({ pans }) => pans)).size

function fits(all: readonly Budget[], past: readonly Release[], next: Release): boolean {
  return all.every(budget => {
    const before = counted(budget, past, next)
    const { rows = Infinity, distinctPans = Infinity } = budget
    const fresh = cards([...before, next]) - cards(before)
    return (
      (next.rows === 0 || total(before) + next.rows <= rows) &&
      (fresh === 0 || cards(before) + fresh <= distinctPans)
    )
  })
}

function admits(all: readonly Budget[], past: readonly Release[], next: Release, shows: boolean): boolean {
  return all.every(budget => {
    const before = counted(budget, past, next)
    const { rows = Infinity, distinctPans = Infinity } = budget
    return total(before) < rows && (!shows || cards(before) < distinctPans)
  })
}

const limit = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined })
const budget = fc
  .record({
    per: fc.constantFrom('principal' as const, 'session' as const),
    windowMs: limit,
    rows: limit,
    distinctPans: limit,
  })
  .filter(
    ({ per, windowMs, rows, distinctPans }) =>
      (per === 'session' || windowMs !== undefined) && (rows ?? distinctPans) !== undefined,
  )
  .map(
    ({ windowMs, rows, distinctPans, per }): Budget => ({
      per,
      ...(windowMs === undefined ? {} : { windowMs: windowMs * 1_000 }),
      ...(rows === undefined ? {} : { rows }),
      ...(distinctPans === undefined ? {} : { distinctPans }),
    }),
  )
const step = fc.record({
  who: fc.constantFrom('alice', 'bob'),
  session: fc.constantFrom('s', 't'),
  /** Of each batch; more than one: a stream. */
  batches: fc.array(
    fc.record({
      rows: fc.integer({ min: 0, max: 4 }),
      pans: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  shows: fc.boolean(),
  /** Time since the step before. */
  pass: fc.constantFrom(0, 0, 1, 500, 3_000, 9_000, SILENCE_MS - 1, SILENCE_MS),
  set: fc.constantFrom(0, 0, -1e9, 1e9),
})

test('releases exactly what a model would, in any order of callers, streams, pauses and set clocks', async () => {
  const distinct = fc.uniqueArray(budget, {
    minLength: 1,
    maxLength: 3,
    selector: ({ per, windowMs }) => `${per} ${windowMs}`,
  })
  await fc.assert(
    fc.asyncProperty(distinct, fc.array(step, { maxLength: 25 }), async (named, steps) => {
      const clock = handClock()
      const stage = budgets({ store: memoryBudgetStore({ clock }), key: budgetKey(Buffer.alloc(32, 1)) })
      const past: Release[] = []
      let at = 0
      for (const { who, session, batches, shows, pass, set } of steps) {
        clock.set(set)
        clock.pass(pass)
        at += pass
        const cleared = {
          principal: { subject: who, issuer: 'x' },
          submission: { session, dataSource: { id: 'd' } },
          decision: { id: '1', rule: 'r', obligations: { budgets: named, mask: shows ? PAN_MASK : [] } },
        }
        const admitted = await stage.admit(cleared as unknown as Decided)
        const before = { who, session, at, rows: 0, pans: [] }
        expect(isRefusal(admitted)).toBe(!admits(named, past, before, shows))
        const seen: string[] = []
        const reached: number[] = []
        const masked = {
          executed: { intended: { cleared } },
          counts: () => ({}),
          pans: () => seen.splice(0),
          result:
            batches.length === 1
              ? { fields: [], rows: rowsOf(batches[0]?.rows ?? 0), truncated: false }
              : {
                  fields: [],
                  batches: (async function* () {
                    for (const { rows, pans } of batches) {
                      seen.push(...pans)
                      yield rowsOf(rows)
                    }
                  })(),
                },
        }
        if (batches.length === 1) seen.push(...(batches[0]?.pans ?? []))
        const charged = await stage.charge(masked as unknown as Masked)
        let refused = isRefusal(charged)
        if (!isRefusal(charged) && 'batches' in charged.result && isStream(charged.result)) {
          try {
            for await (const batch of charged.result.batches) reached.push(batch.length)
          } catch {
            refused = true
          }
        } else if (!refused) reached.push(batches[0]?.rows ?? 0)
        let expected = 0
        let short = false
        for (const { rows, pans } of batches) {
          const next = { who, session, at, rows, pans }
          if (!fits(named, past, next)) {
            short = true
            break
          }
          expected += 1
          // What costs nothing leaves no trace.
          if (rows > 0 || pans.length > 0) past.push(next)
        }
        expect(refused).toBe(short)
        expect(reached).toHaveLength(expected)
      }
    }),
  )
})

const rowsOf = (count: number): Row[] => Array.from({ length: count }, () => ({}))
