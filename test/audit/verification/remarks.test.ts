/** What verification tells a person about a trail that nobody has touched. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { TrailEntry } from '../../../src/audit/trail-line.js'
import { type Genuine, genuine, rebuilt, verdictOn } from '../attacks/kit.js'

let real: Genuine
let entries: readonly TrailEntry[]

beforeAll(async () => {
  real = await genuine()
  entries = real.trail.lines.map(line => JSON.parse(line) as TrailEntry)
})

/** The same trail with other records in it, signed by its own keys. */
const verdict = (changed: readonly TrailEntry[], now?: number) =>
  verdictOn(
    rebuilt(changed, real.keys),
    real.keys.root,
    now === undefined ? {} : { clock: { now: () => now } },
  )

const later = (entry: TrailEntry, milliseconds: number): TrailEntry => ({
  ...entry,
  time: new Date(Date.parse(entry.time) + milliseconds).toISOString(),
})
const HOUR = 3_600_000

describe('times', () => {
  test('of the first and last record are told', async () => {
    const { times } = await verdict(entries)
    expect(times).toEqual({ first: entries[0]?.time, last: entries.at(-1)?.time })
  })

  test('that go back are told, once for each step', async () => {
    const { remarks, status } = await verdict(entries.map((entry, at) => later(entry, at < 5 ? HOUR : 0)))
    expect(status).toBe('whole')
    expect(remarks).toMatchObject([{ kind: 'clock', seq: 6 }])
  })

  test('that leave a silence are told, and the time between two openings is none', async () => {
    const second = entries.findLastIndex(({ event }) => event === 'trail.segment')
    const between = await verdict(entries.map((entry, at) => later(entry, at >= second ? HOUR : 0)))
    expect(between.remarks).toEqual([])
    const within = await verdict(entries.map((entry, at) => later(entry, at >= 5 ? HOUR : 0)))
    expect(within.remarks).toMatchObject([{ kind: 'silence', seq: 6 }])
  })
})

test('a writer that ended without closing is told of', async () => {
  const closing = entries.findIndex(({ event }) => event === 'trail.checkpoint')
  const { remarks, status } = await verdict(entries.toSpliced(closing, 1))
  expect(status).toBe('whole')
  expect(remarks).toMatchObject([{ kind: 'stop', seq: closing + 1 }])
})

test('an end without a sign of life is incomplete', async () => {
  const open = entries.slice(0, -2)
  const end = Date.parse(open.at(-1)?.time ?? '')
  expect(await verdict(open, end + 600_000)).toMatchObject({ status: 'whole' })
  expect(await verdict(open, end + 2 * HOUR)).toMatchObject({
    status: 'incomplete',
    silentSince: open.at(-1)?.time,
  })
  expect(await verdict(entries, end + 2 * HOUR)).toMatchObject({ status: 'whole' })
})

test.each([
  ['principal', { principal: { issuer: 'x', kind: 'human', subject: '' } }],
  ['origination', { origination: '' }],
  ['dataSource', { dataSource: { id: '', environment: 'production', dialect: 'postgres' } }],
])('a record without %s lacks what PCI DSS 10.2.2 asks for', async (name, part) => {
  const at = entries.findIndex(({ event }) => event === 'statement')
  const entry = entries[at] as TrailEntry & { body: object }
  const changed = { ...entry, body: { ...entry.body, ...part } } as unknown as TrailEntry
  const report = await verdict(entries.with(at, changed))
  expect(report).toMatchObject({ status: 'incomplete', incompleteRecords: 1 })
  expect(report.remarks).toEqual([{ kind: 'fields', seq: at + 1, text: `it has no ${name}` }])
})
