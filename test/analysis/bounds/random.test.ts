/**
 * Whatever the text, the analysis ends in facts or in a reason that the statement gave. `parser_failure`
 * is none: it would mean that code met something that it did not expect.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { loadAnalyzer } from '../../../src/analysis/analyze.js'
import type { Analyzer } from '../../../src/analysis/analyzer.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Facts } from '../../../src/model/facts.js'
import { factsFrom } from './arena.js'
import { REASONS } from './describe-hostile.js'
import { KINDS } from './hostile.js'

/** Of each kind; more by night. */
const RUNS = process.env['CARDEA_HOSTILE'] === 'longest' ? 1500 : 500
const SEED = 20_261

const WORDS =
  `select from where group by order having limit offset union all intersect except with recursive as
insert into values update set delete returning merge using when matched then not exists in between and or like is
null true false case end else cast collate distinct on join left right full outer cross natural lateral over partition
window rows range preceding following current row unbounded filter within create table view drop alter explain analyze
pragma attach detach vacuum show describe use lock unlock handler open read first next load data infile outfile dumpfile
do call prepare execute deallocate begin commit rollback savepoint release grant revoke copy to program stdin stdout
replace ignore duplicate key for share of skip locked nowait straight_join force index binary interval day convert
match against escape regexp rlike div mod xor glob isnull notnull indexed autoincrement conflict nothing excluded raise
rowid oid id note amount status payments cards customers wide pan cvv p c t a b * . , ; ( ) [ ] { } + - / % || && | & ^ ~
= <> != < > <= >= <=> :: := -> ->> @ @@ @a @@sql_mode :n $1 $2 ? ?1 # -- /* */ /*! /*!50000 */ /*M! ' '' " \` \\ 'a' "a"
\`a\` x'41' b'1' n'a' e'\\n' _utf8mb4'a' u&'a' $$ $q$ 0 1 1.5 1e9 .5 0x1F 1_000 count(*) sum( max( json_extract( date 'x' { d
\u00a0 \u0001 \u0130 \ufeff \u{1f600} \u0301 \r \t`.split(/[ \n]+/)

const ENGINES: readonly Dialect[] = ['postgres', 'mysql', 'sqlite']

let analyzer: Analyzer
beforeAll(async () => {
  analyzer = await loadAnalyzer()
})

/** Statements of the corpus: the ordinary ones and the attacks. */
function corpus(dialect: Dialect): readonly string[] {
  const directory = fileURLToPath(new URL(`../../corpus/${dialect}/`, import.meta.url))
  const files = readdirSync(directory).filter(name => name.endsWith('.yaml'))
  const found = files.flatMap((name): unknown[] => {
    const { statements } = parse(readFileSync(directory + name, 'utf8'))
    return Array.isArray(statements) ? statements.map(({ sql }) => sql) : []
  })
  return found.filter(sql => typeof sql === 'string')
}

const soup = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(' ', ' ', '', '\n', '/**/')), { maxLength: 60 })
  .map(parts => parts.map(([word, gap]) => word + gap).join(''))

/** Takes out, doubles, swaps or puts in pieces, so that most of the statement still stands. */
function mutated(statements: readonly string[]): fc.Arbitrary<string> {
  const change = fc.record({
    kind: fc.constantFrom('cut', 'double', 'swap', 'insert', 'graft'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    size: fc.integer({ min: 1, max: 20 }),
    word: fc.constantFrom(...WORDS),
    other: fc.constantFrom(...statements),
  })
  return fc
    .tuple(fc.constantFrom(...statements), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([statement, changes]) =>
      changes.reduce((text, { kind, at, size, word, other }) => {
        const from = Math.floor(at * text.length)
        const [before, piece, after] = [
          text.slice(0, from),
          text.slice(from, from + size),
          text.slice(from + size),
        ]
        switch (kind) {
          case 'cut':
            return before + after
          case 'double':
            return before + piece + piece + after
          case 'swap':
            return before + after.slice(0, size) + piece + after.slice(size)
          case 'insert':
            return `${before} ${word} ${piece}${after}`
          default:
            return before + other.slice(Math.floor(at * other.length))
        }
      }, statement),
    )
}

function outcome(facts: Facts): string {
  if (facts.analyzable) return 'facts'
  return REASONS.has(facts.code) ? 'reason' : facts.code
}

describe.each(ENGINES)('%s', dialect => {
  let factsOf: (statement: string) => Facts
  beforeAll(() => {
    factsOf = factsFrom(analyzer, dialect)
  })

  function holds(texts: fc.Arbitrary<string>): void {
    fc.assert(
      fc.property(texts, text => {
        expect(outcome(factsOf(text))).toMatch(/^(facts|reason)$/)
      }),
      { numRuns: RUNS, seed: SEED },
    )
  }

  test('makes nothing but facts or a reason of tokens in any order', () => {
    holds(soup)
  }, 120_000)

  test('makes nothing but facts or a reason of changed statements', () => {
    const statements = corpus(dialect)
    expect(statements.length).toBeGreaterThan(100)
    holds(mutated(statements))
  }, 120_000)

  test('makes nothing but facts or a reason of changed hostile statements', () => {
    holds(mutated(Object.values(KINDS).map(make => make(12, dialect))))
  }, 120_000)

  test('makes nothing but facts or a reason of any characters', () => {
    holds(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.integer({ min: 0, max: 0xffff })).map(units => String.fromCharCode(...units)),
      ),
    )
  }, 120_000)

  test('never repeats a literal of the statement in a reason', () => {
    const marked = mutated(corpus(dialect).map(sql => sql.replace(/'[^']*'/g, "'4111111111111111'")))
    fc.assert(
      fc.property(marked, text => {
        const facts = factsOf(text)
        expect(facts.analyzable ? '' : facts.reason).not.toMatch(/411111|\d{9}/)
      }),
      { numRuns: RUNS, seed: SEED },
    )
  }, 120_000)
})
