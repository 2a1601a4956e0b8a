/**
 * The conditions that an index looks up, as numbers. Two texts may share a number: what an index names is only a
 * candidate, and whoever reads it again applies the filter itself.
 */
import { hash } from 'node:crypto'
import { idsOf, type SearchFilter, sessionOf, subjectsOf, withoutSchema } from '../reading/filter.js'
import type { Found } from '../reading/stories.js'

type Field = Exclude<keyof SearchFilter, 'from' | 'to' | 'text'>
/** Numbers that SQLite and JavaScript both hold exactly. */
const HEX_DIGITS = 12
const REMEMBERED = 5_000

export class Terms {
  /** Names recur; ids do not, and are not kept. */
  readonly #known = new Map<Field, Map<string, number>>()

  of(found: Found): ReadonlySet<number> {
    const terms = new Set<number>()
    for (const id of idsOf(found)) terms.add(term('id', id))
    const add = (field: Field, value: string | undefined): void => {
      if (value !== undefined) terms.add(this.#name(field, value))
    }
    if (found.kind === 'event') {
      add('session', sessionOf(found))
      return terms
    }
    const { statement, outcome } = found
    for (const subject of subjectsOf(statement.principal)) add('principal', subject)
    for (const { name } of statement.objects) {
      add('object', name)
      add('object', withoutSchema(name))
    }
    for (const label of statement.labels) add('label', label)
    add('agent', statement.agent?.id)
    add('session', statement.session)
    add('dataSource', statement.dataSource.id)
    add('decision', statement.decision.effect)
    add('rule', statement.decision.rule)
    add('status', outcome?.status)
    return terms
  }

  #name(field: Field, value: string): number {
    const names = this.#known.get(field) ?? new Map<string, number>()
    this.#known.set(field, names)
    const known = names.get(value)
    if (known !== undefined) return known
    if (names.size >= REMEMBERED) names.clear()
    const made = term(field, value)
    names.set(value, made)
    return made
  }
}

/** One group of terms for each condition: a story has one of each group, or does not match. */
export function termsAsked(filter: SearchFilter): readonly (readonly number[])[] {
  return RAREST_FIRST.flatMap(field => {
    const wanted = filter[field]
    return wanted === undefined ? [] : [[wanted].flat().map(value => term(field, value))]
  })
}

/** What is likely to match least comes first, so that the rest need not be looked up. */
const RAREST_FIRST: readonly Field[] = [
  'id',
  'session',
  'principal',
  'agent',
  'object',
  'rule',
  'label',
  'status',
  'decision',
  'dataSource',
]

function term(field: Field, value: string): number {
  return Number.parseInt(hash('sha256', `${field}\0${value.toLowerCase()}`, 'hex').slice(0, HEX_DIGITS), 16)
}
