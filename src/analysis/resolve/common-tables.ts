/**
 * WITH. Plain WITH shows each table to those after it; WITH RECURSIVE shows all to all, so a table is
 * resolved when it is first needed. A recursive one is resolved until its columns' origins stay the same.
 * MySQL and MariaDB are one dialect here and differ: MySQL shows no table to those before it, and takes names letter
 * by letter. What would be one thing to the one and another to the other is refused.
 */
import type { DialectRules } from '../dialects/dialect.js'
import type { CommonTable, Query, SetOperation, With, Write } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import type { Place } from './analysis.js'
import { type GivenColumns, givenColumns } from './given-cells.js'
import { derived, sameProvenance } from './provenance.js'
import { analyzeQuery, combineArms } from './queries.js'
import { type NamedColumn, named, renamed } from './scope.js'
import { analyzeWrite } from './writes.js'

export interface CommonScope {
  readonly name: string
  /** As written, where servers differ in whether another case is another name. */
  readonly exact?: string
  readonly outer: CommonScope | null
  /** The columns as far as they are known; absent until the table has been resolved once. */
  columns?: readonly NamedColumn[]
  /** Columns whose values the text gives. */
  readonly given?: GivenColumns
  /** Set while and until the table is resolved. */
  resolve?: () => void
}

const MAX_ROUNDS = 12

export function bindCommonTables(clause: With, place: Place): CommonScope | null {
  if (clause.tables.length === 0) return place.common
  return clause.recursive ? bindRecursive(clause, place) : bindInOrder(clause, place)
}

function bindInOrder(clause: With, place: Place): CommonScope | null {
  const { rules } = place.analysis
  let common = place.common
  for (const table of clause.tables) {
    const columns = bodyColumns(table, { ...place, common })
    common = { ...nameOf(table, place), outer: common, columns, ...givenBy(table, rules) }
  }
  return common
}

function nameOf(
  { name }: CommonTable,
  { analysis: { rules, index } }: Place,
): Pick<CommonScope, 'name' | 'exact'> {
  return { name: rules.fold(name), ...(index.exactNames ? { exact: name } : {}) }
}

function givenBy({ body, columns }: CommonTable, rules: DialectRules): { readonly given?: GivenColumns } {
  return isWrite(body) ? {} : { given: givenColumns(body, columns, rules) }
}

function bindRecursive(clause: With, place: Place): CommonScope | null {
  let common = place.common
  const entries: CommonScope[] = []
  for (const table of clause.tables) {
    const { rules } = place.analysis
    const entry: CommonScope = { ...nameOf(table, place), outer: common, ...givenBy(table, rules) }
    entry.resolve = () =>
      resolveRecursive(table, entry, { ...place, common: innermost(), ...ahead(entries, entry, place) })
    entries.push(entry)
    common = entry
  }
  const innermost = () => common
  for (const entry of entries) entry.resolve?.()
  return common
}

function ahead(entries: readonly CommonScope[], entry: CommonScope, place: Place): Pick<Place, 'ahead'> {
  if (place.analysis.rules.forwardTables === 'seen') return {}
  return { ahead: [...(place.ahead ?? []), ...entries.slice(entries.indexOf(entry) + 1)] }
}

/** The columns of a WITH table in sight, or undefined when the name means a relation. */
export function findCommonTable(name: string, place: Place): readonly NamedColumn[] | undefined {
  const key = place.analysis.rules.fold(name)
  for (let entry = place.common; entry !== null; entry = entry.outer) {
    if (entry.name !== key) continue
    if ((entry.exact ?? name) !== name || place.ahead?.includes(entry))
      throw new AnalysisStop(
        'ambiguous_name',
        `${quoted(name)} is a table of WITH to some servers and a relation to others. Choose other names in WITH.`,
      )
    if (entry.columns === undefined) entry.resolve?.()
    if (entry.columns === undefined) {
      throw new AnalysisStop('unknown_relation', `${quoted(name)} refers to itself before it has any rows.`)
    }
    return entry.columns
  }
  return undefined
}

function resolveRecursive(table: CommonTable, entry: CommonScope, place: Place): void {
  delete entry.resolve
  const { body } = table
  if (isWrite(body) || body.body.type !== 'set' || body.with.tables.length > 0) {
    entry.columns = bodyColumns(table, place)
    return
  }
  entry.columns = finished(table, resolveArms(body, body.body, table, entry, place), place)
}

function resolveArms(
  query: Query,
  operation: SetOperation,
  table: CommonTable,
  entry: CommonScope,
  place: Place,
): readonly NamedColumn[] {
  const first = analyzeQuery(operation.left, place).columns
  let columns = first
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    entry.columns = finished(table, columns, place)
    const next = combineArms(operation, first, analyzeQuery(operation.right, place).columns, place)
    const stable = next.every((column, at) => {
      const before = columns[at]
      return before !== undefined && sameProvenance(column.provenance, before.provenance)
    })
    if (stable) {
      // Its own ORDER BY, LIMIT and locks, over columns that are now known.
      return analyzeQuery(query, place).columns
    }
    columns = next
  }
  throw new AnalysisStop('too_deep', `The recursion of ${quoted(table.name)} is too intricate to follow.`)
}

function bodyColumns(table: CommonTable, place: Place): readonly NamedColumn[] {
  const { body } = table
  const columns = isWrite(body) ? analyzeWrite(body, place).columns : analyzeQuery(body, place).columns
  return finished(table, columns, place)
}

/** Adds the table's own column names, and the columns that SEARCH and CYCLE make of others. */
function finished(table: CommonTable, columns: readonly NamedColumn[], place: Place): readonly NamedColumn[] {
  const { rules, findings } = place.analysis
  const own = renamed(columns, table.columns, rules)
  if (table.extra.length === 0) return own
  const tracked = own.filter(column => table.tracked.includes(column.name)).map(column => column.provenance)
  for (const part of tracked) findings.consume(part, 'order')
  const value = derived(tracked)
  return [...own, ...table.extra.map(name => named(name, value, rules))]
}

function isWrite(body: Query | Write): body is Write {
  return 'type' in body
}
