/** What is left after the writer is killed, and what the next one makes of it. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { verifyTrail } from '../../src/audit/verify.js'
import { inDirectory, open, read, recordsOf, rejection, segmentNames, spawnWriter, writing } from './kit.js'

/** Runs the writer until `stop` says so after an acknowledgement, kills it, and returns what it acknowledged. */
async function killed(directory: string, durability: string, after: number): Promise<string[]> {
  const child = spawnWriter(directory, durability)
  let said = ''
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += String(chunk)
  })
  child.stdout.on('data', chunk => {
    said += String(chunk)
    if (said.split('\n').length > after + 1) child.kill('SIGKILL')
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (signal !== 'SIGKILL')
    throw new Error(`the writer ended by itself: ${code} ${said.slice(-200)} ${errors}`)
  // The last piece may be an id that the kill cut short.
  return said.split('\n').slice(1, -1)
}

/** What is true of a trail that was reopened after a crash. */
async function expectWhole(directory: string, acknowledged: readonly string[]): Promise<void> {
  expect(await verifyTrail(directory)).toMatchObject({ status: 'whole', openIntents: 0, tornBytes: 0 })
  const released = new Set(
    recordsOf(directory).flatMap(record =>
      record.phase === 'outcome' && record.outcome.status === 'released' ? [record.id] : [],
    ),
  )
  expect(acknowledged.filter(id => !released.has(id))).toEqual([])
}

describe.each(['fsync', 'os'])('kill -9, durability %s', durability => {
  test('loses nothing that was acknowledged, over many deaths of one trail', async () => {
    await inDirectory(async directory => {
      const acknowledged: string[] = []
      for (const after of [1, 3, 40, 7, 150, 90]) {
        acknowledged.push(...(await killed(directory, durability, after)))
      }
      const trail = await open(directory)
      await read(trail)
      await trail.close()
      expect(acknowledged.length).toBeGreaterThan(250)
      await expectWhole(directory, acknowledged)
    })
  })
})

test('a second process is refused while the first lives, and let in after its death', async () => {
  await inDirectory(async directory => {
    const child = spawnWriter(directory, 'fsync')
    try {
      await once(child.stdout, 'data')
      expect(await rejection(open(directory))).toMatchObject({ code: 'CARDEA_TRAIL_LOCKED' })
    } finally {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    const trail = await open(directory)
    await trail.close()
    await expectWhole(directory, [])
  })
})

test('a full disk fails closed, and nothing acknowledged is lost', async () => {
  await inDirectory(async directory => {
    // 48 blocks of 512 bytes for each file; the write over the limit is short, the next one fails.
    const child = spawnWriter(directory, 'fsync', "trap '' XFSZ; ulimit -f 48")
    let said = ''
    child.stdout.on('data', chunk => {
      said += String(chunk)
    })
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code).toBe(7)
    expect(said).toContain('failed CARDEA_AUDIT_UNAVAILABLE')
    const acknowledged = said.split('\n').filter(line => /^[0-9A-Z]{26}$/.test(line))
    expect(acknowledged.length).toBeGreaterThan(5)
    const trail = await open(directory)
    await trail.close()
    await expectWhole(directory, acknowledged)
    expect(recordsOf(directory).some(({ event }) => event === 'trail.recover')).toBe(true)
  })
})

/** A trail as a crash leaves it: locked by a process that is gone, its checkpoint behind. */
async function crashed(directory: string, reads = 3): Promise<void> {
  const live = `${directory}.live`
  const trail = await open(live)
  for (let at = 0; at < reads; at++) await read(trail)
  await trail.intend(writing)
  await trail.note('policy.load', {})
  cpSync(live, directory, { recursive: true })
  await trail.close()
  for (const name of readdirSync(directory)) if (name.startsWith('lock.')) rmSync(join(directory, name))
}

describe('recovery', () => {
  test('gives the intent that was left open the outcome unknown', async () => {
    await inDirectory(async directory => {
      await crashed(directory)
      expect(await verifyTrail(directory)).toMatchObject({ status: 'incomplete', openIntents: 1 })
      const trail = await open(directory)
      await trail.close()
      await expectWhole(directory, [])
      const unknown = recordsOf(directory).filter(
        record => record.phase === 'outcome' && record.outcome.status === 'unknown',
      )
      expect(unknown).toHaveLength(1)
    })
  })

  test('cuts a last line at whatever byte it was torn, and says what it cut', async () => {
    await inDirectory(async base => {
      await crashed(base)
      const file = join(base, segmentNames(base).at(-1) ?? '')
      const size = statSync(file).size
      const lastLine = readFileSync(file).lastIndexOf('\n', size - 2) + 1
      for (let keep = lastLine + 1; keep < size; keep += 13) {
        const directory = `${base}-${keep}`
        cpSync(base, directory, { recursive: true })
        truncateSync(join(directory, segmentNames(directory).at(-1) ?? ''), keep)
        const torn = readFileSync(join(directory, segmentNames(directory).at(-1) ?? '')).subarray(lastLine)
        expect(await verifyTrail(directory)).toMatchObject({ status: 'incomplete', tornBytes: torn.length })
        const trail = await open(directory)
        await trail.close()
        await expectWhole(directory, [])
        const recovered = recordsOf(directory).find(({ event }) => event === 'trail.recover')
        expect(recovered).toMatchObject({
          detail: { cutBytes: torn.length, cutSha256: createHash('sha256').update(torn).digest('hex') },
        })
      }
    })
  })

  test('cuts a segment whose first line is torn, and goes on with its number', async () => {
    await inDirectory(async directory => {
      await crashed(directory)
      writeFileSync(join(directory, '00000002.jsonl'), '{"detail":{"dur')
      const trail = await open(directory)
      await trail.close()
      await expectWhole(directory, [])
      expect(segmentNames(directory)).toEqual(['00000001.jsonl', '00000002.jsonl'])
      expect(recordsOf(directory)).toContainEqual(expect.objectContaining({ event: 'trail.recover' }))
    })
  })

  test('cuts again what a crash left between the record of the cut and the cut', async () => {
    await inDirectory(async directory => {
      await crashed(directory)
      const first = await open(directory)
      await first.close()
      appendFileSync(join(directory, '00000001.jsonl'), '{"bo')
      const again = await open(directory)
      await again.close()
      await expectWhole(directory, [])
    })
  })

  const damage: readonly (readonly [string, (directory: string, file: string) => void])[] = [
    [
      'a changed byte',
      (_directory, file) => writeFileSync(file, readFileSync(file, 'utf8').replace('alice', 'malice')),
    ],
    [
      'a line that is gone',
      (_directory, file) =>
        writeFileSync(file, readFileSync(file, 'utf8').split('\n').toSpliced(1, 1).join('\n')),
    ],
    ['a segment that is gone', (_directory, file) => rmSync(file)],
    [
      'a segment in the middle that is gone',
      directory => writeFileSync(join(directory, '00000003.jsonl'), ''),
    ],
    [
      'lines gone that the checkpoint names',
      (directory, file) => {
        const all = readFileSync(file, 'utf8').split('\n').slice(0, -1)
        const [, size] = readFileSync(join(directory, 'checkpoint'), 'utf8').split('\n')
        writeFileSync(file, `${all.slice(0, Number(size) - 1).join('\n')}\n`)
      },
    ],
    ['a checkpoint that is none', directory => writeFileSync(join(directory, 'checkpoint'), '{}')],
    [
      'a checkpoint that nobody signed',
      directory => {
        const [origin, size, , ...rest] = readFileSync(join(directory, 'checkpoint'), 'utf8').split('\n')
        const root = Buffer.alloc(32).toString('base64')
        writeFileSync(join(directory, 'checkpoint'), [origin, size, root, ...rest].join('\n'))
      },
    ],
    ['no root key stated', directory => rmSync(join(directory, 'KEYS'))],
    ['bytes that are no line', (_directory, file) => appendFileSync(file, '\u0000\u0000\u0000\n')],
  ]
  test.each(damage)('refuses to open a trail with %s, and changes nothing', async (_name, spoil) => {
    await inDirectory(async directory => {
      await crashed(directory)
      spoil(directory, join(directory, '00000001.jsonl'))
      const before = segmentNames(directory).map(name => readFileSync(join(directory, name), 'utf8'))
      expect(await rejection(open(directory))).toMatchObject({ code: 'CARDEA_TRAIL_DAMAGED' })
      expect(segmentNames(directory).map(name => readFileSync(join(directory, name), 'utf8'))).toEqual(before)
      expect((await verifyTrail(directory)).status).toBe('tampered')
    })
  })
})
