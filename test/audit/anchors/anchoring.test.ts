/** The runner between a trail and its anchors: never in the way, never silent, nothing left over. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Anchor } from '../../../src/audit/anchors/anchor.js'
import { type Anchoring, openAnchoring } from '../../../src/audit/anchors/anchoring.js'
import type { Checkpoint } from '../../../src/model/checkpoint.js'
import { systemClock } from '../../../src/util/clock.js'
import { inDirectory, open, read, recordsOf, rejection } from '../kit.js'
import { checkpoint, type Place, place } from './kit.js'

let work: Place
beforeEach(() => {
  work = place()
})
afterEach(() => work.remove())

/** Takes what it is given once `answer` lets it. */
function stub(
  answer: (given: Checkpoint, signal: AbortSignal) => Promise<void>,
  name = 'stub',
): Anchor & { readonly given: number[] } {
  const given: number[] = []
  return {
    name,
    given,
    anchor: async (one, signal) => {
      given.push(one.size)
      await answer(one, signal)
      return { anchor: name, size: one.size, time: '2030-01-01T00:00:00.000Z', evidence: 'kept' }
    },
  }
}

function anchoring(anchors: readonly Anchor[], failures: string[] = []): Anchoring {
  return openAnchoring({
    anchors,
    directory: work.path,
    clock: systemClock,
    onFailure: (name, error) => failures.push(`${name}: ${error instanceof Error ? error.message : ''}`),
  })
}

async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 2_000 && !holds(); look++) await pause(5)
  expect(holds()).toBe(true)
}

describe('the anchoring of a trail', () => {
  test('keeps receipts that nobody else can read, each with its checkpoint', async () => {
    const running = anchoring([stub(async () => {})])
    running.offer(checkpoint(7))
    await running.close()
    const path = join(work.path, 'anchors', 'stub.jsonl')
    expect(statSync(path).mode & 0o077).toBe(0)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      anchor: 'stub',
      checkpoint: checkpoint(7),
      evidence: 'kept',
      size: 7,
      time: '2030-01-01T00:00:00.000Z',
    })
    expect(running.lag()).toEqual([{ anchor: 'stub', records: 0, seconds: 0 }])
  })

  test('keeps the newest checkpoint of each signer waiting behind a slow anchor, and no more', async () => {
    const gate = gateOf()
    const slow = stub(() => gate.opened)
    const running = anchoring([slow])
    running.offer(checkpoint(1))
    await until(() => slow.given.length === 1)
    for (let size = 2; size <= 1_000; size++) {
      running.offer(checkpoint(size, { signer: size % 100 === 0 ? 'root' : 'epoch' }))
    }
    expect(running.lag()[0]).toMatchObject({ records: 1_000 })
    gate.open()
    await running.close()
    expect(slow.given.slice(1).sort((a, b) => a - b)).toEqual([999, 1_000])
    expect(running.lag()[0]).toMatchObject({ records: 0, seconds: 0 })
  })

  test('lets no anchor hold up another, nor the closing of the trail', async () => {
    let told = false
    const heedless = stub(() => new Promise(() => {}), 'heedless')
    const patient = stub(async (_, signal) => {
      await new Promise(done => signal.addEventListener('abort', done, { once: true }))
      told = true
    }, 'patient')
    const quick = stub(async () => {}, 'quick')
    const running = anchoring([heedless, patient, quick])
    running.offer(checkpoint(1))
    await until(() => existsSync(join(work.path, 'anchors', 'quick.jsonl')))
    expect(running.lag().map(({ records }) => records)).toEqual([1, 1, 0])
    await running.close()
    expect(told).toBe(true)
  }, 30_000)

  test('tries again, tells of an outage once, and again after the next one', async () => {
    let down = true
    const failures: string[] = []
    const shaky = stub(async () => {
      if (down) throw new Error('the place is away')
    })
    const running = anchoring([shaky], failures)
    const offer = async (size: number): Promise<void> => {
      const before = shaky.given.length
      running.offer(checkpoint(size))
      await until(() => shaky.given.length > before)
    }
    await offer(1)
    // A newer checkpoint ends the attempts at the older: it covers it.
    await offer(2)
    await offer(3)
    await until(() => failures.length === 1)
    expect(failures).toEqual(['stub: the place is away'])
    down = false
    await offer(4)
    await until(() => running.lag()[0]?.records === 0)
    down = true
    await offer(5)
    await offer(6)
    await until(() => failures.length === 2)
    await running.close()
    expect(running.lag()[0]).toMatchObject({ records: 2 })
  }, 30_000)

  test('waits between checkpoints as it is told, and not when the trail closes', async () => {
    const rare: Anchor = { ...stub(async () => {}), everyMs: 3_600_000 }
    const running = anchoring([rare])
    running.offer(checkpoint(1))
    await until(() => running.lag()[0]?.records === 0)
    running.offer(checkpoint(2))
    await pause(20)
    expect(running.lag()[0]).toMatchObject({ records: 1 })
    await running.close()
    expect(running.lag()[0]).toMatchObject({ records: 0 })
  })

  test.each([['a', 'a'], ['../a'], [''], ['a b']])('refuses the names %j', (...names) => {
    expect(() => anchoring(names.map(name => stub(async () => {}, name)))).toThrow(/name of an anchor/)
  })
})

describe('a trail with an anchor', () => {
  test('goes on without it, and its failure is on record once (PCI DSS 10.7.2)', () =>
    inDirectory(async directory => {
      const broken = stub(async () => {
        throw new Error('The place is away.')
      })
      const trail = await open(directory, { anchors: [broken] })
      const failures = () => recordsOf(directory).filter(({ event }) => event === 'control.fail')
      for (let reads = 0; reads < 20; reads++) await read(trail)
      await until(() => failures().length > 0)
      await read(trail)
      await trail.close()
      expect(failures()).toMatchObject([
        { detail: { control: 'anchor', anchor: 'stub', error: { message: 'The place is away.' } } },
      ])
      expect(existsSync(join(directory, 'anchors'))).toBe(false)
    }))

  test('is not opened with two anchors of one name', () =>
    inDirectory(async directory => {
      const twice = [stub(async () => {}), stub(async () => {})]
      expect(await rejection(open(directory, { anchors: twice }))).toMatchObject({
        code: 'CARDEA_CONFIGURATION',
      })
    }))
})

function gateOf(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>(done => {
    open = done
  })
  return { opened, open: () => open() }
}
