/** Expressions over the columns in sight: typed, nested, with sub-queries. */
import type { Chance } from './chance.js'
import type { Spelling } from './spelling.js'
import type { Type } from './tables.js'

/** A column in sight, as a statement names it. */
export interface Visible {
  readonly text: string
  readonly type: Type
  readonly secret?: 'masked' | 'sad'
}

/** What an expression may be made of. */
export interface Sight {
  readonly columns: readonly Visible[]
  /** Protected columns may be used at this place. */
  readonly secrets: boolean
  /** Levels of nesting left. */
  readonly depth: number
}

/** What expressions need of the queries around and inside them. */
export interface Grammar {
  readonly chance: Chance
  readonly spelling: Spelling
  /** A query of one row and one column, or of one column. */
  scalarQuery(type: Type, outer: Sight): string
  columnQuery(type: Type, outer: Sight): string
  existsQuery(outer: Sight): string
}

const WORDS = [`'x'`, `'visa'`, `'settled'`, `'4111111111111111'`, `'4'`, `''`, `'Ada Byron'`, `'1'`]
const COMPARISONS = ['=', '<>', '<', '<=', '>', '>=']

export function expression(grammar: Grammar, type: Type, sight: Sight): string {
  return type === 'int' ? number(grammar, sight) : words(grammar, sight)
}

function column({ chance }: Grammar, type: Type, { columns, secrets }: Sight): string | undefined {
  const fit = columns.filter(one => one.type === type && (one.secret === undefined || secrets))
  if (fit.length === 0) return undefined
  const protectedOnes = fit.filter(one => one.secret === 'masked')
  const from = protectedOnes.length > 0 && chance.is(50) ? protectedOnes : fit
  const found = chance.pick(from)
  // A verification code is refused wherever it stands: once in a while is enough.
  return found.secret === 'sad' && !chance.is(10) ? chance.pick(fit).text : found.text
}

function deeper(sight: Sight): Sight {
  return { ...sight, depth: sight.depth - 1 }
}

function words(grammar: Grammar, sight: Sight): string {
  const { chance, spelling } = grammar
  const simple = column(grammar, 'text', sight) ?? chance.pick(WORDS)
  if (sight.depth <= 0 || chance.is(35)) return chance.is(85) ? simple : chance.pick(WORDS)
  const inner = deeper(sight)
  const one = () => words(grammar, inner)
  switch (chance.int(9)) {
    case 0:
      return spelling.concat([one(), one()])
    case 1:
      return cases(grammar, one, inner)
    case 2:
      return spelling.asText(number(grammar, inner))
    case 3:
      return `(${grammar.scalarQuery('text', inner)})`
    case 4:
      return `coalesce(${one()}, ${one()})`
    case 5:
      return chance.is(40) ? `nullif(${one()}, ${chance.pick(WORDS)})` : chance.pick(spelling.json)(one())
    default:
      return chance.pick(spelling.textOfText)(one())
  }
}

function number(grammar: Grammar, sight: Sight): string {
  const { chance, spelling } = grammar
  const simple = column(grammar, 'int', sight) ?? String(chance.int(10))
  if (sight.depth <= 0 || chance.is(40)) return chance.is(80) ? simple : String(chance.int(10))
  const inner = deeper(sight)
  const one = () => number(grammar, inner)
  switch (chance.int(8)) {
    case 0:
      return `(${one()} ${chance.pick(['+', '-', '*'])} ${one()})`
    case 1:
      return cases(grammar, one, inner)
    case 2:
    case 3:
      return chance.pick(spelling.intOfText)(words(grammar, inner))
    case 4:
      return `(${grammar.scalarQuery('int', inner)})`
    case 5:
      return `coalesce(${one()}, 0)`
    case 6:
      return chance.is(25) ? spelling.asInt(words(grammar, inner)) : `abs(${one()})`
    default:
      return `case when ${condition(grammar, inner)} then 1 else 0 end`
  }
}

function cases(grammar: Grammar, one: () => string, sight: Sight): string {
  const { chance } = grammar
  // What decides a CASE tells of itself: only now and then may a protected column stand there.
  const test = condition(grammar, { ...sight, secrets: sight.secrets && chance.is(10) })
  return `case when ${test} then ${one()} else ${one()} end`
}

export function condition(grammar: Grammar, sight: Sight): string {
  const { chance, spelling } = grammar
  const inner = deeper(sight)
  if (sight.depth > 0 && chance.is(30)) {
    const joined = `(${condition(grammar, inner)} ${chance.pick(['and', 'or'])} ${condition(grammar, inner)})`
    return chance.is(15) ? `not ${joined}` : joined
  }
  switch (chance.int(sight.depth > 0 ? 9 : 5)) {
    case 0:
      return nullTest(grammar, sight)
    case 1:
      return `${number(grammar, inner)} between ${chance.int(5)} and ${chance.int(20)}`
    case 2:
      return `${words(grammar, inner)} ${chance.pick(spelling.patterns)} '${chance.pick(['4%', 'a', 'visa', '%1%'])}'`
    case 3:
      return `${number(grammar, inner)} in (${chance.int(9)}, ${chance.int(9)}, ${chance.int(9)})`
    case 4:
      return `${words(grammar, inner)} ${chance.pick(COMPARISONS)} ${words(grammar, inner)}`
    case 5:
      return `exists (${grammar.existsQuery(inner)})`
    case 6:
      return `${number(grammar, inner)} ${chance.pick(['in', 'not in'])} (${grammar.columnQuery('int', inner)})`
    default:
      return `${number(grammar, inner)} ${chance.pick(COMPARISONS)} ${number(grammar, inner)}`
  }
}

/** Whether a value is there tells nothing of it, so that a protected column may stand here always. */
function nullTest(grammar: Grammar, sight: Sight): string {
  const { chance } = grammar
  const tested = column(grammar, 'text', { ...sight, secrets: true }) ?? '1'
  return `${tested} is ${chance.pick(['', 'not '])}null`
}
