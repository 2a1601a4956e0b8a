import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { fileTrail } from '../../src/audit/file-trail.js'
import { verifyTrail } from '../../src/audit/verify.js'
import { ConfigurationError } from '../../src/errors.js'
import type { AuditRecord } from '../../src/model/record.js'
import { auditSinkContract } from '../../src/testing/audit-sink-contract.js'
import {
  cleared,
  diskError,
  facts,
  failingFiles,
  inDirectory,
  intend,
  lifecycle,
  lines,
  open,
  PANS,
  read,
  recordsOf,
  rejection,
  segmentNames,
  submission,
} from './kit.js'

for (const durability of ['fsync', 'os'] as const) {
  describe(`the port's contract, durability ${durability}`, () => {
    auditSinkContract({
      test,
      make: () => {
        const directory = mkdtempSync(join(tmpdir(), 'cardea-contract-'))
        const { files, fail } = failingFiles()
        return {
          sink: fileTrail({ directory, durability }, files),
          stored: async () =>
            recordsOf(directory)
              .filter(({ event }) => !event.startsWith('trail.'))
              .map(({ v: _v, origin: _origin, seq: _seq, prev: _prev, ...record }) => record as AuditRecord),
          breakStorage: () => {
            fail.append = diskError('ENOSPC')
          },
          dispose: () => rmSync(directory, { recursive: true }),
        }
      },
    })
  })
}

describe('the directory', () => {
  test('is made for its owner alone, and so is every file in it', async () => {
    await inDirectory(async directory => {
      const trail = await open(join(directory, 'deeper'))
      await read(trail)
      await trail.close()
      expect(statSync(join(directory, 'deeper')).mode & 0o777).toBe(0o700)
      const names = readdirSync(join(directory, 'deeper'))
      expect(names).toEqual(
        expect.arrayContaining(['00000001.jsonl', 'KEYS', 'checkpoint', 'reserve', 'root.key']),
      )
      for (const name of names) expect(statSync(join(directory, 'deeper', name)).mode & 0o777).toBe(0o600)
    })
  })

  test('that cannot be made fails the opening', async () => {
    await inDirectory(async directory => {
      writeFileSync(directory, 'a file')
      expect(await rejection(open(directory))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      expect(await rejection(open(join(directory, 'under')))).toMatchObject({
        code: 'CARDEA_AUDIT_UNAVAILABLE',
      })
    })
  })

  test.each([
    [{ directory: '' }],
    [{ directory: 'x', segmentBytes: 100 }],
    [{ directory: 'x', durability: 'maybe' }],
    [{ directory: 'x', fsync: false }],
  ])('is refused with options %j', options => {
    expect(() => fileTrail(options as { directory: string })).toThrow(ConfigurationError)
  })
})

describe('the chain', () => {
  test('has no gap over many segments and openings', async () => {
    await inDirectory(async directory => {
      for (let opening = 0; opening < 3; opening++) {
        const trail = await open(directory, { segmentBytes: 65_536 })
        for (let at = 0; at < 200; at++) await read(trail)
        await trail.close()
      }
      expect(segmentNames(directory).length).toBeGreaterThan(6)
      const records = recordsOf(directory)
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1))
      const report = await verifyTrail(directory)
      expect(report).toMatchObject({ status: 'whole', records: records.length, openIntents: 0 })
      const openings = records.map(({ event }) => event).filter(event => /^trail\.(open|close)$/.test(event))
      expect(openings).toEqual(Array.from({ length: 3 }, () => ['trail.open', 'trail.close']).flat())
    })
  })

  test('keeps the order of 64 concurrent callers, every intent before its outcome', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory, { segmentBytes: 65_536 })
      const caller = async (name: string) => {
        for (let at = 0; at < 20; at++) {
          const over = at % 3 === 0 ? { facts: facts({ readOnly: false }) } : {}
          await read(trail, cleared({ ...over, submission: submission({ session: name, bindings: [at] }) }))
        }
      }
      await Promise.all(Array.from({ length: 64 }, (_, at) => caller(`caller-${at}`)))
      await trail.close()
      expect((await verifyTrail(directory)).status).toBe('whole')
      const turns = new Map<string, string[]>()
      for (const record of recordsOf(directory)) {
        const body = 'body' in record ? record.body : undefined
        if (body === undefined) continue
        const { session, bindings } = body
        turns.set(session, [...(turns.get(session) ?? []), ...bindings])
      }
      expect(turns.size).toBe(64)
      for (const turn of turns.values())
        expect(turn).toEqual(Array.from({ length: 20 }, (_, at) => String(at)))
    })
  })

  test('closes with a checkpoint of all records', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      await read(trail)
      await trail.close()
      const { head, unsealed } = await verifyTrail(directory)
      expect(readFileSync(join(directory, 'checkpoint'), 'utf8').split('\n')[1]).toBe(String(head.seq))
      expect(head.seq).toBe(lines(directory).length)
      expect(unsealed).toBe(0)
    })
  })

  test('carries the lines that an attacker writes into a statement as one line', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      const forged = `x\n{"event":"trail.close"}\r\n\u001b[2J\u202etxt\u2028\u2029\u0085\u200b${PANS[0]}`
      await read(
        trail,
        cleared({ submission: submission({ statement: forged, session: forged, bindings: [forged] }) }),
      )
      await trail.close()
      expect(lines(directory)).toHaveLength(6)
      expect(lines(directory).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })
})

describe('one writer', () => {
  test('in a process: a second is refused, also after the first failed writes', async () => {
    await inDirectory(async directory => {
      const first = await open(directory)
      expect(await rejection(open(directory))).toMatchObject({ code: 'CARDEA_TRAIL_LOCKED' })
      await read(first)
      await first.close()
      const second = await open(directory)
      await second.close()
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })

  test('of many that open at once', async () => {
    await inDirectory(async directory => {
      mkdirSync(directory)
      const openings = await Promise.allSettled(Array.from({ length: 8 }, () => open(directory)))
      const trails = openings.flatMap(opening => (opening.status === 'fulfilled' ? [opening.value] : []))
      expect(trails).toHaveLength(1)
      for (const trail of trails) await trail.close()
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })

  test('whose lock cannot be read is not overruled', async () => {
    await inDirectory(async directory => {
      mkdirSync(directory)
      writeFileSync(join(directory, 'lock.00000004'), 'not a lock')
      expect(await rejection(open(directory))).toMatchObject({ code: 'CARDEA_TRAIL_LOCKED' })
    })
  })

  test('with a reused process id is not taken for alive', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      const lock = readdirSync(directory).find(name => name.startsWith('lock.')) ?? ''
      const holder = JSON.parse(readFileSync(join(directory, lock), 'utf8')) as { started: string | null }
      await trail.close()
      // Where the system does not tell start times, a living process id has to be believed.
      const expected = holder.started === null ? 'rejected' : 'fulfilled'
      writeFileSync(join(directory, lock), JSON.stringify({ ...holder, started: '1' }))
      const [again] = await Promise.allSettled([open(directory)])
      expect(again?.status).toBe(expected)
      if (again?.status === 'fulfilled') await again.value.close()
    })
  })
})

describe('failing storage', () => {
  test.each(['fsync', 'os'] as const)('poisons the trail on a failed write (%s)', async durability => {
    await inDirectory(async directory => {
      const { files, fail } = failingFiles()
      const trail = await open(directory, { durability }, files)
      await read(trail)
      fail.append = diskError('ENOSPC')
      // The intent of a read is written together with its outcome: nothing is released of the first.
      expect(await rejection(read(trail))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      expect(await rejection(intend(trail))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      delete fail.append
      // Space is back, and still nothing executes until a restart has looked at what is on disk.
      expect(await rejection(intend(trail))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      expect(await rejection(trail.note('policy.load', {}))).toMatchObject({
        code: 'CARDEA_AUDIT_UNAVAILABLE',
      })
      await rejection(trail.close())
      const again = await open(directory)
      await read(again)
      await again.close()
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })

  test('poisons the trail on a failed fsync: every waiter is told, and none was released', async () => {
    await inDirectory(async directory => {
      const { files, fail } = failingFiles()
      const trail = await open(directory, {}, files)
      fail.sync = diskError('EIO')
      const callers = await Promise.allSettled(Array.from({ length: 16 }, () => read(trail)))
      expect(callers.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 'rejected'))
      delete fail.sync
      expect(await rejection(read(trail))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      await rejection(trail.close())
      const again = await open(directory)
      await again.close()
      expect((await verifyTrail(directory)).status).toBe('whole')
      const outcomes = recordsOf(directory).flatMap(record =>
        record.phase === 'outcome' ? [record.outcome.status] : [],
      )
      expect(outcomes).toHaveLength(16)
    })
  })

  test('completes short writes', async () => {
    await inDirectory(async directory => {
      const { files, fail } = failingFiles()
      fail.shortWrites = true
      const trail = await open(directory, {}, files)
      await Promise.all([read(trail), read(trail)])
      await trail.close()
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })

  test('leaves no gap for a record that cannot be a line', async () => {
    await inDirectory(async directory => {
      const sink = fileTrail({ directory })
      await sink.write([lifecycle('good')], 'durable')
      const bad = [lifecycle('first of the bad'), lifecycle('bad', { big: 1n })]
      expect(await rejection(sink.write(bad, 'durable'))).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      await sink.write([lifecycle('after')], 'durable')
      await sink.close()
      expect(
        recordsOf(directory)
          .filter(({ event }) => event === 'audit.read')
          .map(({ id }) => id),
      ).toEqual(['good', 'after'])
      expect((await verifyTrail(directory)).status).toBe('whole')
    })
  })

  test('a directory whose checkpoint cannot be replaced stops the trail', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      mkdirSync(join(directory, 'checkpoint.draft'))
      await read(trail)
      expect(await rejection(trail.close())).toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
    })
  })
})
