import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { definePolicy } from '../../src/policy/define-policy.js'
import { cardea, inDirectory } from './support.js'

describe('cardea policy', () => {
  test('check prints the hash that records name', () =>
    inDirectory(async at => {
      await writeFile(at('p.yaml'), 'version: 1\nextends: pci-baseline\n')
      const { hash } = definePolicy({ version: 1, extends: 'pci-baseline' })
      const { code, out } = await cardea('policy', 'check', at('p.yaml'))
      expect([code, out]).toEqual([0, expect.stringContaining(`hash ${hash}`)])
      const { out: json } = await cardea('policy', 'check', at('p.yaml'), '--json')
      expect(JSON.parse(json)).toEqual({ file: at('p.yaml'), valid: true, hash })
    }))

  test('check lists every mistake with its line: 1', () =>
    inDirectory(async at => {
      await writeFile(
        at('p.yaml'),
        'version: 1\nextend: pci-baseline\nlabels:\n  - { column: pan, label: pan }\n',
      )
      const { code, out, err } = await cardea('policy', 'check', at('p.yaml'))
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(/p\.yaml:2:\d+/)
      expect(err).toMatch(/p\.yaml:4:\d+/)
    }))

  test('check of a file that is not there: 2', async () => {
    expect(await cardea('policy', 'check', 'nowhere.yaml')).toMatchObject({ code: 2, out: '' })
  })

  test('schema prints a JSON Schema', async () => {
    const { code, out } = await cardea('policy', 'schema')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ type: 'object', properties: { rules: expect.anything() } })
  })

  test('test refuses a file of cases that is none: 2', () =>
    inDirectory(async at => {
      await writeFile(at('p.yaml'), 'version: 1\n')
      await writeFile(at('t.yaml'), '- { sql: select 1, expect: perhaps }\n')
      await writeFile(
        at('s.json'),
        '{"format":"cardea-schema/1","dialect":"postgres","searchPath":[],"relations":[]}',
      )
      const more = ['--policy', at('p.yaml'), '--schema', at('s.json')]
      const { code, err } = await cardea('policy', 'test', at('t.yaml'), ...more)
      expect([code, err]).toEqual([2, expect.stringContaining('t.yaml:1')])
      const missing = await cardea('policy', 'test', at('no.yaml'), ...more)
      expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('cannot be read')])
    }))
})
