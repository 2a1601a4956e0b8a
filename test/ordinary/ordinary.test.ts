/**
 * Ordinary SQL is not refused: what agents, reports, object mappers and schema explorers send, judged
 * with the live catalog. Prints how many of each engine's statements are refused needlessly: none.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import type { Explanation } from '../../src/index.js'
import { allowedVerdicts, asRaw, type CorpusStatement, readCorpus, type Verdict } from '../support/corpus.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { agent, ENGINES, type EngineName, type GovernedTwin, governTwin, openTwin } from '../support/twins.js'
import { type BuilderStatement, builderStatements } from './knex-statements.js'
import { qualifiedStatements } from './qualified.js'
import { openTpch, questions } from './tpch.js'

const ON = { postgres: describePostgres, mysql: describeMariadb, sqlite: describe } as const

for (const engine of ENGINES) {
  ON[engine](`ordinary SQL on ${engine}`, () => {
    let twin: GovernedTwin
    let tpch: GovernedTwin
    beforeAll(async () => {
      twin = await governTwin(await openTwin(engine, 'A'))
      tpch = await openTpch(engine)
    })
    afterAll(async () => {
      await twin.close()
      await tpch.close()
    })

    test('nothing is refused needlessly', async () => {
      const all = submissions(engine, twin, tpch)
      const refused: object[] = []
      for (const { id, on, sql, bindings, verdicts } of all) {
        const found = await on.governed.explain(sql, bindings, agent)
        if (!verdicts.includes(found.decision.effect)) refused.push({ id, sql, verdicts, why: words(found) })
      }
      process.stderr.write(
        `${engine}: ${refused.length} of ${all.length} ordinary statements judged wrongly\n`,
      )
      expect(all.length).toBeGreaterThanOrEqual(400)
      expect(refused).toEqual([])
    })

    test('what is allowed runs, and gives as many rows as without governance', async () => {
      const found: object[] = []
      for (const { id, on, sql, bindings } of submissions(engine, twin, tpch).filter(isPlainRead)) {
        const [plain, governed] = [
          await rowCount(on.raw, sql, bindings),
          await rowCount(on.db, sql, bindings),
        ]
        if (plain !== governed) found.push({ id, sql, plain, governed })
      }
      expect(found).toEqual([])
    }, 180_000)

    describe('a governed answer is the plain one', () => {
      test.each(questions(engine).map(({ id, sql }) => [id, sql] as const))('TPC-H %s', async (_id, sql) => {
        expect(await rows(tpch.db, sql)).toStrictEqual(await rows(tpch.raw, sql))
      })

      const reads = builderStatements(engine).filter(({ verdict }) => verdict === 'allow')
      test.each(reads.map(one => [one.name, one] as const))('Knex: %s', async (_name, { build }) => {
        expect(await build(twin.db)).toEqual(await build(twin.raw))
      })
    })
  })
}

interface Submission {
  readonly id: string
  readonly on: GovernedTwin
  readonly sql: string
  readonly bindings: readonly Knex.Value[]
  readonly verdicts: readonly Verdict[]
}

function submissions(engine: EngineName, twin: GovernedTwin, tpch: GovernedTwin): readonly Submission[] {
  return [
    ...readCorpus(engine)
      .filter(one => one.class.startsWith('ordinary'))
      .map(one => ofCorpus(one, twin)),
    ...questions(engine).map(({ id, sql }) => allowed(id, tpch, sql)),
    ...builderStatements(engine).map(one => ofBuilder(one, twin)),
    ...qualifiedStatements(engine, twin.database).map(sql => allowed(`qualified: ${sql}`, twin, sql)),
  ]
}

function allowed(id: string, on: GovernedTwin, sql: string): Submission {
  return { id, on, sql, bindings: [], verdicts: ['allow'] }
}

function ofCorpus(one: CorpusStatement, twin: GovernedTwin): Submission {
  const [sql, bindings] = asRaw(one, twin.engine)
  return { id: one.id, on: twin, sql: twin.spelled(sql), bindings, verdicts: allowedVerdicts(one) }
}

function ofBuilder({ name, verdict, build }: BuilderStatement, twin: GovernedTwin): Submission {
  const { sql, bindings: given } = build(twin.raw).toSQL()
  const bindings = given.map(value => value ?? null)
  return { id: `knex: ${name}`, on: twin, sql, bindings, verdicts: [verdict] }
}

function isPlainRead({ sql, verdicts }: Submission): boolean {
  return verdicts.every(verdict => verdict === 'allow') && !/\$\d|tablesample/u.test(sql)
}

/** How many rows came, or what was said instead. */
async function rowCount(db: Knex, sql: string, bindings: Submission['bindings']): Promise<unknown> {
  try {
    const answer = await (bindings.length === 0 ? db.raw(sql) : db.raw(sql, [...bindings]))
    return rowsOf(answer).length
  } catch (error) {
    return String(error)
  }
}

async function rows(db: Knex, sql: string): Promise<unknown> {
  return rowsOf(await db.raw(sql))
}

/** pg: an object with rows; mysql2: rows and fields; SQLite: rows. */
function rowsOf(answer: { readonly rows?: readonly unknown[] } | readonly unknown[]): readonly unknown[] {
  if (!Array.isArray(answer)) return ('rows' in answer ? answer.rows : undefined) ?? []
  return Array.isArray(answer[0]) && Array.isArray(answer[1]) ? answer[0] : answer
}

/** The verdict, and the rule or code behind it. */
function words({ decision, facts }: Explanation): string {
  const how = facts.analyzable ? '' : ` ${facts.code}: ${facts.reason}`
  return `${decision.effect} ${decision.rule}${how} (${decision.reason})`
}
