import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type FactsOf, loadFacts, phrases } from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

function lines<Line>(name: string): readonly Line[] {
  const text = readFileSync(new URL(`./corpus/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

describe('ordinary statements are understood', () => {
  test.each(lines<{ from: string; sql: string }>('benign').map(line => [line.from, line.sql]))(
    '%s: %s',
    (_from, sql) => {
      const facts = factsOf(sql)
      expect(facts).toMatchObject({ analyzable: true })
      if (!facts.analyzable) return
      expect(facts.functions.filter(use => use.standing !== 'listed')).toEqual([])
      expect(facts.output.filter(column => column.lineage.kind === 'unknown')).toEqual([])
      expect(facts.flows).toEqual([])
      expect(
        facts.effects.filter(effect => effect.scope !== undefined && !/keyed|bounded/.test(effect.scope)),
      ).toEqual([])
    },
  )
})

describe('evasions leave a trace', () => {
  const evasions = lines<{ class: string; sql: string; finds: string }>('adversarial')
  test.each(evasions.map(line => [line.class, line.sql, line.finds] as const))(
    '%s: %s',
    (_class, sql, finds) => {
      expect(phrases(factsOf(sql))).toContain(finds)
    },
  )
})
