/**
 * Non-interference over the whole corpus: whatever is not refused runs governed on both twins, with an
 * approver who says yes, and shows the same; whatever is refused never arrives at the server.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Facts, touchedLabels } from '../../src/model/facts.js'
import { asRaw, type CorpusStatement, readCorpus } from '../support/corpus.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { agent, ENGINES, type EngineName, type GovernedTwin, governTwin, openTwin } from '../support/twins.js'
import { outline, type Seen, type Sent, seen, unordered } from './seen.js'
import { varies } from './varying.js'

const ON = { postgres: describePostgres, mysql: describeMariadb, sqlite: describe } as const
/** Where MariaDB breaks ties by where rows lie in memory, and another row may come. */
const BY_TIES = /\b(limit|over)\b/iu

for (const engine of ENGINES) {
  ON[engine](`twins: ${engine}`, () => {
    const statements = readCorpus(engine)
    const refused: CorpusStatement[] = []
    let allowed = 0
    let a: GovernedTwin
    let b: GovernedTwin
    beforeAll(async () => {
      ;[a, b] = await Promise.all([
        governTwin(await openTwin(engine, 'A')),
        governTwin(await openTwin(engine, 'B')),
      ])
    }, 60_000)
    afterAll(() => Promise.all([a.close(), b.close()]))

    const classes = [...new Set(statements.map(one => one.class))]
    test.each(classes.map(name => [name] as const))(
      '%s',
      async name => {
        const leaks: object[] = []
        for (const one of statements.filter(found => found.class === name)) {
          const [sql, bindings] = asRaw(one, engine)
          const { decision, facts } = await a.governed.explain(a.spelled(sql), bindings, agent)
          if (decision.effect === 'deny') {
            await expectRefused(one)
            continue
          }
          allowed++
          const sent = asSent(one, facts)
          const [here, there] = [await seen(a, sent), await seen(b, sent)]
          if (!alike(engine, here, there, one, facts))
            leaks.push({ id: one.id, sql: one.sql, a: here, b: there })
        }
        expect(leaks).toEqual([])
      },
      120_000,
    )

    async function expectRefused(one: CorpusStatement): Promise<void> {
      const found = await seen(a, { ...asSent(one, undefined), undone: false })
      if (found.failed === undefined) throw new Error(`${one.id} was denied and ran`)
      refused.push(one)
    }

    test('nothing that was refused arrived at the server', async () => {
      await a.db.raw("select 'it arrives' as x")
      const arrived = await a.arrivals()
      expect(arrived).toContain("select 'it arrives' as x")
      const ran = statements.filter(one => !refused.includes(one)).map(one => a.spelled(one.sql))
      const strays = refused.filter(one => {
        const sql = a.spelled(one.sql)
        return arrived.includes(sql) && !ran.some(other => other.includes(sql)) && !isShort(sql)
      })
      expect(strays.map(one => one.id)).toEqual([])
      expect(refused.length).toBeGreaterThan(100)
    })

    test('enough of them ran, and the comparison can fail', async () => {
      expect(allowed).toBeGreaterThan(100)
      const [one, other] = await Promise.all([a, b].map(twin => twin.raw('cards').orderBy('id').pluck('pan')))
      expect(one).not.toEqual(other)
    })
  })
}

function asSent({ sql, bindings }: CorpusStatement, facts: Facts | undefined): Sent {
  const undone = facts?.analyzable === true && !facts.readOnly
  return bindings === undefined ? { sql, undone } : { sql, bindings, undone }
}

function alike(engine: EngineName, here: Seen, there: Seen, one: CorpusStatement, facts: Facts): boolean {
  if (varies(one, facts)) return same(outline(here), outline(there))
  // Servers promise no order without ORDER BY, and break ties as they like: where nothing protected is
  // touched, order cannot tell of it.
  if (touchedLabels(facts).length > 0) return same(here, there)
  return engine === 'mysql' && BY_TIES.test(one.sql)
    ? same(outline(here), outline(there))
    : same(unordered(here), unordered(there))
}

function same(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Words that the log holds anyway: `begin`, `commit`, `;`. */
function isShort(sql: string): boolean {
  return sql.trim().length < 16
}
