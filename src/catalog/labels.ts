import { ConfigurationError } from '../errors.js'
import type { Catalog, CatalogRelation, Label, LabelRule } from '../model/catalog.js'
import { equals, type Glob, glob } from '../util/glob.js'
import { labelRowTypes } from './row-type-labels.js'

interface CompiledRule {
  readonly source: LabelRule
  readonly schema: Glob
  readonly relation: Glob
  readonly column: Glob
}

/**
 * Gives every column the labels of the rules that match it, beside those it has already. A column of
 * a table and the same column of its children (inheritance, partitions) are one place to the engine,
 * so a label on any of them counts for all.
 *
 * @throws ConfigurationError for a rule whose `column` is not two or three parts.
 */
export function applyLabels(
  relations: readonly CatalogRelation[],
  rules: readonly LabelRule[],
): readonly CatalogRelation[] {
  const compiled = rules.map(compileRule)
  const families = familiesOf(relations)
  const own = relations.map(relation => ownLabels(relation, compiled))
  const shared = new Map<string, Set<Label>>()
  relations.forEach((relation, index) => {
    const family = families.get(relationKey(relation.schema, relation.name))
    for (const [column, labels] of own[index] ?? []) {
      const place = placeOf(family, column)
      const known = shared.get(place) ?? new Set<Label>()
      for (const label of labels) known.add(label)
      shared.set(place, known)
    }
  })
  const labelled = relations.map(relation => {
    const family = families.get(relationKey(relation.schema, relation.name))
    const columns = relation.columns.map(column => {
      // What a column is computed from may have its labels from another table of the family.
      const places = [column.name, ...(column.generatedFrom ?? [])].map(name => placeOf(family, name))
      const labels = places.flatMap(place => [...(shared.get(place) ?? [])])
      return { ...column, labels: [...new Set(labels)].sort() }
    })
    return { ...relation, columns }
  })
  return labelRowTypes(labelled)
}

/** A column of a family of tables, in whatever case its members spell it. */
function placeOf(family: string | undefined, column: string): string {
  return JSON.stringify([family, column.toLowerCase()])
}

/**
 * The rules that label nothing in this catalog: usually a typo, and then a column that is not
 * protected. Show them.
 */
export function unmatchedLabels(catalog: Catalog, rules: readonly LabelRule[]): readonly LabelRule[] {
  return rules.map(compileRule).flatMap(rule => {
    const matched = catalog.relations.some(relation =>
      relation.columns.some(column => matches(rule, relation, column.name)),
    )
    return matched ? [] : [rule.source]
  })
}

function ownLabels(relation: CatalogRelation, rules: readonly CompiledRule[]): Map<string, readonly Label[]> {
  const found = new Map<string, readonly Label[]>()
  for (const column of relation.columns) {
    const labels = rules.filter(rule => matches(rule, relation, column.name)).map(rule => rule.source.label)
    if (labels.length + column.labels.length > 0) found.set(column.name, [...column.labels, ...labels])
  }
  // A generated column is made of others, never of generated ones.
  for (const { name, generatedFrom = [] } of relation.columns) {
    const inherited = generatedFrom.flatMap(source => found.get(source) ?? [])
    if (inherited.length > 0) found.set(name, [...(found.get(name) ?? []), ...inherited])
  }
  return found
}

function matches(rule: CompiledRule, relation: CatalogRelation, column: string): boolean {
  return rule.relation(relation.name) && rule.column(column) && rule.schema(relation.schema)
}

/** Relation key → the key of one relation that stands for everything tied to it by inheritance. */
function familiesOf(relations: readonly CatalogRelation[]): Map<string, string> {
  const leader = new Map(
    relations.map(({ schema, name }) => [relationKey(schema, name), relationKey(schema, name)]),
  )
  const find = (key: string): string => {
    let at = key
    for (let up = leader.get(at); up !== undefined && up !== at; up = leader.get(at)) at = up
    return at
  }
  for (const relation of relations) {
    for (const parent of relation.parents ?? []) {
      leader.set(
        find(relationKey(relation.schema, relation.name)),
        find(relationKey(parent.schema, parent.relation)),
      )
    }
  }
  return new Map([...leader.keys()].map(key => [key, find(key)]))
}

function relationKey(schema: string, name: string): string {
  return JSON.stringify([schema, name])
}

function compileRule(source: LabelRule): CompiledRule {
  const parts = splitPattern(source.column)
  const [column, relation, schema] = [...parts].reverse()
  if (column === undefined || relation === undefined || parts.length > 3 || source.label.trim() === '') {
    throw new ConfigurationError(
      `The label rule "${source.column}" cannot be used: write relation.column or schema.relation.column, ` +
        'with * as wildcard and "double quotes" around a name that holds a dot, and give it a label.',
    )
  }
  return { source, schema: schema ?? (() => true), relation, column }
}

/** Splits on dots outside double quotes. A quoted part is a literal name. */
function splitPattern(pattern: string): readonly Glob[] {
  const grammar = /"((?:[^"]|"")+)"(?:\.(?!$)|$)|([^".]+)(?:\.(?!$)|$)/gy
  const parts: Glob[] = []
  let read = 0
  for (const match of pattern.matchAll(grammar)) {
    read += match[0].length
    const [, quoted, plain] = match
    parts.push(quoted === undefined ? glob(plain ?? '') : equals(quoted.replaceAll('""', '"')))
  }
  return read === pattern.length ? parts : []
}
