/**
 * Random statements on twin databases: none tells them apart. The seed and the number of statements come
 * from the environment, so that a long run and a failure can be repeated:
 *
 *   CARDEA_RANDOM_STATEMENTS=20000 CARDEA_RANDOM_SEED=7 npm test -- test/generator
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { ENGINES, type GovernedTwin, governTwin, openTwin } from '../support/twins.js'
import { Chance } from './chance.js'
import { Generator } from './queries.js'
import { runRandom, type Tally, toldApart } from './run.js'
import { SPELLINGS } from './spelling.js'

const ON = { postgres: describePostgres, mysql: describeMariadb, sqlite: describe } as const
const STATEMENTS = Number(process.env['CARDEA_RANDOM_STATEMENTS'] ?? 200)
const SEED = Number(process.env['CARDEA_RANDOM_SEED'] ?? 20261123)
/** For a statement, generously. */
const MILLISECONDS = 60

for (const engine of ENGINES) {
  ON[engine](`random statements: ${engine}`, () => {
    let twins: readonly [GovernedTwin, GovernedTwin]
    let tally: Tally
    beforeAll(
      async () => {
        const [a, b] = await Promise.all([openTwin(engine, 'A'), openTwin(engine, 'B')])
        twins = [await governTwin(a), await governTwin(b)]
        tally = await runRandom(twins, engine, SEED, STATEMENTS)
        report(engine, tally)
      },
      60_000 + STATEMENTS * MILLISECONDS,
    )
    afterAll(() => Promise.all(twins.map(twin => twin.close())))

    test('none tells the twins apart', () => {
      expect({ seed: SEED, leaks: tally.leaks }).toEqual({ seed: SEED, leaks: [] })
    })

    test('a good share runs, and shows what is protected', () => {
      const ran = tally.allowed + tally.approved - tally.failed
      expect(ran).toBeGreaterThan(STATEMENTS * 0.3)
      expect(tally.showing).toBeGreaterThan(STATEMENTS * 0.1)
      expect(tally.unanalyzable).toBeLessThan(STATEMENTS * 0.05)
    })

    test('without masks most of these tell the twins apart', async () => {
      const planted = tally.shown.slice(0, 100)
      expect(await toldApart(twins, planted)).toBeGreaterThan(planted.length * 0.25)
    })

    test('the same seed gives the same statements', () => {
      const some = (seed: number) => {
        const generator = new Generator(new Chance(seed), SPELLINGS[engine])
        return Array.from({ length: 50 }, () => generator.statement())
      }
      expect(some(SEED)).toEqual(some(SEED))
      expect(some(SEED)).not.toEqual(some(SEED + 1))
    })
  })
}

/** Figures for whoever runs it by night. */
function report(engine: string, { leaks, shown: _, reasons, ...figures }: Tally): void {
  if (process.env['CARDEA_RANDOM_STATEMENTS'] === undefined) return
  const line = { engine, seed: SEED, ...figures, leaks: leaks.length, reasons }
  process.stdout.write(`RANDOM ${JSON.stringify(line)}\n`)
}
