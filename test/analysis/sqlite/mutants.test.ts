/** Our reading beside the engine's `prepare`: what one accepts and the other does not. `SQLITE_MUTANTS` tries more. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type Arena, openArena } from './kit.js'
import { mutants } from './mutants.js'
import { randomStatements } from './random-sql.js'
import { SAMPLES } from './samples.js'

const COUNT = Number(process.env['SQLITE_MUTANTS'] ?? 2500)
const MORE = `
create table t (a, b, c, d, e, f); create index i on t (a); create unique index one on t (a) where b;
create table u (a, b, key); create table v (a, b); create table w (a, c); create table x (b, c);`

/** Names that the parser knows as keywords only; the engine takes them for names too. */
const KEYWORDS_ONLY = /\b(?:over|window|filter|within)\b/i
/** The engine looks at the columns of a view when it is read. */
const STAR_OF_NOTHING = /^(?:explain\s+)?create\b.*\*/is
/** Grammar that is newer than the engine under test. */
const NEWER = /\braise\b|\d_\d|\bwithin\b/i
/** The parser lets these stand behind VALUES, where the engine does not. */
const SORTED_VALUES = /\bvalues\b.*\b(?:order\s+by|limit)\b/is

function prepare(arena: Arena, sql: string): 'accepted' | 'syntax' | 'refused' {
  try {
    arena.database.prepare(sql)
    return 'accepted'
  } catch (error) {
    const { message } = error as Error
    return /syntax error|unrecognized token|incomplete input/.test(message) ? 'syntax' : 'refused'
  }
}

describe('reading beside the engine', () => {
  let arena: Arena
  beforeAll(async () => {
    arena = await openArena(MORE)
  })

  test(
    `${COUNT} mutants`,
    () => {
      const seeds = [...SAMPLES, ...SAMPLES, ...Array.from({ length: 20 }, randomStatements(5))]
      const apart: string[] = []
      const seen = { accepted: 0, syntax: 0, refused: 0 }
      for (const sql of mutants(7, seeds, COUNT)) {
        const engine = prepare(arena, sql)
        seen[engine] += 1
        const facts = arena.factsOf(sql)
        const code = facts.analyzable ? 'ok' : facts.code
        if (
          engine === 'accepted' &&
          code === 'syntax' &&
          !KEYWORDS_ONLY.test(sql) &&
          !STAR_OF_NOTHING.test(sql)
        )
          apart.push(`we refuse: ${sql}`)
        if (engine === 'syntax' && facts.analyzable && !NEWER.test(sql) && !SORTED_VALUES.test(sql))
          apart.push(`it refuses: ${sql}`)
        if (code === 'parser_failure') apart.push(`we fail: ${sql}`)
      }
      expect(apart).toEqual([])
      for (const [kind, count] of Object.entries(seen))
        expect([kind, count > COUNT / 50]).toEqual([kind, true])
    },
    COUNT * 10 + 60_000,
  )

  test.each([
    'select 1; select pan from cards',
    'select 1;;; delete from cards',
    'select 1; x',
    "select 1; 'unterminated",
    'select 1 ; /* */ select 2',
  ])('the engine runs the first of several statements in silence, we refuse: %s', sql => {
    expect(prepare(arena, sql)).toBe('accepted')
    expect(arena.factsOf(sql)).toMatchObject({ analyzable: false })
  })

  test.each(['select 1;', 'select 1;;', 'select 1 -- end', 'select 1; /* end */ -- really', '\n; select 1'])(
    'what stands around one statement does no harm: %j',
    sql => {
      expect(prepare(arena, sql)).toBe('accepted')
      expect(arena.factsOf(sql)).toMatchObject({ analyzable: true })
    },
  )
})
