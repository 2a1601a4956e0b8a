/** Pruned trails verify, open and are searched as what they still are; nothing within the retention goes. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { fileTrail } from '../../../src/audit/file-trail.js'
import { LEAST_RETENTION_MS, prunable, pruneTrail } from '../../../src/audit/retention/prune.js'
import { search } from '../../../src/audit/search.js'
import { nodeTrailFiles } from '../../../src/audit/trail-files.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import type { Clock } from '../../../src/util/clock.js'
import { ulids } from '../../../src/util/ids.js'
import { inDirectory, segmentNames } from '../kit.js'
import { event, intent, outcome } from '../reading/kit.js'

const DAY = 86_400_000
const START = Date.parse('2024-01-01T00:00:00.000Z')
const ids = ulids({ now: () => START, monotonic: () => 0 })
const by = { user: 'ops' }
const verifier = fileURLToPath(new URL('../../../docs/verify.py', import.meta.url))

function clockAt(day: number): Clock {
  return { now: () => START + day * DAY, monotonic: () => day * DAY }
}

/** One month after the other, a writer and a few segments each; a statement that is open from one to the next. */
async function months(directory: string, first: number, last: number): Promise<void> {
  for (let month = first; month <= last; month++) {
    const clock = clockAt(month * 31)
    const time = new Date(clock.now()).toISOString()
    const trail = fileTrail({ directory, clock, ids, durability: 'os', segmentBytes: 65_536 })
    await trail.open?.()
    await trail.write([intent(`S-${month}`, time)], 'accepted')
    for (let n = 0; n < 60; n++)
      await trail.write([event(`E-${month}-${n}`, time, { text: 'x'.repeat(2_000) })], 'accepted')
    await trail.write([outcome(`S-${month}`, time)], 'durable')
    await trail.close()
  }
}

const verified = async (directory: string, day: number) => {
  const { begins, firstBad, status } = await verifyTrail(directory, { clock: clockAt(day) })
  return { begins, firstBad, status }
}

const prune = (directory: string, before: number, day: number, files = nodeTrailFiles) =>
  pruneTrail(directory, { before: START + before * DAY, by, clock: clockAt(day), ids }, files)

const count = async (directory: string) => {
  let found = 0
  for await (const _ of search(directory)) found += 1
  return found
}

describe('pruning', () => {
  test('deletes what is older than asked, is on record, and leaves a whole trail that goes on', () =>
    inDirectory(async directory => {
      await months(directory, 0, 5)
      const before = segmentNames(directory)
      const all = await count(directory)
      const pruned = await prune(directory, 70, 5 * 31 + 366)
      expect(pruned.length).toBeGreaterThan(3)
      expect(pruned.map(({ name }) => name)).toEqual(before.slice(0, pruned.length))
      expect(segmentNames(directory)[0]).toBe(before[pruned.length])
      const last = pruned.at(-1)
      expect(await verified(directory, 530)).toMatchObject({
        status: 'whole',
        begins: (last?.seq ?? 0) + 1,
        firstBad: undefined,
      })
      const records = []
      for await (const { record } of events(directory)) records.push(record)
      expect(records.filter(one => one.event === 'trail.prune').map(({ detail }) => detail)).toEqual(
        pruned.map(({ hash, name, newest, seq }) =>
          expect.objectContaining({ by, hash, newest, segment: name, seq, retentionDays: 366 }),
        ),
      )
      expect(await count(directory)).toBeLessThan(all)
      await months(directory, 20, 21)
      expect(await verified(directory, 21 * 31)).toMatchObject({
        status: 'whole',
        begins: (last?.seq ?? 0) + 1,
      })
      const again = await prune(directory, 100, 21 * 31)
      expect(again.length).toBeGreaterThan(0)
      await months(directory, 22, 22)
      expect(await verified(directory, 22 * 31)).toMatchObject({
        status: 'whole',
        begins: (again.at(-1)?.seq ?? 0) + 1,
      })
      expect(execFileSync('python3', [verifier, directory], { encoding: 'utf8' })).toMatch(/whole/i)
    }))

  test('is whole at whichever step the process dies', () =>
    inDirectory(async directory => {
      await months(directory, 0, 2)
      let left = 3
      const dying = {
        ...nodeTrailFiles,
        syncDirectory: (path: string) => {
          nodeTrailFiles.syncDirectory(path)
          left -= 1
          if (left < 0) throw new Error('killed')
        },
      }
      const wanted = await prunable(directory, { before: START + 40 * DAY, clock: clockAt(430) })
      for (let step = 0; step < wanted.length + 2; step++) {
        left = 2 + step
        await prune(directory, 40, 430, dying).catch(() => undefined)
        expect(await verified(directory, 430)).toMatchObject({ status: 'whole', firstBad: undefined })
      }
      await prune(directory, 40, 430)
      expect(segmentNames(directory)[0] ?? '').toBe(
        `${String(Number.parseInt(wanted.at(-1)?.name ?? '', 10) + 1).padStart(8, '0')}.jsonl`,
      )
    }))

  test('never takes what is within the retention, whoever asks', () =>
    inDirectory(async directory => {
      await months(directory, 0, 2)
      const before = segmentNames(directory)
      const now = clockAt(400)
      const refused = async (over: { before: number; retentionMs?: number }) =>
        expect(pruneTrail(directory, { by, clock: now, ids, ...over })).rejects.toMatchObject({
          code: 'CARDEA_CONFIGURATION',
        })
      await refused({ before: now.now() - LEAST_RETENTION_MS + 1 })
      await refused({ before: Number.NaN })
      await refused({ before: START, retentionMs: LEAST_RETENTION_MS - 1 })
      await refused({ before: START + 10 * DAY, retentionMs: 400 * DAY })
      await refused({ before: START, retentionMs: Number.NaN })
      expect(await prune(directory, 0, 400)).toEqual([])
      expect(segmentNames(directory)).toEqual(before)
      // Everything is old enough: the last two segments stay all the same.
      const kept = before.length - (await prune(directory, 1_000, 5_000)).length
      expect(kept).toBe(2)
    }))

  test('never takes a trail that is written to, or does not verify', () =>
    inDirectory(async directory => {
      await months(directory, 0, 2)
      const before = segmentNames(directory)
      const clock = clockAt(430)
      const writer = fileTrail({ directory, clock, ids, durability: 'os' })
      await writer.open?.()
      await expect(prune(directory, 40, 430)).rejects.toMatchObject({ code: 'CARDEA_TRAIL_LOCKED' })
      await writer.close()
      const path = join(directory, before[2] ?? '')
      writeFileSync(path, readFileSync(path, 'utf8').replace('xxx', 'xyx'))
      await expect(prune(directory, 40, 430)).rejects.toMatchObject({ code: 'CARDEA_TRAIL_DAMAGED' })
      expect(readdirSync(directory)).toEqual(expect.arrayContaining(before))
    }))
})

describe('checkpoints from before a pruning', () => {
  test('leave a pruned trail whole, and are counted only where a record is left to compare', () =>
    inDirectory(async directory => {
      const kept: { readonly note: string; readonly size: number }[] = []
      for (let month = 0; month <= 3; month++) {
        await months(directory, month, month)
        const note = readFileSync(join(directory, 'checkpoint'), 'utf8')
        kept.push({ note, size: Number(note.split('\n')[1]) })
      }
      for await (const { record } of events(directory)) {
        const { note } = record.detail
        if (record.event === 'trail.checkpoint' && typeof note === 'string')
          kept.push({ note, size: Number(note.split('\n')[1]) })
      }
      await prune(directory, 60, 3 * 31 + 366)
      const sizes = { before: 0, at: 0, after: 0 }
      for (const { note, size } of kept) {
        const file = `${directory}.note`
        writeFileSync(file, note)
        const report = await verifyTrail(directory, { checkpoints: [note], clock: clockAt(459) })
        const left = size >= report.begins
        sizes[left ? 'after' : size === report.begins - 1 ? 'at' : 'before'] += 1
        expect([size, report.firstBad]).toEqual([size, undefined])
        expect(report).toMatchObject({ status: 'whole', unanchored: !left })
        expect(report.limits.some(limit => limit.includes('Of what was pruned, 1 of'))).toBe(!left)
        const told = execFileSync('python3', [verifier, directory, '--checkpoint', file], {
          encoding: 'utf8',
        })
        expect(told).toMatch(left ? /^WHOLE: .* anchored$/m : /^WHOLE: .* unanchored$/m)
      }
      expect(Object.values(sizes).every(count => count > 0)).toBe(true)
      // What is left can still be told from another history.
      const other = kept.find(({ size }) => size === Math.max(...kept.map(one => one.size)))
      const forged = other?.note.replace(/^(.+\n\d+\n)./, '$1/') ?? ''
      expect(await verifyTrail(directory, { checkpoints: [forged] })).toMatchObject({ status: 'tampered' })
    }))
})

describe('segments that are gone without a word', () => {
  test('are damage to whoever opens the trail, and tampering to whoever verifies it', () =>
    inDirectory(async directory => {
      await months(directory, 0, 2)
      const pruned = await prune(directory, 40, 430)
      rmSync(join(directory, segmentNames(directory)[0] ?? ''))
      expect(pruned.length).toBeGreaterThan(0)
      expect(await verified(directory, 430)).toMatchObject({ status: 'tampered' })
      await expect(months(directory, 20, 20)).rejects.toMatchObject({ code: 'CARDEA_TRAIL_DAMAGED' })
    }))
})

async function* events(directory: string) {
  for await (const found of search(directory)) if (found.kind === 'event') yield found
}
