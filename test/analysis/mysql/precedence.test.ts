/**
 * Binding strength, beside the server: a random expression and the same one with every bracket written, as
 * the reader understood it, have the same value. CARDEA_FUZZ_MUTANTS makes longer runs.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import mysql from 'mysql2/promise'
import { type Database, describeMariadb, mariadb } from '../../support/databases.js'
import { brackets, verdict } from './kit.js'

const COUNT = Number(process.env['CARDEA_FUZZ_MUTANTS'] ?? 1500)
const SEED = Number(process.env['CARDEA_FUZZ_SEED'] ?? 20260811)
const TIMEOUT = 30_000 + COUNT * 10

const atom = fc.constantFrom(
  '0',
  '1',
  '2',
  '3',
  '5',
  'null',
  "'1'",
  "'2'",
  'true',
  'false',
  '1.5',
  "'2024-01-01'",
)
const sign = fc.constantFrom(
  ...'or || xor and && = <=> <> != < <= > >= | & << >> + - * / % mod div ^ like regexp rlike'.split(' '),
  'not like',
  'not rlike',
  'sounds like',
)
const not = fc.constantFrom('', 'not ')

const { expression } = fc.letrec<{ expression: string; operand: string; rest: string }>(tie => ({
  expression: fc
    .tuple(tie('operand'), fc.array(tie('rest'), { maxLength: 4 }))
    .map(([first, rest]) => [first, ...rest].join(' ')),
  rest: fc.oneof(
    { weight: 7, arbitrary: fc.tuple(sign, tie('operand')).map(parts => parts.join(' ')) },
    fc.tuple(not, tie('operand'), tie('operand')).map(([no, low, high]) => `${no}between ${low} and ${high}`),
    fc.tuple(not, tie('operand'), tie('operand')).map(([no, one, two]) => `${no}in (${one}, ${two})`),
    fc.tuple(not, fc.constantFrom('null', 'true', 'false', 'unknown')).map(([no, what]) => `is ${no}${what}`),
    fc.tuple(fc.constantFrom('+', '-'), tie('operand')).map(([way, days]) => `${way} interval ${days} day`),
  ),
  operand: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 9, arbitrary: atom },
    fc.tuple(fc.constantFrom('-', '!', '~', 'binary', 'not'), tie('operand')).map(parts => parts.join(' ')),
    tie('expression').map(inside => `(${inside})`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([when, then, other]) => `case when ${when} then ${then} else ${other} end`),
    fc.tuple(tie('operand'), tie('operand')).map(([days, date]) => `interval ${days} day + ${date}`),
    fc.tuple(tie('expression'), tie('expression')).map(([one, two]) => `interval(${one}, ${two})`),
  ),
}))

describeMariadb('binding strength beside MariaDB', () => {
  let database: Database
  let connection: mysql.Connection

  beforeAll(async () => {
    database = await mariadb.database()
    connection = await mysql.createConnection(database.url)
    await connection.query("set sql_mode = 'IGNORE_SPACE'")
  })

  afterAll(async () => {
    await connection.end()
    await database.drop()
  })

  /** The value as text; `syntax` or `error` where there is none. */
  async function ask(text: string): Promise<string> {
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[][]>({
        sql: `select ${text}`,
        rowsAsArray: true,
      })
      return String(rows[0]?.[0])
    } catch (error) {
      return (error as { readonly errno?: number }).errno === 1064 ? 'syntax' : 'error'
    }
  }

  test(
    'every expression means to the server what was read',
    async () => {
      const different: string[] = []
      const counts = { compared: 0, refused: 0 }
      for (const text of fc.sample(expression, { numRuns: COUNT, seed: SEED })) {
        const value = await ask(text)
        if (value === 'syntax') continue
        if (verdict(`select ${text}`) !== 'read') {
          counts.refused += 1
          continue
        }
        counts.compared += 1
        const again = await ask(brackets(text))
        if (again !== value) different.push(`${text} → ${brackets(text)}: ${value}, ${again}`)
      }
      expect(different).toEqual([])
      expect(counts.compared).toBeGreaterThan(COUNT / 2)
      // `- interval 1 day + x`, which the server reads in a way of its own.
      expect(counts.refused).toBeLessThan(COUNT / 20)
    },
    TIMEOUT,
  )
})
