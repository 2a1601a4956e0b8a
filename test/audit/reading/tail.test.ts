/** Following meets what a writer does at the end of a trail, and readers meet lines that nobody's writer made. */
import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { search } from '../../../src/audit/search.js'
import { encodeLine } from '../../../src/audit/trail-line.js'
import { readTrail, type TailOptions, tail } from '../../../src/audit/trail-reader.js'
import { inDirectory } from '../kit.js'
import { at, event, TrailOfRecords } from './kit.js'

async function followed(directory: string, options: TailOptions, change: () => void, wanted: number) {
  const stop = new AbortController()
  const ids: string[] = []
  const entries = tail(directory, { ...options, follow: true, pollMs: 5, signal: stop.signal })
  const next = entries.next()
  change()
  for (let entry = await next; entry.done !== true; entry = await entries.next()) {
    ids.push(entry.value.id)
    if (ids.length === wanted) stop.abort()
  }
  return ids
}

describe('following', () => {
  test('from the end begins at a line, also while one is being written', () =>
    inDirectory(async directory => {
      const trail = new TrailOfRecords(directory).append(event('one', at(0)))
      const line = encodeLine(event('two', at(1)), 'test', trail.head)
      appendFileSync(trail.segmentPath, line.slice(0, 40))
      const stop = new AbortController()
      const first = tail(directory, { last: 0, follow: true, pollMs: 5, signal: stop.signal }).next()
      await pause(100)
      appendFileSync(trail.segmentPath, `${line.slice(40)}\n`)
      trail.continueAt(line)
      // Where the machine was too slow, the end is behind the line already, and the next one is the first.
      while (!(await Promise.race([first.then(() => true), pause(20)]))) trail.append(event('later', at(2)))
      stop.abort()
      expect((await first).value).toMatchObject({ id: expect.stringMatching(/^(two|later)$/) })
    }))

  test('of a directory that is still empty, and of a segment that is begun again', () =>
    inDirectory(async directory => {
      mkdirSync(directory)
      const trail = new TrailOfRecords(directory)
      writeFileSync(trail.segmentPath, '{"torn')
      const again = () => {
        rmSync(trail.segmentPath)
        trail.append(event('one', at(0)))
        trail.rotate()
        writeFileSync(trail.segmentPath, '')
        trail.append(event('two', at(1)))
      }
      expect(await followed(directory, { last: 5 }, again, 2)).toEqual(['one', 'two'])
    }))

  test('goes on where a torn line was cut off', () =>
    inDirectory(async directory => {
      const trail = new TrailOfRecords(directory).append(event('one', at(0)))
      const path = trail.segmentPath
      appendFileSync(path, '{"torn')
      const cut = () => {
        truncateSync(path, trailBytes(trail))
        trail.rotate().append(event('two', at(1)))
      }
      expect(await followed(directory, { last: 5 }, cut, 2)).toEqual(['one', 'two'])
    }))
})

describe('readers', () => {
  test.each([
    ['no JSON', 'scribble'],
    ['no record', '{"a":1}'],
    ['a statement without its parts', forged({ body: {} })],
    ['a statement of a principal only', forged({ body: { principal: null, session: 's', statement: 'x' } })],
  ])('name a line with %s as damage', (_, line) =>
    inDirectory(async directory => {
      const trail = new TrailOfRecords(directory).append(event('one', at(0)))
      appendFileSync(trail.segmentPath, `${line}\n`)
      for (const reader of [readTrail(directory), search(directory, { principal: 'x' }), tail(directory)])
        await expect(drained(reader)).rejects.toMatchObject({
          code: 'CARDEA_TRAIL_DAMAGED',
          message: expect.stringMatching(/^00000001\.jsonl: .*cardea audit verify/),
        })
    }),
  )

  test('name a directory that is none', async () => {
    for (const reader of [readTrail('nowhere'), search('nowhere'), tail('nowhere')])
      await expect(drained(reader)).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    await expect(drained(search(join('no', 'where'), {}, { limit: -1 }))).rejects.toThrow(/limit/)
  })
})

function trailBytes(trail: TrailOfRecords): number {
  return (
    Buffer.byteLength(encodeLine(event('one', at(0)), 'test', { seq: 0, hash: '0'.repeat(64) })) +
    Math.sign(trail.head.seq)
  )
}

function forged(over: Readonly<Record<string, unknown>>): string {
  const { body } = over
  return `{"body":${JSON.stringify(body)},"event":"statement","id":"x","origin":"o","phase":"intent","prev":"p","seq":2,"time":"t","v":1}`
}

async function drained(reader: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of reader);
}
