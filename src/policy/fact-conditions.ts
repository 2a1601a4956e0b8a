import type { ColumnRef } from '../model/catalog.js'
import type { RelationUse } from '../model/facts.js'
import { type Glob, glob } from '../util/glob.js'
import { partsGlob } from './glob.js'
import type { When } from './schema-when.js'
import type { Parts, Subject } from './subject.js'

export type FactTest = (subject: Subject, quantifier: 'any' | 'every') => string | null

/** The conditions of a `when` that look at what the statement does. None holds for a statement without facts. */
export function factTests(when: When): FactTest[] {
  return [...effectTests(when), ...relationTests(when), ...columnTests(when), ...resultTests(when)]
}

function effectTests(when: When): FactTest[] {
  const scopes = when.scope
  return [
    ...overParts(when.kind, 'effect', parts => parts.effects.map(effect => effect.kind)),
    ...overParts(when.verb, 'verb', parts => parts.effects.map(effect => effect.verb)),
    ...(scopes === undefined
      ? []
      : [quantified('scope', parts => parts.effects.flatMap(scopeOf), anyGlob(scopes), String)]),
  ]
}

function scopeOf(effect: Parts['effects'][number]): string[] {
  if (effect.scope !== undefined) return [effect.scope]
  return effect.kind === 'update' || effect.kind === 'delete' ? ['open'] : []
}

function relationTests(when: When): FactTest[] {
  const over = (
    patterns: readonly string[] | undefined,
    name: string,
    access?: RelationUse['access'],
  ): FactTest[] => {
    if (patterns === undefined) return []
    const globs = patterns.map(pattern => partsGlob(pattern, 2))
    const matches = (use: RelationUse) => globs.some(test => test([use.schema, use.relation]))
    const uses = (parts: Parts) =>
      parts.relations.filter(use => access === undefined || use.access === access)
    return [quantified(name, uses, matches, use => `${use.schema}.${use.relation}`)]
  }
  return [
    ...over(when.relation, 'relation'),
    ...over(when.reads, 'reads relation', 'read'),
    ...over(when.writes, 'writes relation', 'write'),
  ]
}

function columnTests(when: When): FactTest[] {
  const tests: FactTest[] = []
  if (when.column !== undefined) {
    const globs = when.column.map(pattern => partsGlob(pattern, 3))
    const matches = (ref: ColumnRef) => globs.some(test => test([ref.schema, ref.relation, ref.column]))
    tests.push(quantified('column', parts => parts.columns, matches, columnName))
  }
  return [
    ...tests,
    ...overParts(when.label?.output, 'label in the output:', parts => parts.outputLabels),
    ...overParts(when.label?.predicate, 'label in a condition:', parts => parts.predicateLabels),
    ...overParts(when.label?.written, 'label written:', parts => parts.writtenLabels),
    ...functionTests(when.function),
  ]
}

/** An allowance need not list the reviewed built-ins; a denial may name any function. */
function functionTests(patterns: readonly string[] | undefined): FactTest[] {
  if (patterns === undefined) return []
  const all = overParts(patterns, 'function', parts => parts.functions.map(use => use.name))
  const unreviewed = overParts(patterns, 'function', parts =>
    parts.functions.filter(use => !use.listed).map(use => use.name),
  )
  return [
    (subject, quantifier) => (quantifier === 'any' ? all : unreviewed)[0]?.(subject, quantifier) ?? null,
  ]
}

function resultTests(when: When): FactTest[] {
  const { readOnly, maxRowsReturned, unlimited } = when
  const tests: FactTest[] = []
  if (readOnly !== undefined) {
    const words = readOnly ? 'the statement only reads' : 'the statement does more than read'
    tests.push(({ facts }) => (facts?.readOnly === readOnly ? words : null))
  }
  if (maxRowsReturned !== undefined) {
    tests.push(({ facts }) => {
      const rows = facts?.maxRowsReturned
      return rows !== undefined && rows <= maxRowsReturned
        ? `at most ${maxRowsReturned} rows are returned`
        : null
    })
  }
  if (unlimited !== undefined) {
    tests.push(({ facts }) => {
      if (facts === null) return null
      const open = facts.output.length > 0 && facts.maxRowsReturned === undefined
      if (open !== unlimited) return null
      return unlimited ? 'the statement sets no limit on its rows' : 'the number of rows is limited'
    })
  }
  return tests
}

function overParts(
  patterns: readonly string[] | undefined,
  name: string,
  values: (parts: Parts) => readonly string[],
): FactTest[] {
  return patterns === undefined ? [] : [quantified(name, values, anyGlob(patterns), value => value)]
}

/** `every` also needs at least one part: an allowance never rests on nothing. */
function quantified<Part>(
  name: string,
  values: (parts: Parts) => readonly Part[],
  matches: (part: Part) => boolean,
  words: (part: Part) => string,
): FactTest {
  return (subject, quantifier) => {
    if (subject.parts === null) return null
    const all = values(subject.parts)
    const found = all.filter(matches)
    if (found.length === 0 || (quantifier === 'every' && found.length < all.length)) return null
    return `${name} ${[...new Set(found.map(words))].join(', ')}`
  }
}

function anyGlob(patterns: readonly string[]): Glob {
  const globs = patterns.map(glob)
  return value => globs.some(matches => matches(value))
}

export function columnName(ref: ColumnRef): string {
  return `${ref.schema}.${ref.relation}.${ref.column}`
}
