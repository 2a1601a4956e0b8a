/** `cardea audit verify --anchor`: the trail against what a place keeps. */

import { cpSync, rmSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { fileAnchor } from '../../src/audit/anchors/file.js'
import { open, read } from '../audit/kit.js'
import { cardea, inDirectory } from './support.js'

type At = (name: string) => string

async function anchored(at: At, name: string): Promise<void> {
  await appendFile(at('kept.jsonl'), '')
  const anchors = [fileAnchor({ path: at('kept.jsonl') })]
  const trail = await open(at(name), { durability: 'os', origin: 'gw/billing', anchors })
  await read(trail)
  await trail.close()
}

describe('cardea audit verify --anchor', () => {
  test('says what the place holds, and finds the trail in it', () =>
    inDirectory(async at => {
      await anchored(at, 't')
      const { code, out } = await cardea('audit', 'verify', at('t'), '--anchor', at('kept.jsonl'))
      expect(code).toBe(0)
      expect(out).toMatch(/; anchored\n/)
      expect(out).toMatch(/ {2}anchor \S+kept\.jsonl: \d checkpoints, the newest of \d+ records, of 20/)
      const json = await cardea('audit', 'verify', at('t'), '--anchor', at('t/anchors'), '--json')
      expect(JSON.parse(json.out)).toMatchObject({
        unanchored: false,
        anchors: [{ newest: { size: expect.any(Number) }, others: [], stamped: 0, unsound: 0 }],
      })
    }))

  test('names place, checkpoint and record where the trail was rolled back', () =>
    inDirectory(async at => {
      await anchored(at, 't')
      cpSync(at('t'), at('backup'), { recursive: true })
      await anchored(at, 't')
      const { code, out } = await cardea('audit', 'verify', at('backup'), '--anchor', at('kept.jsonl'))
      expect(code).toBe(1)
      expect(out).toMatch(/the tail is missing: the checkpoint of \d+ records kept in \S+kept\.jsonl names/)
    }))

  test('verifies nothing where no place knows the trail, and tells of others that it knows', () =>
    inDirectory(async at => {
      await anchored(at, 't')
      const kept = await readFile(at('kept.jsonl'))
      rmSync(at('t'), { recursive: true })
      // Replaced under another name, and anchored nowhere or in the same place.
      await anchored(at, 't')
      const shared = await cardea('audit', 'verify', at('t'), '--anchor', at('kept.jsonl'))
      expect(shared).toMatchObject({
        code: 0,
        out: expect.stringMatching(/also holds checkpoints of gw\/billing\//),
      })
      await writeFile(at('kept.jsonl'), kept)
      const { code, err } = await cardea('audit', 'verify', at('t'), '--anchor', at('kept.jsonl'))
      expect([code, err]).toEqual([3, expect.stringMatching(/No anchor holds a checkpoint of the trail/)])
      const nowhere = await cardea('audit', 'verify', at('t'), '--anchor', at('nowhere'))
      expect(nowhere).toMatchObject({ code: 3, err: expect.stringMatching(/There is no anchor/) })
    }))
})
