/**
 * Every statement of the corpus gets its verdict from the live catalog of a twin database, and none
 * changes its verdict, or the rule or code behind it, unnoticed: baseline/<engine>.json holds them all.
 *
 * After a change that is meant, write the baseline anew and review the difference:
 *
 *   UPDATE_CORPUS_BASELINE=1 npm test -- test/corpus
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Explanation } from '../../src/index.js'
import { allowedVerdicts, asRaw, type CorpusStatement, readCorpus } from '../support/corpus.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { agent, ENGINES, type EngineName, type GovernedTwin, governTwin, openTwin } from '../support/twins.js'

const ON = { postgres: describePostgres, mysql: describeMariadb, sqlite: describe } as const

for (const engine of ENGINES) {
  ON[engine](`corpus: ${engine}`, () => {
    const statements = readCorpus(engine)
    const reached: Record<string, string> = {}
    let twin: GovernedTwin
    beforeAll(async () => {
      twin = await governTwin(await openTwin(engine, 'A'))
    })
    afterAll(() => twin.close())

    const explain = (one: CorpusStatement) => {
      const [sql, bindings] = asRaw(one, engine)
      return twin.governed.explain(twin.spelled(sql), bindings, agent)
    }

    const classes = [...new Set(statements.map(one => one.class))]
    test.each(classes.map(name => [name] as const))('%s', async name => {
      const wrong: object[] = []
      for (const one of statements.filter(found => found.class === name)) {
        const found = await explain(one)
        reached[one.id] = words(found)
        if (allowedVerdicts(one).includes(found.decision.effect)) continue
        wrong.push({ id: one.id, sql: one.sql, is: words(found), should: allowedVerdicts(one).join(' or ') })
      }
      expect(wrong).toEqual([])
    })

    test('has at least 60 attacks and 60 ordinary statements', () => {
      const ordinary = statements.filter(one => one.class.startsWith('ordinary'))
      expect(ordinary.length).toBeGreaterThanOrEqual(60)
      expect(statements.length - ordinary.length).toBeGreaterThanOrEqual(60)
    })

    test('no verdict has drifted from the baseline', () => {
      const sorted = Object.fromEntries(Object.entries(reached).sort(([a], [b]) => (a < b ? -1 : 1)))
      const file = baselineOf(engine)
      if (process.env['UPDATE_CORPUS_BASELINE'] === '1') {
        writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
      }
      expect(sorted).toEqual(JSON.parse(readFileSync(file, 'utf8')))
    })
  })
}

function baselineOf(engine: EngineName): URL {
  return new URL(`./baseline/${engine}.json`, import.meta.url)
}

/** The verdict, and the rule or code behind it. */
function words({ decision, facts }: Explanation): string {
  return facts.analyzable
    ? `${decision.effect} ${decision.rule}`
    : `${decision.effect} ${decision.rule} ${facts.code}`
}
