import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { emptyCatalog } from '../../src/catalog/empty.js'
import { schemaFile } from '../../src/catalog/schema-file.js'
import { cardea, inDirectory } from './support.js'

describe('cardea init', () => {
  test('writes a policy that is valid and whose tests pass on any schema', () =>
    inDirectory(async at => {
      const { code, out, err } = await cardea('init', '--dir', at('new/place'))
      expect([code, err]).toEqual([0, ''])
      expect(out).toContain('cardea schema dump')
      const policy = at('new/place/policy.yaml')
      expect(await cardea('policy', 'check', policy)).toMatchObject({ code: 0, err: '' })
      await writeFile(at('schema.json'), schemaFile(await emptyCatalog('postgres').current()))
      const tests = ['policy', 'test', at('new/place/policy.test.yaml'), '--policy', policy]
      const tested = await cardea(...tests, '--schema', at('schema.json'))
      expect(tested.out).toContain('7 cases, 0 failed')
      expect(tested.code).toBe(0)
    }))

  test('replaces nothing that exists, unless told to', () =>
    inDirectory(async at => {
      await writeFile(at('policy.test.yaml'), 'mine')
      const { code, err } = await cardea('init', '--dir', at('.'))
      expect(code).toBe(2)
      expect(err).toContain('policy.test.yaml exists already')
      await expect(readFile(at('policy.yaml'))).rejects.toThrow('ENOENT')
      expect(await readFile(at('policy.test.yaml'), 'utf8')).toBe('mine')
      expect((await cardea('init', '--dir', at('.'), '--force')).code).toBe(0)
      expect(await readFile(at('policy.test.yaml'), 'utf8')).not.toBe('mine')
    }))

  test('says in words when the place cannot be written', () =>
    inDirectory(async at => {
      await writeFile(at('file'), '')
      const { code, err } = await cardea('init', '--dir', at('file/below'))
      expect(code).toBe(2)
      expect(err).toMatch(/^error: The files cannot be written .*\n\(CARDEA_CONFIGURATION, see docs/)
    }))
})
