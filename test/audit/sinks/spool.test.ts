/** A sink with a spool, whatever the peer, the disk and the process do. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { SinkTrouble } from '../../../src/audit/audit-sink.js'
import { SinkCopies } from '../../../src/audit/sink-copies.js'
import { memorySink } from '../../../src/audit/sinks/memory.js'
import { type RemoteSinkOptions, remoteSink } from '../../../src/audit/sinks/remote.js'
import { nodeSpoolFiles, type SpoolFiles } from '../../../src/audit/spool/spool-files.js'
import { PeerRefusalError, type Transport } from '../../../src/audit/spool/transport.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { auditSinkContract } from '../../../src/testing/audit-sink-contract.js'
import { systemClock } from '../../../src/util/clock.js'
import { diskError, rejection } from '../kit.js'
import { delivered, eventually, many, noted, spoolDirectory } from './kit.js'

/** A peer in this process. `manner` is asked before each message. */
function peer(manner: (records: readonly AuditRecord[], signal: AbortSignal) => unknown = () => {}) {
  const received: AuditRecord[] = []
  const batches: number[] = []
  const transport: Transport = {
    limits: { records: 50, bytes: 65_536, lingerMs: 1 },
    send: async (records, signal) => {
      batches.push(records.length)
      await manner(records, signal)
      received.push(...records)
    },
  }
  return { transport, received, batches }
}

function spooled(
  directory: string,
  transport: Transport,
  { files, ...over }: Partial<RemoteSinkOptions> & { files?: SpoolFiles; maxBytes?: number } = {},
) {
  const { maxBytes, ...options } = over
  const spool = { directory, ...(maxBytes === undefined ? {} : { maxBytes }) }
  const sink = remoteSink('webhook', { spool, ...options }, transport, {
    closingMs: 500,
    firstPauseMs: 20,
    ...(files === undefined ? {} : { files }),
  })
  const troubles: SinkTrouble[] = []
  sink.watch?.(trouble => troubles.push(trouble))
  return Object.assign(Object.create(sink) as typeof sink, { troubles })
}

const idsOf = (records: readonly AuditRecord[]) => records.map(({ id }) => id)

describe('a spooled sink', () => {
  auditSinkContract({
    test,
    make: () => {
      const place = spoolDirectory()
      const { transport, received } = peer()
      let broken = false
      const files: SpoolFiles = {
        ...nodeSpoolFiles,
        append: (handle, bytes) =>
          broken ? Promise.reject(diskError('EIO')) : nodeSpoolFiles.append(handle, bytes),
      }
      const sink = remoteSink('webhook', { spool: place }, transport, { files })
      return {
        sink,
        stored: async () => {
          await delivered(sink)
          return received
        },
        breakStorage: () => {
          broken = true
        },
        dispose: async () => {
          await sink.close()
          place.dispose()
        },
      }
    },
  })

  test('delivers every record in order, however writes, sizes, failures and restarts fall', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.array(fc.nat({ max: 9_000 }), { minLength: 1, maxLength: 8 }) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat({ max: 6 }), async (steps, failing) => {
        const place = spoolDirectory()
        let calls = 0
        const { transport, received } = peer(() => {
          calls += 1
          // Also after the peer has taken them: then they come twice.
          if (failing > 0 && calls % 7 < failing) throw new Error('away')
        })
        const make = () => spooled(place.directory, transport)
        let sink = make()
        const sent: AuditRecord[] = []
        for (const each of steps) {
          if (each === 'restart') {
            await sink.close()
            sink = make()
            await sink.open?.()
          } else {
            const records = each.map((size, at) => noted(`${sent.length + at}`, 'é'.repeat(size)))
            sent.push(...records)
            await sink.write(records, 'durable')
          }
        }
        for (let tries = 0; tries < 200 && sink.lag().records > 0; tries++) {
          await sink.close()
          sink = make()
          await sink.open?.()
        }
        await sink.close()
        place.dispose()
        expect([...new Set(idsOf(received))]).toEqual(idsOf(sent))
        expect(sink.troubles).toEqual([])
      }),
      { numRuns: 15 },
    )
  })

  test('has records after kill -9 that it had acknowledged, each whole, in order, without a gap', async () => {
    const place = spoolDirectory()
    const program = fileURLToPath(new URL('./spool.child.ts', import.meta.url))
    const typescript = fileURLToPath(new URL('../../support/typescript.mjs', import.meta.url))
    const child = spawn(process.execPath, ['--import', typescript, program, place.directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    let last = -1
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line)
      if (last === 400) child.kill('SIGKILL')
    }
    await ended
    const { transport, received } = peer()
    const sink = spooled(place.directory, transport)
    await sink.open?.()
    await delivered(sink)
    await sink.close()
    expect(received.length).toBeGreaterThan(last)
    expect(idsOf(received)).toEqual(received.map((_, at) => `k${at}`))
    place.dispose()
  })

  test('cuts a line that was not finished, skips what the disk has changed, and tells', async () => {
    const place = spoolDirectory()
    const first = spooled(place.directory, peer(() => Promise.reject(new Error('away'))).transport)
    await first.open?.()
    await first.write(many(3), 'durable')
    await first.close()
    const [name = ''] = readdirSync(place.directory).filter(each => each.endsWith('.spool'))
    const file = join(place.directory, name)
    const lines = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, [lines[0], 'no json {', lines[2], ''].join('\n'))
    appendFileSync(file, lines[0]?.slice(0, 40) ?? '')
    const { transport, received } = peer()
    const sink = spooled(place.directory, transport)
    await sink.open?.()
    await sink.write([noted('new')], 'durable')
    await delivered(sink)
    expect(idsOf(received)).toEqual(['r0', 'r2', 'new'])
    expect(sink.troubles.map(({ lost }) => lost)).toEqual([1])
    await sink.close()
    place.dispose()
  })

  test('takes no more room than it may, refuses what has none, and takes records again after a delivery', async () => {
    const place = spoolDirectory()
    let away = true
    const { transport, received } = peer(() => {
      if (away) throw new Error('away')
    })
    const sink = spooled(place.directory, transport, { maxBytes: 1_048_576 })
    await sink.open?.()
    const kept: string[] = []
    for (let at = 0; at < 400; at++)
      await sink.write([noted(`${at}`, 'x'.repeat(5_000))], 'durable').then(
        () => kept.push(`${at}`),
        (error: Error) => expect(error.message).toContain('spool of this sink is full'),
      )
    const bytes = readdirSync(place.directory).map(name => statSync(join(place.directory, name)).size)
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(1_048_576)
    expect(kept.length).toBeGreaterThan(150)
    expect(kept.length).toBeLessThan(400)
    expect(sink.lag()).toMatchObject({ records: kept.length, lost: 400 - kept.length })
    away = false
    await delivered(sink)
    expect(idsOf(received)).toEqual(kept)
    await sink.write([noted('again')], 'durable')
    await delivered(sink)
    expect(received.at(-1)?.id).toBe('again')
    await sink.close()
    place.dispose()
  })

  test('loses nothing that it acknowledged when the disk is full in the middle of a line', async () => {
    const place = spoolDirectory()
    let full = false
    const files: SpoolFiles = {
      ...nodeSpoolFiles,
      append: async (handle, bytes) => {
        await nodeSpoolFiles.append(handle, full ? bytes.subarray(0, 20) : bytes)
        if (full) throw diskError('ENOSPC')
      },
    }
    const { transport, received } = peer()
    const sink = spooled(place.directory, transport, { files })
    await sink.open?.()
    await sink.write([noted('a')], 'durable')
    full = true
    const error = await rejection(sink.write([noted('lost')], 'durable'))
    expect(String(error)).toContain('ENOSPC')
    full = false
    await sink.write([noted('b')], 'durable')
    await delivered(sink)
    expect(idsOf(received)).toEqual(['a', 'b'])
    await sink.close()
    place.dispose()
  })

  test('carries a record of 10 MB, alone', async () => {
    const place = spoolDirectory()
    const { transport, received, batches } = peer()
    const sink = spooled(place.directory, transport)
    await sink.open?.()
    const large = noted('large', 'x'.repeat(10_000_000))
    await sink.write([noted('a'), large, noted('b')], 'durable')
    await delivered(sink)
    expect(received).toEqual([noted('a'), large, noted('b')])
    expect(Math.max(...batches)).toBeLessThan(3)
    await sink.close()
    place.dispose()
  })

  test('cuts a peer that hangs when it closes, and keeps what it had not acknowledged', async () => {
    const place = spoolDirectory()
    const { transport } = peer(
      (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        }),
    )
    const sink = spooled(place.directory, transport)
    await sink.open?.()
    await sink.write(many(5), 'durable')
    await sink.close()
    const after = peer()
    const next = spooled(place.directory, after.transport)
    await next.open?.()
    await delivered(next)
    expect(idsOf(after.received)).toEqual(idsOf(many(5)))
    await next.close()
    place.dispose()
  })

  test('tells of an outage after a minute, once, by a clock that cannot be set', async () => {
    const place = spoolDirectory()
    const clock = { wall: Date.parse('2030-01-01T00:00:10Z'), steady: 0 }
    let away = true
    const { transport, batches } = peer(() => {
      if (away) throw new PeerAway()
    })
    const sink = spooled(place.directory, transport, {
      clock: { now: () => clock.wall, monotonic: () => clock.steady },
    })
    await sink.open?.()
    await sink.write([noted('a')], 'durable')
    expect(sink.lag()).toEqual({ records: 1, seconds: 10, lost: 0 })
    await eventually(() => batches.length >= 1, 'an attempt')
    // Set back by a year, and forward: nothing is younger than now, and nothing is told for it.
    clock.wall -= 365 * 86_400_000
    expect(sink.lag().seconds).toBe(0)
    clock.wall += 2 * 365 * 86_400_000
    await eventually(() => batches.length >= 2, 'another attempt')
    expect(sink.troubles).toEqual([])
    clock.steady = 60_000
    await eventually(() => sink.troubles.length > 0, 'the outage is told')
    expect(sink.troubles).toMatchObject([{ error: { message: 'gone' }, lost: 0 }])
    away = false
    await delivered(sink)
    await sink.close()
    place.dispose()
  })

  test('gives up what a peer refuses for good, and only that', async () => {
    const place = spoolDirectory()
    const refusedIds = new Set(['r3', 'r40', 'r41'])
    const { transport, received } = peer(records => {
      if (records.some(({ id }) => refusedIds.has(id))) throw new PeerRefusalError('no')
    })
    const sink = spooled(place.directory, transport)
    await sink.open?.()
    await sink.write(many(60), 'durable')
    await delivered(sink)
    expect(idsOf(received)).toEqual(idsOf(many(60)).filter(id => !refusedIds.has(id)))
    expect(sink.troubles.map(({ lost }) => lost)).toEqual([1, 1, 1])
    await sink.close()
    place.dispose()
  })

  test('has one writer for a directory, closed to others', async () => {
    const place = spoolDirectory()
    const { transport } = peer(() => Promise.reject(new Error('away')))
    const sink = spooled(place.directory, transport)
    await sink.open?.()
    await sink.write([noted('a')], 'durable')
    expect(statSync(place.directory).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(place.directory))
      expect(statSync(join(place.directory, name)).mode & 0o077).toBe(0)
    const second = spooled(place.directory, transport)
    expect(await rejection(second.open?.() ?? Promise.resolve())).toMatchObject({
      code: 'CARDEA_TRAIL_LOCKED',
    })
    await second.close()
    await sink.close()
    place.dispose()
  })
})

describe('a sink that gets copies', () => {
  test('is bounded in what it leaves waiting, and what it loses is counted', async () => {
    const told: number[] = []
    const stuck = { ...memorySink(), name: 'stuck', write: () => new Promise<void>(() => {}) }
    const copies = new SinkCopies(stuck, systemClock, (_, __, lost) => told.push(lost))
    for (let at = 0; at < 10_500; at++) copies.write([noted(`${at}`)])
    expect(told).toEqual([1])
  })

  test('is told of again after a minute, with all that was lost meanwhile', () => {
    const told: number[] = []
    let now = 0
    const clock = { now: () => 0, monotonic: () => now }
    const copies = new SinkCopies(memorySink(), clock, (_, __, lost) => told.push(lost))
    copies.failed(new Error('a'), 2)
    copies.failed(new Error('b'), 3)
    copies.failed(new Error('c'), 4)
    expect(told).toEqual([2])
    now = 60_000
    copies.write([noted('x')])
    expect(told).toEqual([2, 7])
  })
})

class PeerAway extends Error {
  constructor() {
    super('gone')
  }
}
