/** Every change to a trail shows, or is named as needing an anchor. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { TrailEntry } from '../../src/audit/trail-line.js'
import { verifyTrail } from '../../src/audit/verify.js'
import { ConfigurationError } from '../../src/errors.js'
import { rechained } from './attacks/kit.js'
import { cleared, inDirectory, lines, lingered, open, read, segmentNames, writing } from './kit.js'

/** The files of a small trail of two segments, closed. */
let segments: readonly string[] = []
let checkpoint = ''
let keys = ''

beforeAll(async () => {
  await inDirectory(async directory => {
    for (let opening = 0; opening < 2; opening++) {
      const trail = await open(directory)
      await read(trail)
      await read(trail, writing)
      await trail.close()
    }
    segments = segmentNames(directory).map(name => readFileSync(join(directory, name), 'utf8'))
    checkpoint = readFileSync(join(directory, 'checkpoint'), 'utf8')
    keys = readFileSync(join(directory, 'KEYS'), 'utf8')
  })
})

async function verdict(files: readonly (string | Buffer | null)[], beside = true) {
  return inDirectory(async directory => {
    mkdirSync(directory)
    files.forEach((text, index) => {
      if (text !== null) writeFileSync(join(directory, `0000000${index + 1}.jsonl`), text)
    })
    if (beside) {
      writeFileSync(join(directory, 'checkpoint'), checkpoint)
      writeFileSync(join(directory, 'KEYS'), keys)
    }
    return verifyTrail(directory)
  })
}

const STRIDE = 29
const splitLines = (text: string) => text.split('\n').slice(0, -1)
const joinLines = (all: readonly string[]) => all.map(line => `${line}\n`).join('')

test('a trail as it was written is whole', async () => {
  const report = await verdict(segments)
  expect(report).toMatchObject({
    status: 'whole',
    records: 16,
    begins: 1,
    segments: 2,
    checkpoints: 2,
    unsealed: 0,
    openIntents: 0,
    unanchored: true,
    root: { kept: 'beside', pinned: false },
    remarkCount: 0,
  })
  expect(report.firstBad).toBeUndefined()
  expect(report.limits).toHaveLength(3)
})

test('a change of a single byte is found', async () => {
  await inDirectory(async directory => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'checkpoint'), checkpoint)
    writeFileSync(join(directory, 'KEYS'), keys)
    const files = segments.map((text, index) => {
      const path = join(directory, `0000000${index + 1}.jsonl`)
      writeFileSync(path, text)
      return { path, bytes: Buffer.from(text) }
    })
    const missed: string[] = []
    // Other bytes each time.
    const first = fc.sample(fc.integer({ min: 0, max: STRIDE - 1 }), 1)[0] ?? 0
    for (const { path, bytes } of files) {
      for (let at = first; at < bytes.length; at += STRIDE) {
        const changed = Buffer.from(bytes)
        // Another bit for every byte, so that case, digits, quotes and line feeds all have their turn.
        changed[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
        writeFileSync(path, changed)
        const { status } = await verifyTrail(directory)
        if (status !== 'tampered') missed.push(`${path}:${at}`)
      }
      writeFileSync(path, bytes)
    }
    expect(missed).toEqual([])
    expect((await verifyTrail(directory)).status).toBe('whole')
  })
})

describe('lines', () => {
  const whole = () => segments.flatMap(splitLines)
  const index = (max: number) => fc.integer({ min: 0, max })
  const edits: readonly (readonly [
    string,
    (all: readonly string[], a: number, b: number) => readonly string[],
  ])[] = [
    ['dropped', (all, a) => all.toSpliced(a, 1)],
    ['dropped in a run', (all, a, b) => all.toSpliced(Math.min(a, b), Math.abs(a - b) + 1)],
    ['doubled', (all, a) => all.toSpliced(a, 0, all[a] ?? '')],
    ['copied elsewhere', (all, a, b) => all.toSpliced(b, 0, all[a] ?? '')],
    ['swapped', (all, a, b) => all.with(a, all[b] ?? '').with(b, all[a] ?? '')],
    ['emptied', (all, a) => all.with(a, '')],
    ['inserted', (all, a) => all.toSpliced(a, 0, '{}')],
    ['cut short', (all, a, b) => all.with(a, (all[a] ?? '').slice(0, b))],
  ]

  test.each(edits)('%s are found', async (_name, edit) => {
    const all = whole()
    await fc.assert(
      fc.asyncProperty(index(all.length - 1), index(all.length - 1), async (a, b) => {
        const changed = edit(all, a, b)
        if (joinLines(changed) === joinLines(all)) return
        expect((await verdict([joinLines(changed)])).status).toBe('tampered')
      }),
      { numRuns: 60 },
    )
  })

  test('moved to another segment boundary are the same trail', async () => {
    const all = whole()
    expect((await verdict([joinLines(all.slice(0, 3)), joinLines(all.slice(3))])).status).toBe('whole')
  })

  test('with a number twice name the number', async () => {
    const all = whole()
    const report = await verdict([joinLines(all.toSpliced(4, 0, all[3] ?? ''))])
    expect(report.firstBad).toMatchObject({ segment: '00000001.jsonl', line: 5, seq: 5 })
    expect(report.firstBad?.reason).toContain('record 4 stands here a second time')
  })
})

describe('segments', () => {
  test.each([
    ['the first is gone', () => [null, segments[1] ?? '']],
    ['the last is gone', () => [segments[0] ?? '']],
    ['all are gone', () => []],
    ['one in the middle is gone', () => [segments[0] ?? '', null, segments[1] ?? '']],
    ['they are swapped', () => [...segments].reverse()],
    ['the first one ends in a torn line', () => [`${segments[0]}{"bo`, segments[1] ?? '']],
    ['the last one is emptied', () => [segments[0] ?? '', '']],
  ])('%s', async (_name, files) => {
    expect((await verdict(files())).status).toBe('tampered')
  })
})

describe('a trail from before checkpoints', () => {
  const old = () => {
    const kept = segments
      .flatMap(splitLines)
      .map(line => JSON.parse(line) as TrailEntry)
      .filter(({ event }) => event !== 'trail.key' && event !== 'trail.checkpoint')
      .map(entry => {
        if (entry.event !== 'trail.segment') return entry
        const { tree: _tree, ...detail } = entry.detail
        return { ...entry, detail }
      })
    return joinLines(rechained(kept))
  }

  test('is read, and said to have none', async () => {
    const report = await verdict([old()], false)
    expect(report).toMatchObject({ status: 'whole', root: null, checkpoints: 0, checkpoint: null })
    expect(report.limits.join(' ')).toContain('There are no checkpoints')
  })

  test('is gone on with, and signed as a whole from then on', async () => {
    await inDirectory(async directory => {
      mkdirSync(directory)
      writeFileSync(join(directory, '00000001.jsonl'), old())
      writeFileSync(join(directory, 'head'), '{}')
      for (let opening = 0; opening < 2; opening++) {
        const trail = await open(directory)
        await read(trail)
        await trail.close()
      }
      expect(existsSync(join(directory, 'head'))).toBe(false)
      expect(await verifyTrail(directory)).toMatchObject({ status: 'whole', checkpoints: 2, unsealed: 0 })
      const path = join(directory, '00000001.jsonl')
      const entries = splitLines(readFileSync(path, 'utf8')).map(line => JSON.parse(line) as TrailEntry)
      writeFileSync(path, joinLines(rechained(entries.with(2, { ...(entries[2] as TrailEntry), id: 'x' }))))
      expect((await verifyTrail(directory)).status).toBe('tampered')
    })
  })
})

describe('pairs', () => {
  const entries = () => segments.flatMap(splitLines).map(line => JSON.parse(line) as TrailEntry)
  const unsigned = (all: readonly TrailEntry[]) =>
    all.filter(({ event }) => !['trail.key', 'trail.checkpoint', 'trail.segment'].includes(event))
  const check = async (changed: readonly TrailEntry[]) =>
    verdict([joinLines(rechained(unsigned(changed)))], false)
  const outcomeAt = () => entries().findIndex(entry => entry.phase === 'intent') + 1

  test('an intent without outcome is incomplete', async () => {
    expect(await check(entries().toSpliced(outcomeAt(), 1))).toMatchObject({
      status: 'incomplete',
      openIntents: 1,
    })
  })

  test('a second outcome is found, even in a sound chain', async () => {
    const all = entries()
    const at = outcomeAt()
    const report = await check(all.toSpliced(at, 0, ...all.slice(at, at + 1)))
    expect(report.status).toBe('tampered')
  })

  test('an outcome without intent is found, even in a sound chain', async () => {
    expect((await check(entries().filter(entry => entry.phase !== 'intent'))).status).toBe('tampered')
  })
})

test('a trail whose writer is at work is never taken for tampered', async () => {
  await inDirectory(async directory => {
    const trail = await open(directory, { segmentBytes: 65_536 })
    let writing = true
    const work = (async () => {
      while (writing) await read(trail)
    })()
    for (let look = 0; look < 20; look++) {
      expect(['whole', 'incomplete']).toContain((await verifyTrail(directory)).status)
    }
    writing = false
    await work
    await trail.intend(cleared())
    await lingered()
    expect((await verifyTrail(directory)).status).toBe('incomplete')
    await trail.close()
    expect((await verifyTrail(directory)).status).toBe('whole')
  })
})

test('a directory that is not there is not called whole', async () => {
  await inDirectory(async directory => {
    await expect(verifyTrail(directory)).rejects.toBeInstanceOf(ConfigurationError)
  })
})

test('verification changes nothing', async () => {
  await inDirectory(async directory => {
    const trail = await open(directory)
    await read(trail)
    await trail.close()
    const copy = `${directory}-copy`
    cpSync(directory, copy, { recursive: true })
    await verifyTrail(directory)
    expect(lines(directory)).toEqual(lines(copy))
    rmSync(copy, { recursive: true })
  })
})
