/** docs/verify.py, which shares nothing with verifyTrail, comes to the same verdict over whole and attacked trails. */
import { execFile } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { verifyTrail } from '../../src/audit/verify.js'
import { attacked, edit, genuine, keyPair, latestOf, place, rebuilt } from './attacks/kit.js'
import { inDirectory, open, read, segmentNames, writing } from './kit.js'

const program = fileURLToPath(new URL('../../docs/verify.py', import.meta.url))
const CODES = { whole: 0, tampered: 1, incomplete: 2 } as const

function python(...argv: readonly string[]): Promise<{ code: number; out: string }> {
  return new Promise(resolve => {
    execFile('python3', [program, ...argv], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, out: stdout + stderr })
    })
  })
}

/** Both verdicts are one. */
async function agreed(directory: string, checkpoints: readonly string[] = []) {
  const kept = `${directory}-kept.note`
  writeFileSync(kept, checkpoints.join('\n'))
  const options = checkpoints.length === 0 ? [] : ['--checkpoint', kept]
  const [report, { code, out }] = await Promise.all([
    verifyTrail(directory, { checkpoints }),
    python(directory, ...options),
  ])
  expect([code, out]).toEqual([CODES[report.status], expect.any(String)])
  return { report, out }
}

test('whole, incomplete and pinned', async () => {
  await attacked(async ({ directory, backup }) => {
    const { out, report } = await agreed(directory, [latestOf(backup), latestOf(directory)])
    expect(report).toMatchObject({ status: 'whole', unanchored: false })
    expect(out).toContain(
      `WHOLE: ${report.records} records, ${report.checkpoints} checkpoints, 0 records after`,
    )
    const keys = join(directory, 'KEYS')
    expect((await python(directory, '--key', keys)).code).toBe(0)
    appendFileSync(join(directory, segmentNames(directory).at(-1) ?? ''), '{"torn')
    await agreed(directory)
    await inDirectory(async other => {
      await (await open(other)).close()
      expect((await python(directory, '--key', join(other, 'KEYS'))).code).toBe(1)
    })
  })
})

test('over several segments, epochs and a writer that died', async () => {
  await inDirectory(async directory => {
    const trail = await open(directory, { segmentBytes: 65_536 })
    for (let at = 0; at < 80; at++) await read(trail, at % 9 === 0 ? writing : undefined)
    await trail.intend(writing)
    await trail.note('policy.load', {})
    cpSync(directory, `${directory}-dead`, { recursive: true })
    await trail.close()
    expect((await agreed(directory)).report.segments).toBeGreaterThan(1)
    expect((await agreed(`${directory}-dead`)).report.status).toBe('incomplete')
  })
})

test('attacked without a key, anywhere', async () => {
  await attacked(async ({ directory }) => {
    const path = join(directory, '00000001.jsonl')
    const whole = readFileSync(path)
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      bit: fc.nat(7),
      length: fc.constantFrom(0, 1, 40),
    })
    await fc.assert(
      fc.asyncProperty(change, async ({ at, bit, length }) => {
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] ?? 0) ^ (1 << bit)
        writeFileSync(path, Buffer.concat([changed.subarray(0, at + 1), changed.subarray(at + 1 + length)]))
        expect((await agreed(directory)).report.status).toBe('tampered')
      }),
      { numRuns: 6 },
    )
    writeFileSync(path, whole)
    for (const name of ['checkpoint', 'KEYS', '00000001.jsonl', '00000002.jsonl']) {
      const text = readFileSync(join(directory, name))
      rmSync(join(directory, name))
      expect((await agreed(directory)).report.status).toBe('tampered')
      writeFileSync(join(directory, name), text)
    }
    edit(directory, all => all.slice(0, -1))
    expect((await agreed(directory)).out).toContain('the tail is missing')
  })
})

test('attacked with keys', async () => {
  const { keys, trail } = await genuine()
  const entries = trail.lines.map(line => JSON.parse(line))
  const forged = JSON.parse(JSON.stringify(entries).replaceAll('alice', 'mallory'))
  const own = { root: keyPair(), epochs: keys.epochs }
  for (const [made, root] of [
    [rebuilt(forged, { epochs: keys.epochs }), keys.root],
    [rebuilt(forged, own), keys.root],
    [rebuilt(forged, keys), keys.root],
    [rebuilt(forged, own), own.root],
  ] as const) {
    await inDirectory(async directory => {
      mkdirSync(directory)
      place(directory, made, root)
      await agreed(directory)
      expect((await agreed(directory, [trail.latest])).report.status).toBe('tampered')
    })
  }
})

test('what is no trail, and what is no option, is usage', async () => {
  for (const argv of [[], ['/nowhere'], [fileURLToPath(new URL('.', import.meta.url)), '--odd', program]]) {
    expect((await python(...argv)).code).toBe(3)
  }
})
