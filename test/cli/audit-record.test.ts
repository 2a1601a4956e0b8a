/** Reading a trail is on record, or nothing is read. */
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { verifyTrail } from '../../src/audit/verify.js'
import { open, recordsOf } from '../audit/kit.js'
import { cardea, inDirectory } from './support.js'

async function written(directory: string): Promise<void> {
  const trail = await open(directory, { durability: 'os' })
  await trail.close()
}

describe('cardea audit --record', () => {
  test('says who read what, before it is read, one after the other', () =>
    inDirectory(async at => {
      await written(at('t'))
      const read = (...command: string[]) => cardea('audit', '--record', at('readers'), ...command)
      const all = await Promise.all([
        read('search', at('t'), '--principal', '4111111111111111'),
        read('verify', at('t')),
        read('export', at('t'), '--format', 'csv'),
      ])
      expect(all.map(({ code }) => code)).toEqual([0, 0, 0])
      const records = recordsOf(at('readers')).filter(({ event }) => event === 'audit.read')
      const details = records.map(record => ('detail' in record ? record.detail : {}))
      expect(details.map(({ command }) => command).sort()).toEqual(['export', 'search', 'verify'])
      for (const detail of details) {
        expect(detail).toMatchObject({ directory: at('t'), by: { subject: userInfo().username } })
      }
      expect(JSON.stringify(records)).not.toContain('4111111111111111')
      expect(await verifyTrail(at('readers'))).toMatchObject({ status: 'whole' })
    }))

  test('reads nothing where it cannot be put on record', () =>
    inDirectory(async at => {
      await written(at('t'))
      await writeFile(at('file'), '')
      for (const place of [at('file'), at('t')]) {
        const { code, out } = await cardea('audit', '--record', place, 'export', at('t'))
        expect([code, out]).toEqual([3, ''])
      }
    }))

  test('is not asked of what reads no trail', () =>
    inDirectory(async at => {
      expect((await cardea('audit', '--record', at('readers'), 'schema')).code).toBe(0)
      expect(() => recordsOf(at('readers'))).toThrow()
    }))
})
