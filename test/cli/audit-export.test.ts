import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { fileTrail } from '../../src/audit/file-trail.js'
import { openTrail } from '../../src/audit/open-trail.js'
import { createScrubber } from '../../src/masking/scrubber.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'
import { flawsOf } from '../audit/export/ocsf-validator.js'
import { submission } from '../audit/kit.js'
import { cardea, inDirectory } from './support.js'

const SQL = "select '=1\u202e', 'a|b\nc' -- \u001b[31m 4111111111111111"

/** A trail with one refusal. */
async function written(directory: string, session: string): Promise<void> {
  const ids = ulids(systemClock)
  const sinks = [fileTrail({ directory, durability: 'os', origin: 'test' })]
  const trail = await openTrail({ sinks, clock: systemClock, ids, scrubber: createScrubber() })
  await trail.refuse(submission({ statement: SQL, session }), {
    refused: true,
    code: 'CARDEA_POLICY_DENIED',
    reason: 'No.',
    rule: 'pci/some-rule',
  })
  await trail.close()
}

describe('cardea audit export', () => {
  test('prints both workers in order, in every format, and only what meets the conditions', () =>
    inDirectory(async at => {
      await written(at('t/worker-1'), 'one')
      await written(at('t/worker-2'), 'two')
      const lines = async (...more: string[]): Promise<string[]> => {
        const { code, out, err } = await cardea(
          'audit',
          'export',
          at('t'),
          '--rule',
          'pci/some-rule',
          ...more,
        )
        expect([code, err]).toEqual([0, ''])
        for (const hidden of ['4111111111111111', '\u202e', '\u001b']) expect(out).not.toContain(hidden)
        return out.split('\n').slice(0, -1)
      }
      const native = (await lines()).map(line => JSON.parse(line))
      expect(native.map(({ trail, statement }) => [trail, statement.session])).toEqual([
        ['worker-1', 'one'],
        ['worker-2', 'two'],
      ])
      const [{ version }] = [JSON.parse(await readFile('package.json', 'utf8'))]
      for (const line of await lines('--format', 'cef'))
        expect(line.startsWith(`CEF:0|Cardea|Cardea|${version}|statement|statement refused|6|`)).toBe(true)
      for (const line of await lines('--format', 'ocsf')) expect(flawsOf(JSON.parse(line))).toEqual([])
      for (const line of await lines('--format', 'ecs'))
        expect(JSON.parse(line).observer.version).toBe(version)
      const csv = await lines('--format', 'csv')
      expect(csv).toHaveLength(3)
      expect(csv[0]).toMatch(/^"trail","time"/)
      expect(await lines('--session', 'two', '--format', 'csv')).toHaveLength(2)
      expect(await lines('--to', '2001-01-01')).toEqual([])
    }))

  test('of events too', () =>
    inDirectory(async at => {
      await written(at('t'), 'one')
      const { out } = await cardea('audit', 'export', at('t'), '--format', 'ocsf')
      const classes = out
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      for (const event of classes) expect(flawsOf(event)).toEqual([])
      expect(new Set(classes.map(event => event.class_uid))).toEqual(new Set([6002, 6005]))
    }))

  test('says what is wrong with a place or a format', () =>
    inDirectory(async at => {
      expect(await cardea('audit', 'export', at('nowhere'))).toMatchObject({ code: 3, out: '' })
      await written(at('t'), 'one')
      expect(await cardea('audit', 'export', at('t'), '--format', 'xml')).toMatchObject({ code: 3, out: '' })
    }))

  test('cardea audit schema prints what is published', async () => {
    const { code, out } = await cardea('audit', 'schema')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual(JSON.parse(await readFile('docs/audit-record.schema.json', 'utf8')))
  })
})
