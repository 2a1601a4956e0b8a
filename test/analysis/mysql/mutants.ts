/** Statements made of the seeds by cutting, copying and mixing their tokens. The same number gives the same ones. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'

const lines = (name: string): readonly string[] =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .trim()
    .split('\n')

/** Taken by MariaDB 10.11. */
export const seeds = lines('./seeds.txt')
/** Taken by MySQL 8 alone. */
export const mysqlSeeds = lines('./mysql-8.txt')

/** Those whose insides are read: anything goes in the others. */
const pool = seeds.filter(seed =>
  /^(?:select|with|\(|values|insert|replace|update|delete|explain|analyze)/.test(seed),
)

export function pieces(sql: string): string[] {
  return (
    sql.match(
      /\s+|[A-Za-z_0-9$]+|'(?:[^'\\]|\\.|'')*'|`[^`]*`|"[^"]*"|<=>|<>|<=|>=|!=|:=|\|\||&&|<<|>>|[^\sA-Za-z_0-9]/g,
    ) ?? []
  )
}

const tokens = [...new Set(pool.flatMap(pieces).filter(piece => piece.trim() !== ''))]

interface Edit {
  readonly place: number
  readonly kind: number
  readonly token: string
  readonly other: string
  readonly from: number
  readonly length: number
}

const edit: fc.Arbitrary<Edit> = fc.record({
  place: fc.nat(1000),
  kind: fc.nat(4),
  token: fc.constantFrom(...tokens),
  other: fc.constantFrom(...pool),
  from: fc.nat(1000),
  length: fc.integer({ min: 1, max: 6 }),
})

export function mutants(count: number, seed: number): readonly string[] {
  const mutation = fc.tuple(fc.constantFrom(...pool), fc.array(edit, { minLength: 1, maxLength: 2 }))
  return [
    ...new Set(fc.sample(mutation, { numRuns: count, seed }).map(([sql, edits]) => edits.reduce(apply, sql))),
  ]
}

function apply(sql: string, { place, kind, token, other, from, length }: Edit): string {
  const parts = pieces(sql)
  const at = place % Math.max(parts.length, 1)
  if (kind === 0) parts.splice(at, 1)
  else if (kind === 1) parts.splice(at, 0, ` ${token} `)
  else if (kind === 2) parts[at] = token
  else if (kind === 3) parts.splice(at, 0, parts[from % Math.max(parts.length, 1)] ?? '')
  else {
    const cut = pieces(other)
    const start = from % cut.length
    parts.splice(at, length % 3, ' ', ...cut.slice(start, start + length), ' ')
  }
  return parts.join('')
}
