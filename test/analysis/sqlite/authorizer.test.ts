/**
 * What SQLite reads and writes by its own account, beside the facts: a column or table that it asks about and the
 * facts do not tell is a hole. `SQLITE_RANDOM=100000` runs more statements, `SQLITE_SEED` others.
 */
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type Answer, askAuthorizer, Comparer } from './authorizer.js'
import { type Arena, openArena, SCHEMA } from './kit.js'
import { randomStatements } from './random-sql.js'

const COUNT = Number(process.env['SQLITE_RANDOM'] ?? 1500)
const SEED = Number(process.env['SQLITE_SEED'] ?? 20261123)

describe('facts beside SQLite’s authorizer', () => {
  let arena: Arena
  let comparer: Comparer
  beforeAll(async () => {
    arena = await openArena()
    comparer = new Comparer(arena.catalog)
  })

  test(
    `${COUNT} random statements`,
    () => {
      const statements = Array.from({ length: COUNT }, randomStatements(SEED))
      const answers = askAuthorizer(SCHEMA, statements)
      expect(answers).toHaveLength(COUNT)
      const holes: unknown[] = []
      let accepted = 0
      let analyzed = 0
      statements.forEach((sql, at) => {
        const answer = answers[at]
        if (answer === undefined || answer.error !== null) return
        accepted += 1
        const facts = arena.factsOf(sql)
        if (!facts.analyzable) return
        analyzed += 1
        const missing = comparer.missing(answer, facts)
        // Sorted by a collation of its own, a compound query is run as a sub-query, and its names show it.
        const isWrapped = /\b(?:union|except|intersect)\b.* order by \d+ collate/.test(sql)
        const names =
          !isWrapped &&
          namesDiffer(
            answer,
            facts.output.map(({ name, lineage }) => (lineage.kind === 'unknown' ? undefined : name)),
          )
        if (missing.length > 0 || names) holes.push({ sql, missing, names: names ? answer.names : [] })
      })
      expect(holes).toEqual([])
      // A generator or an analyser that refuses most of it would prove nothing.
      expect(accepted).toBeGreaterThan(COUNT * 0.6)
      expect(analyzed).toBeGreaterThan(accepted * 0.9)
      expect(comparer.extra).toBeLessThan(analyzed * 3)
    },
    COUNT * 20 + 60_000,
  )

  test.each([
    ['delete from payments', 'delete main.payments'],
    ["update cards set brand = 'x'", 'update main.cards.brand'],
    ['select pan from cards', 'read main.cards.pan'],
  ])('a hole would show: %s', (sql, hole) => {
    const [answer] = askAuthorizer(SCHEMA, [sql])
    const blind = arena.factsOf('select 1')
    if (answer === undefined || !blind.analyzable) throw new Error('no answer')
    expect(comparer.missing(answer, blind)).toContain(hole)
  })
})

function namesDiffer({ names }: Answer, told: readonly (string | undefined)[]): boolean {
  return names !== null && !told.includes(undefined) && JSON.stringify(names) !== JSON.stringify(told)
}
