/**
 * Past the caps, the PostgreSQL parser's stack can be made to overflow. That costs one instance of it,
 * never a wrong answer, and nothing of the other dialects.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { beforeAll, expect, test } from '@jest/globals'
import { loadAnalyzer } from '../../../src/analysis/analyze.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Facts } from '../../../src/model/facts.js'
import { factsFrom, ordinary } from './arena.js'

/** Each overflows the parser's stack when no cap stops it. */
const POISON: readonly string[] = [
  `select 1${'+1'.repeat(14_000)}`,
  `select ''${"||''".repeat(14_000)}`,
  `select 1${' union select 1'.repeat(14_000)}`,
  `select 1 from a${' join b on true'.repeat(14_000)}`,
  `select 1${'::int'.repeat(30_000)}`,
]
/** Each of POISON several times; more by night. */
const ROUNDS = process.env['CARDEA_HOSTILE'] === 'longest' ? 60 : 20
const DIALECTS: readonly Dialect[] = ['postgres', 'mysql', 'sqlite']

let open: Readonly<Record<Dialect, (statement: string) => Facts>>
let expected: Readonly<Record<Dialect, string>>
beforeAll(async () => {
  const analyzer = await loadAnalyzer({ maxLength: 10_000_000, maxDepth: 10_000_000, cacheSize: 0 })
  open = {
    postgres: factsFrom(analyzer, 'postgres'),
    mysql: factsFrom(analyzer, 'mysql'),
    sqlite: factsFrom(analyzer, 'sqlite'),
  }
  expected = {
    postgres: judged('postgres'),
    mysql: judged('mysql'),
    sqlite: judged('sqlite'),
  }
})

function judged(dialect: Dialect): string {
  return JSON.stringify(open[dialect](ordinary(dialect)))
}

/** Until the parser is back; the test's own time limit ends a wait in vain. */
async function recovery(): Promise<void> {
  while (judged('postgres') !== expected.postgres) await setTimeout(1)
}

test('ordinary statements are judged as ever, before, between and after', () => {
  for (const dialect of DIALECTS)
    expect([dialect, JSON.parse(expected[dialect])]).toMatchObject([dialect, { analyzable: true }])
})

test(`${ROUNDS} overflows in a row cost a parser each, and each is replaced`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const facts = open.postgres(POISON[round % POISON.length] ?? '')
    expect(facts).toMatchObject({ analyzable: false, code: 'parser_failure' })
    await recovery()
  }
}, 120_000)

test('who analyses meanwhile gets the truth or is told to try again', async () => {
  let stop = false
  const answers = new Map<string, number>()
  const neighbour = async (dialect: Dialect): Promise<void> => {
    while (!stop) {
      const answer = judged(dialect)
      const facts: Facts = JSON.parse(answer)
      const kind = answer === expected[dialect] ? 'right' : facts.analyzable ? 'wrong' : facts.code
      answers.set(`${dialect} ${kind}`, (answers.get(`${dialect} ${kind}`) ?? 0) + 1)
      await setImmediate()
    }
  }
  const attacker = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      open.postgres(POISON[round % POISON.length] ?? '')
      if (round % 3 > 0) await setImmediate()
      else await recovery()
    }
    stop = true
  }
  await Promise.all([attacker(), ...DIALECTS.map(neighbour)])
  answers.delete('postgres parser_failure')
  expect([...answers.keys()].sort()).toEqual(['mysql right', 'postgres right', 'sqlite right'])
  await recovery()
}, 120_000)

test('the instances that were dropped are gone', async () => {
  const before = process.memoryUsage().rss
  for (let round = 0; round < 60; round += 1) {
    open.postgres(POISON[round % POISON.length] ?? '')
    await recovery()
  }
  expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(512)
}, 120_000)
