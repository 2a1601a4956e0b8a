/** `cardea audit prove` and `keygen`: what they print holds without the trail, and the key signs one. */
import { createHash, createPublicKey } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { fileTrail } from '../../src/audit/file-trail.js'
import { verifyTrail } from '../../src/audit/verify.js'
import type { AuditRecord } from '../../src/model/record.js'
import { cardea, inDirectory } from './support.js'

const record = (id: string): AuditRecord => ({
  event: 'policy.load',
  phase: 'single',
  id,
  time: '2030-01-01T00:00:00.000Z',
  detail: {},
})

async function written(directory: string, root?: string): Promise<void> {
  const keys = root === undefined ? {} : { keys: { root } }
  const sink = fileTrail({ directory, durability: 'os', origin: 'test', ...keys })
  await sink.write(
    Array.from({ length: 20 }, (_, at) => record(`r${at}`)),
    'durable',
  )
  await sink.close()
}

const sha = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

/** The root to which a proof leads (RFC 9162 §2.1.3.2), from the lines that were printed. */
function rootBy(line: string, index: number, size: number, hashes: readonly string[]): string {
  let node = sha(Buffer.from([0]), Buffer.from(line))
  let [at, last] = [index, size - 1]
  for (const hash of hashes) {
    const sibling = Buffer.from(hash, 'base64')
    if (at % 2 === 1 || at === last) {
      node = sha(Buffer.from([1]), sibling, node)
      while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1]
    } else node = sha(Buffer.from([1]), node, sibling)
    ;[at, last] = [at >> 1, last >> 1]
  }
  return node.toString('base64')
}

describe('cardea audit prove', () => {
  test('prints a proof that leads from the record to the checkpoint', () =>
    inDirectory(async at => {
      await written(at('t'))
      const lines = readFileSync(at('t/00000001.jsonl'), 'utf8').split('\n').slice(0, -1)
      for (const seq of [1, 7, lines.length]) {
        const { code, out } = await cardea('audit', 'prove', at('t'), String(seq))
        expect(code).toBe(0)
        const [head = '', note = ''] = out.split(/\n\n(?=test\/)/)
        const [format, index, ...hashes] = head.split('\n')
        expect([format, index]).toEqual(['c2sp.org/tlog-proof@v1', `index ${seq - 1}`])
        const [, size, root] = note.split('\n')
        expect(note).toBe(readFileSync(at('t/checkpoint'), 'utf8'))
        expect(rootBy(lines[seq - 1] ?? '', seq - 1, Number(size), hashes)).toBe(root)
      }
      const { out: json } = await cardea('audit', 'prove', at('t'), '7', '--json')
      expect(JSON.parse(json)).toMatchObject({ index: 6, line: lines[6] })
    }))

  test('proves that a tree continues another', () =>
    inDirectory(async at => {
      await written(at('t'))
      const { code, out } = await cardea('audit', 'prove', at('t'), '--from', '5', '--to', '18')
      expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ from: 5, to: 18 })])
    }))

  test('says what it cannot prove', () =>
    inDirectory(async at => {
      await written(at('t'))
      for (const argv of [
        ['0'],
        ['99'],
        [],
        ['--from', '5'],
        ['--from', '9', '--to', '5'],
        ['--from', '1', '--to', '99'],
      ]) {
        const { code, out, err } = await cardea('audit', 'prove', at('t'), ...argv)
        expect([argv, code, out]).toEqual([argv, 3, ''])
        expect(err).toMatch(/^error: ./)
      }
      const path = at('t/00000001.jsonl')
      writeFileSync(path, readFileSync(path, 'utf8').replace('"r9"', '"r0"'))
      expect((await cardea('audit', 'prove', at('t'), '3')).err).toContain('CARDEA_TRAIL_DAMAGED')
    }))
})

describe('cardea audit keygen', () => {
  test('makes a key for its owner alone, which signs a trail', () =>
    inDirectory(async at => {
      const { code, out } = await cardea('audit', 'keygen', at('root.pem'))
      expect(code).toBe(0)
      expect(statSync(at('root.pem')).mode & 0o777).toBe(0o600)
      expect(out).not.toContain('PRIVATE')
      await written(at('t'), at('root.pem'))
      writeFileSync(at('root.pub'), out)
      const verified = await cardea('audit', 'verify', at('t'), '--key', at('root.pub'))
      expect(verified).toMatchObject({
        code: 0,
        out: expect.stringContaining('a key kept elsewhere, the one given'),
      })
      const report = await verifyTrail(at('t'), { rootKey: createPublicKey(out) })
      expect(report.root).toMatchObject({ kept: 'elsewhere', pinned: true })
    }))

  test('writes over nothing', () =>
    inDirectory(async at => {
      writeFileSync(at('root.pem'), 'mine')
      const { code, err } = await cardea('audit', 'keygen', at('root.pem'))
      expect([code, err]).toEqual([3, expect.stringContaining('it exists already')])
      expect(readFileSync(at('root.pem'), 'utf8')).toBe('mine')
    }))
})
