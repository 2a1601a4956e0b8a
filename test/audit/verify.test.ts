/** Every change to a trail shows, or is named as needing an anchor. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { encodeLine, lineHash, type TrailEntry, ZERO_HASH } from '../../src/audit/trail-line.js'
import { verifyTrail } from '../../src/audit/verify.js'
import { ConfigurationError } from '../../src/errors.js'
import type { AuditRecord } from '../../src/model/record.js'
import { cleared, inDirectory, lines, lingered, open, read, segmentNames, writing } from './kit.js'

/** The files of a small trail of two segments, closed. */
let segments: readonly string[] = []
let headNote = ''

beforeAll(async () => {
  await inDirectory(async directory => {
    for (let opening = 0; opening < 2; opening++) {
      const trail = await open(directory)
      await read(trail)
      await read(trail, writing)
      await trail.close()
    }
    segments = segmentNames(directory).map(name => readFileSync(join(directory, name), 'utf8'))
    headNote = readFileSync(join(directory, 'head'), 'utf8')
  })
})

async function verdict(files: readonly (string | Buffer | null)[], note: string | null = headNote) {
  return inDirectory(async directory => {
    mkdirSync(directory)
    files.forEach((text, index) => {
      if (text !== null) writeFileSync(join(directory, `0000000${index + 1}.jsonl`), text)
    })
    if (note !== null) writeFileSync(join(directory, 'head'), note)
    return verifyTrail(directory)
  })
}

const splitLines = (text: string) => text.split('\n').slice(0, -1)
const joinLines = (all: readonly string[]) => all.map(line => `${line}\n`).join('')

/** What somebody does who can rewrite the whole trail: new numbers and hashes for changed records. */
function rechained(entries: readonly TrailEntry[]): { text: string; head: { seq: number; hash: string } } {
  let head = { seq: 0, hash: ZERO_HASH }
  const all = entries.map(({ v: _v, origin, seq: _seq, prev: _prev, ...record }) => {
    const line = encodeLine(record as AuditRecord, origin, head)
    head = { seq: head.seq + 1, hash: lineHash(Buffer.from(line)) }
    return line
  })
  return { text: joinLines(all), head }
}

test('a trail as it was written is whole', async () => {
  const report = await verdict(segments)
  expect(report).toMatchObject({
    status: 'whole',
    records: 12,
    segments: 2,
    openIntents: 0,
    unanchored: true,
  })
  expect(report.firstBad).toBeUndefined()
  expect(report.limits).toHaveLength(1)
})

test('every change of a single byte is found', async () => {
  await inDirectory(async directory => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'head'), headNote)
    const files = segments.map((text, index) => {
      const path = join(directory, `0000000${index + 1}.jsonl`)
      writeFileSync(path, text)
      return { path, bytes: Buffer.from(text) }
    })
    const missed: string[] = []
    for (const { path, bytes } of files) {
      for (let at = 0; at < bytes.length; at++) {
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
}, 240_000)

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

describe('what needs an anchor', () => {
  const entries = () => segments.flatMap(splitLines).map(line => JSON.parse(line) as TrailEntry)
  const forged = () =>
    rechained(
      entries().map(entry => JSON.parse(JSON.stringify(entry).replaceAll('alice', 'mallory')) as TrailEntry),
    )

  test('a rewrite of everything behind an unchanged head note is found', async () => {
    expect((await verdict([forged().text])).status).toBe('tampered')
  })

  test('a rewrite of everything with its head note is named as out of reach, and found against an anchor', async () => {
    const { text, head } = forged()
    const note = `{"hash":"${head.hash}","seq":${head.seq}}\n`
    const report = await verdict([text], note)
    expect(report).toMatchObject({ status: 'whole', unanchored: true })
    expect(report.limits.join(' ')).toContain('a rewrite of the whole trail together with its head note')
    const expectedHead = (await verdict(segments)).head
    await inDirectory(async directory => {
      mkdirSync(directory)
      writeFileSync(join(directory, '00000001.jsonl'), text)
      writeFileSync(join(directory, 'head'), note)
      expect((await verifyTrail(directory, { expectedHead })).status).toBe('tampered')
    })
  })

  test('a lost tail without head note is named as out of reach, and found against an anchor', async () => {
    const report = await verdict([segments[0] ?? ''], null)
    expect(report.status).toBe('whole')
    expect(report.limits.join(' ')).toContain('records missing at the end')
    const expectedHead = (await verdict(segments)).head
    await inDirectory(async directory => {
      mkdirSync(directory)
      writeFileSync(join(directory, '00000001.jsonl'), segments[0] ?? '')
      const anchored = await verifyTrail(directory, { expectedHead })
      expect(anchored).toMatchObject({ status: 'tampered', unanchored: true })
      expect(anchored.firstBad?.reason).toContain('the tail is missing')
    })
  })

  test('a trail that contains the anchor is anchored, also when it has grown since', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      await read(trail)
      await trail.close()
      const { head: expectedHead } = await verifyTrail(directory)
      const later = await open(directory)
      await read(later)
      await later.close()
      expect(await verifyTrail(directory, { expectedHead })).toMatchObject({
        status: 'whole',
        unanchored: false,
      })
    })
  })
})

describe('pairs', () => {
  const entries = () => segments.flatMap(splitLines).map(line => JSON.parse(line) as TrailEntry)
  const check = async (changed: readonly TrailEntry[]) => {
    const { text, head } = rechained(changed)
    return verdict([text], `{"hash":"${head.hash}","seq":${head.seq}}\n`)
  }
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
