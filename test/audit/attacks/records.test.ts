/** Somebody who can write to the files and holds no key. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CompactRange } from '../../../src/audit/merkle/compact-range.js'
import type { TrailEntry } from '../../../src/audit/trail-line.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import { inDirectory, open, rejection, segmentNames } from '../kit.js'
import {
  attacked,
  edit,
  type Genuine,
  genuine,
  keyPair,
  latestOf,
  rechained,
  rootNote,
  verdictOn,
} from './kit.js'

let real: Genuine

beforeAll(async () => {
  real = await genuine()
})

test('the trail that is attacked here is whole', async () => {
  const report = await verdictOn(real.trail, real.keys.root)
  expect(report).toMatchObject({ status: 'whole', unsealed: 0, checkpoints: 2, remarkCount: 0 })
  expect(report.root).toMatchObject({ pinned: false, kept: 'beside' })
})

test('a flipped bit is seen, wherever it is', async () => {
  const text = real.trail.lines.map(line => `${line}\n`).join('')
  const bit = fc.record({
    at: fc.integer({ min: 0, max: text.length - 1 }),
    bit: fc.integer({ min: 0, max: 7 }),
  })
  await inDirectory(async directory => {
    mkdirSync(directory)
    await fc.assert(
      fc.asyncProperty(bit, async ({ at, bit: number }) => {
        const bytes = Buffer.from(text)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << number)
        const report = await verdictOn({ ...real.trail, bytes }, real.keys.root)
        expect(report.status).toBe('tampered')
      }),
      { numRuns: 100 },
    )
  })
})

describe('records', () => {
  const edits: readonly (readonly [
    string,
    (all: readonly string[], a: number, b: number) => readonly string[],
  ])[] = [
    ['deleted', (all, a) => all.toSpliced(a, 1)],
    ['inserted', (all, a, b) => all.toSpliced(a, 0, all[b] ?? '')],
    ['swapped', (all, a, b) => all.with(a, all[b] ?? '').with(b, all[a] ?? '')],
  ]
  test.each(edits)('%s are seen', async (_name, change) => {
    const all = real.trail.lines
    const index = fc.integer({ min: 0, max: all.length - 1 })
    await fc.assert(
      fc.asyncProperty(index, index, async (a, b) => {
        const changed = change(all, a, b)
        if (changed.join() === all.join()) return
        const report = await verdictOn({ ...real.trail, lines: changed }, real.keys.root)
        expect(report.status).toBe('tampered')
        expect(report.firstBad?.reason).not.toBe('')
      }),
      { numRuns: 20 },
    )
  })

  test('changed, with the chain after them made again, are seen at the next signature', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: real.entries.length - 2 }), async at => {
        const entries = originals().with(at, { ...(originals()[at] as TrailEntry), id: 'forged' })
        const forged = { lines: rechained(entries), latest: real.trail.latest }
        const report = await verdictOn(forged, real.keys.root)
        expect(report.status).toBe('tampered')
        // Up to there it is a sound chain: the signature tells.
        expect(report.records).toBeGreaterThanOrEqual(at)
        const next = originals().findIndex(
          ({ event }, index) => index > at && (event === 'trail.checkpoint' || event === 'trail.key'),
        )
        expect(report.firstBad?.seq).toBeLessThanOrEqual(next < 0 ? real.entries.length : next + 1)
      }),
      { numRuns: 20 },
    )
  })

  test('without any signature are a trail that nobody signed, which a key or a checkpoint shows', async () => {
    const bare = originals().filter(({ event }) => event !== 'trail.key' && event !== 'trail.checkpoint')
    const lines = rechained(bare)
    expect((await verdictOn({ lines, latest: real.trail.latest }, real.keys.root)).status).toBe('tampered')
    await inDirectory(async directory => {
      mkdirSync(directory)
      writeFileSync(join(directory, '00000001.jsonl'), lines.map(line => `${line}\n`).join(''))
      const report = await verifyTrail(directory)
      expect(report).toMatchObject({ root: null, unanchored: true })
      expect(report.limits.join(' ')).toContain('There are no checkpoints')
      const rootKey = real.keys.root.publicKey
      expect(await verifyTrail(directory, { rootKey })).toMatchObject({ status: 'tampered' })
      const checkpoints = [real.trail.latest]
      expect(await verifyTrail(directory, { checkpoints })).toMatchObject({ status: 'tampered' })
    })
  })

  const originals = () => real.trail.lines.map(line => JSON.parse(line) as TrailEntry)
})

describe('the end', () => {
  test('cut off is seen, and no writer goes on with it', async () => {
    await attacked(async ({ directory, rootFile }) => {
      edit(directory, all => all.slice(0, -1))
      const report = await verifyTrail(directory)
      expect(report.status).toBe('tampered')
      expect(report.firstBad?.reason).toContain('the tail is missing: the file checkpoint names record')
      const again = rejection(open(directory, { keys: { root: rootFile } }))
      expect(await again).toMatchObject({ code: 'CARDEA_TRAIL_DAMAGED' })
      expect(await verifyTrail(directory)).toEqual(report)
    })
  })

  test('cut off together with the file checkpoint is seen, and no writer goes on with it', async () => {
    await attacked(async ({ directory, rootFile }) => {
      edit(directory, all => all.slice(0, -1))
      rmSync(join(directory, 'checkpoint'))
      const report = await verifyTrail(directory)
      expect(report.firstBad?.reason).toBe('the file checkpoint is missing')
      const again = rejection(open(directory, { keys: { root: rootFile } }))
      expect(await again).toMatchObject({ code: 'CARDEA_TRAIL_DAMAGED' })
    })
  })

  test('cut off under a checkpoint of one’s own, with the right root, is seen', async () => {
    const lines = real.trail.lines.slice(0, -1)
    const tree = CompactRange.empty()
    for (const line of lines) tree.addLine(Buffer.from(line))
    const { firstBad } = await verdictOn({ lines, latest: rootNote(keyPair(), tree.head()) }, real.keys.root)
    expect(firstBad?.reason).toBe('the file checkpoint is not signed with a key of this trail')
    const { status } = await verdictOn(
      { lines, latest: rootNote(real.keys.root, tree.head()) },
      real.keys.root,
    )
    expect(status).toBe('whole')
  })

  test('behind the last signature, cut off while the writer is dead, is said to be uncertain', async () => {
    await attacked(async ({ directory }) => {
      const text = readFileSync(join(directory, segmentNames(directory).at(-1) ?? ''), 'utf8').split('\n')
      const [origin, size] = latestOf(directory).split('\n')
      expect([origin, size]).not.toContain('')
      // The note that stands in the closing record is older by one record.
      const closing = JSON.parse(text.at(-2) ?? '') as { detail: { note: string } }
      writeFileSync(join(directory, 'checkpoint'), closing.detail.note)
      const report = await verifyTrail(directory)
      expect(report).toMatchObject({ status: 'whole', unsealed: 1 })
      expect(report.limits.join(' ')).toContain('The last 1 records are signed by nothing yet')
    })
  })
})
