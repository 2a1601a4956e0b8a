/** What comes through the writer itself: hostile statements, clocks, disks, deaths, a second writer. */
import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { nodeTrailFiles } from '../../../src/audit/trail-files.js'
import { MAX_LINE_BYTES } from '../../../src/audit/trail-line.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import type { Clock } from '../../../src/util/clock.js'
import {
  cleared,
  diskError,
  inDirectory,
  intend,
  lines,
  open,
  read,
  recordsOf,
  rejection,
  segmentNames,
  submission,
  writing,
} from '../kit.js'

const eventsOf = (directory: string) => recordsOf(directory).map(({ event }) => event)
/** The clock is looked at once a second. */
async function untilRecorded(directory: string, event: string): Promise<void> {
  while (!eventsOf(directory).some(found => found === event))
    await new Promise(resolve => setTimeout(resolve, 50))
}

describe('a statement', () => {
  test('with line feeds, escapes for terminals and hidden characters is one visible line', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      const forged = `x\n{"event":"trail.close"}\r\n\u001b[2J\u001b]0;t\u0007\u202etxt\u2066\u2028\u2029\u0085\u200b\u{e0041}`
      await read(trail, cleared({ submission: submission({ statement: forged, session: forged }) }))
      await trail.close()
      expect(lines(directory).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      expect(eventsOf(directory).filter(event => event === 'trail.close')).toHaveLength(1)
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })

  test('of ten megabytes is cut, and says so', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      const statement = `select '${'4 '.repeat(5 * 1_048_576)}'`
      await read(trail, cleared({ submission: submission({ statement }) }))
      await trail.close()
      const record = recordsOf(directory).find(({ event }) => event === 'statement')
      expect(record).toMatchObject({ body: { statementTruncated: true } })
      expect(Math.max(...lines(directory).map(({ length }) => length))).toBeLessThan(MAX_LINE_BYTES)
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })
})

test('a clock that is set back is on record, and seen', async () => {
  await inDirectory(async directory => {
    const start = Date.UTC(2030, 0, 1, 12)
    let back = 0
    const clock: Clock = {
      now: () => Math.trunc(start + performance.now() - back),
      monotonic: () => performance.now(),
    }
    const trail = await open(directory, { clock })
    await trail.note('policy.load', {})
    back = 3_600_000
    await untilRecorded(directory, 'trail.clock')
    await trail.note('policy.load', {})
    await trail.close()
    const step = recordsOf(directory).find(({ event }) => event === 'trail.clock')
    expect(step).toMatchObject({ detail: { stepMs: expect.any(Number) } })
    const report = await verifyTrail(directory, { clock })
    expect(report.status).toBe('whole')
    expect(report.remarks.map(({ kind }) => kind)).toContain('clock')
  })
})

test('a second writer is refused, and a trail that two have written is tampered with', async () => {
  await inDirectory(async directory => {
    const first = await open(directory)
    expect(await rejection(open(directory))).toMatchObject({ code: 'CARDEA_TRAIL_LOCKED' })
    const stolen = `${directory}-stolen`
    cpSync(directory, stolen, { recursive: true, filter: from => !from.includes('lock.') })
    const second = await open(stolen)
    await Promise.all([read(first), read(second)])
    await Promise.all([first.close(), second.close()])
    const name = segmentNames(stolen).at(-1) ?? ''
    cpSync(join(stolen, name), join(directory, name))
    expect((await verifyTrail(directory)).status).toBe('tampered')
  })
})

describe('a crash', () => {
  test('at any byte of a commit loses nothing before it', async () => {
    await inDirectory(async base => {
      const trail = await open(base)
      await read(trail)
      const file = join(base, segmentNames(base)[0] ?? '')
      const before = statSync(file).size
      const count = lines(base).length
      // An intent and two outcomes, written together.
      await Promise.all([intend(trail, writing), read(trail)])
      const live = `${base}-live`
      cpSync(base, live, { recursive: true, filter: from => !from.includes('lock.') })
      await trail.close()
      const size = statSync(join(live, segmentNames(live)[0] ?? '')).size
      for (let keep = before; keep <= size; keep += 97) {
        const directory = `${base}-${keep}`
        cpSync(live, directory, { recursive: true })
        truncateSync(join(directory, segmentNames(directory)[0] ?? ''), keep)
        const again = await open(directory)
        await again.close()
        expect(await verifyTrail(directory)).toMatchObject({ status: 'whole', openIntents: 0, unsealed: 0 })
        expect(lines(directory).slice(0, count)).toEqual(lines(live).slice(0, count))
        expect(eventsOf(directory)).toContain('trail.recover')
        rmSync(directory, { recursive: true })
      }
    })
  })

  test('while the trail is opened is no damage, wherever it happens', async () => {
    await inDirectory(async base => {
      const trail = await open(base)
      await read(trail)
      await trail.close()
      for (const step of ['create', 'append', 'sync', 'syncDirectory'] as const) {
        for (let after = 0; after < 3; after++) {
          const directory = `${base}-${step}-${after}`
          cpSync(base, directory, { recursive: true })
          let left = after
          const files = {
            ...nodeTrailFiles,
            [step]: (...given: never[]) => {
              if (left-- === 0) throw diskError('EIO')
              return (nodeTrailFiles[step] as (...all: never[]) => unknown)(...given)
            },
          }
          await open(directory, {}, files)
            .then(opened => opened.close())
            .catch(() => undefined)
          const again = await open(directory)
          await again.close()
          expect(await verifyTrail(directory)).toMatchObject({ status: 'whole', unsealed: 0 })
          rmSync(directory, { recursive: true })
        }
      }
    })
  })
})

describe('a disk', () => {
  test('that is full takes one last record, which says so', async () => {
    await inDirectory(async directory => {
      const full = { now: false, torn: false }
      const files = {
        ...nodeTrailFiles,
        append: (handle: number, bytes: Uint8Array, offset: number, length: number) => {
          // A part of a line still fits; then nothing, until the space that was set aside is given up.
          if (!full.now || !existsSync(join(directory, 'reserve')))
            return nodeTrailFiles.append(handle, bytes, offset, length)
          if (full.torn) throw diskError('ENOSPC')
          full.torn = true
          return nodeTrailFiles.append(handle, bytes, offset, 99)
        },
      }
      const trail = await open(directory, {}, files)
      await read(trail)
      full.now = true
      expect(await rejection(read(trail, writing))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      expect(await rejection(read(trail))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      expect(recordsOf(directory).at(-1)).toMatchObject({
        event: 'control.fail',
        detail: { control: 'trail storage', error: { code: 'ENOSPC' } },
      })
      expect(readFileSync(join(directory, '00000001.jsonl'), 'utf8').endsWith('}\n')).toBe(true)
      await rejection(trail.close())
      const again = await open(directory)
      await read(again)
      await again.close()
      expect(existsSync(join(directory, 'reserve'))).toBe(true)
      expect(await verifyTrail(directory)).toMatchObject({ status: 'whole', openIntents: 0 })
      expect(eventsOf(directory)).toContain('trail.recover')
    })
  })

  test('that does not sync ends the trail: the next opening begins another segment, and says so', async () => {
    await inDirectory(async directory => {
      const bad = { now: false }
      const files = {
        ...nodeTrailFiles,
        sync: async (handle: number) => {
          if (bad.now) throw diskError('EIO')
          await nodeTrailFiles.sync(handle)
        },
      }
      const trail = await open(directory, {}, files)
      bad.now = true
      expect(await rejection(read(trail))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      bad.now = false
      // It may have reached the disk by now: nobody knows, so nobody goes on.
      expect(await rejection(read(trail))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      await rejection(trail.close())
      const again = await open(directory)
      await again.close()
      expect(segmentNames(directory)).toHaveLength(2)
      expect(eventsOf(directory)).toContain('trail.recover')
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })
})
