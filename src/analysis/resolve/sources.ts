/** FROM: what each entry brings into sight. */
import type { CatalogRelation } from '../../model/catalog.js'
import type { DialectRules } from '../dialects/dialect.js'
import type {
  Expression,
  FunctionSource,
  JoinSource,
  Source,
  SourceAlias,
  TableSource,
} from '../relational.js'
import { AnalysisStop } from '../stop.js'
import { type FromClause, type Place, scopeAt } from './analysis.js'
import type { IndexedRelation } from './catalog-index.js'
import { findCommonTable } from './common-tables.js'
import { evaluate, evaluateAll, evaluateCondition } from './expressions.js'
import { type Frame, frameAt } from './frame.js'
import { noteOperator, resolveFunction } from './names.js'
import { operandOf } from './overloads.js'
import { derived, NONE, type Provenance, type RowField } from './provenance.js'
import { analyzeQuery } from './queries.js'
import {
  EMPTY_SHAPE,
  type Item,
  itemShape,
  joinShapes,
  type NamedColumn,
  named,
  numbered,
  opaque,
  renamed,
  type Shape,
  soleColumn,
  usingShape,
} from './scope.js'
import { relationColumns } from './views.js'

export function shapeOfSources(sources: readonly Source[], place: Place, left: Shape = EMPTY_SHAPE): Shape {
  let shape = left
  for (const source of sources) shape = joined(shape, shapeOf(source, place, shape), place)
  return shape
}

/** For a dialect in which conditions of joins have to wait for the whole clause. */
export function fromClause(sources: readonly Source[], rules: DialectRules): FromClause | undefined {
  return rules.nameScopes === 'sqlite' ? { conditions: [], ahead: entriesIn(sources) } : undefined
}

function entriesIn(sources: readonly Source[]): number {
  return sources.reduce(
    (count, source) => count + (source.type === 'join' ? entriesIn([source.left, source.right]) : 1),
    0,
  )
}

/** @param frame in which all of FROM is in sight. */
export function evaluateJoins(from: FromClause | undefined, frame: Frame): void {
  for (const condition of from?.conditions ?? []) evaluateCondition(condition, { ...frame, use: 'join' })
}

/** Every join lists anew all columns that have come into sight. */
function joined(left: Shape, right: Shape, place: Place): Shape {
  place.analysis.spend((left.visible.length + right.visible.length) / 16)
  return joinShapes(left, right)
}

/** @param left what a LATERAL entry may refer to. */
export function shapeOf(source: Source, place: Place, left: Shape): Shape {
  place.analysis.spend(1)
  if (place.from !== undefined && source.type !== 'join') place.from.ahead -= 1
  switch (source.type) {
    case 'table':
      return tableShape(source, place)
    case 'subquery': {
      const inner = source.lateral ? lateral(place, left) : place
      return aliased(analyzeQuery(source.query, inner).columns, source.alias, place)
    }
    case 'function':
      return functionShape(source, argumentPlace(place, left))
    case 'computed': {
      const inner = lateral(place, left)
      const inputs = evaluateAll(source.inputs, expressionFrame(inner))
      for (const input of inputs) place.analysis.findings.compare(input, 'predicate', 'other')
      const value = derived(inputs)
      const { rules } = place.analysis
      const columns = source.columns.map(name => named(name, value, rules))
      return aliased(columns, source.alias, place)
    }
    case 'join':
      return joinShape(source, place, left)
  }
}

function lateral(place: Place, left: Shape): Place {
  return left.items.length === 0 ? place : { ...place, outer: scopeAt(place, left) }
}

/** Arguments see all of FROM: what is still ahead could come before what is outside. */
function argumentPlace(place: Place, left: Shape): Place {
  const isLast = place.from === undefined || place.from.ahead === 0
  return lateral(isLast ? place : { ...place, outer: null }, left)
}

function expressionFrame(place: Place): Frame {
  return frameAt(place, scopeAt(place, EMPTY_SHAPE))
}

function aliased(columns: readonly NamedColumn[], alias: SourceAlias, place: Place): Shape {
  const { rules } = place.analysis
  const item: Item = { columns: numbered(renamed(columns, alias.columns, rules), rules), base: false }
  return itemShape(alias.name === undefined ? item : { ...item, ...nameOf(alias.name, place) })
}

function nameOf(name: string, { analysis: { rules, index } }: Place): Pick<Item, 'name' | 'exact'> {
  return { name: rules.fold(name), ...(index.exactNames ? { exact: [name] } : {}) }
}

function tableShape(source: TableSource, place: Place): Shape {
  for (const part of evaluateAll(source.sample, expressionFrame(place)))
    place.analysis.findings.compare(part, 'predicate', 'other')
  const common = source.name.schema === undefined ? findCommonTable(source.name.name, place) : undefined
  if (common !== undefined) {
    const alias = { name: source.alias.name ?? source.name.name, columns: source.alias.columns }
    return aliased(common, alias, place)
  }
  const found = place.analysis.relation(source.name)
  place.analysis.findings.relation(found.relation, 'read')
  return itemShape(tableItem(source, found, place))
}

export function tableItem(source: TableSource, found: IndexedRelation, place: Place): Item {
  const { rules } = place.analysis
  const { relation } = found
  const columns = renamed(relationColumns(found, place.analysis), source.alias.columns, rules)
  place.analysis.spend(columns.length)
  const base = relation.kind !== 'view'
  const hasNumber = base && rules.rowNumbers.size > 0 && relation.rowNumber !== null
  const number = hasNumber ? { rowNumber: rowNumberOf(relation, columns, rules) } : {}
  const alias = source.alias.name
  const name = nameOf(alias ?? source.name.name, place)
  if (alias !== undefined && rules.nameScopes !== 'sqlite')
    return { columns, base, relation, ...number, ...name }
  const exact = name.exact === undefined ? {} : { exact: [relation.schema, ...name.exact] }
  return { columns, base, relation, ...number, ...name, schema: rules.fold(relation.schema), ...exact }
}

/** The number is the value of the column that the table declares to be it, if any. */
function rowNumberOf(
  relation: CatalogRelation,
  columns: readonly NamedColumn[],
  rules: DialectRules,
): NamedColumn {
  const at = relation.columns.findIndex(column => column.name === relation.rowNumber)
  return columns[at] ?? named('rowid', NONE, rules)
}

function functionShape(source: FunctionSource, place: Place): Shape {
  const { rules } = place.analysis
  const frame = expressionFrame(place)
  const sole = source.calls.length === 1
  const columns: NamedColumn[] = []
  const given: Provenance[] = []
  for (const { call, name, columns: defined } of source.calls) {
    const row = evaluate(call, frame)
    const value = derived([row])
    const fields = defined.length > 0 ? undefined : fieldsIn(call, name, row)
    if (fields !== undefined) {
      columns.push(...fields.map(each => named(each.name, each.provenance, rules)))
      continue
    }
    const own = defined.length > 0 ? defined : functionColumns(call, name, source.alias, sole, place)
    if (own === null || (defined.length === 0 && spreads(call, name, value))) given.push(value)
    else columns.push(...own.map(column => named(column, value, rules)))
  }
  if (source.ordinality) columns.push(named('ordinality', NONE, rules))
  const alias = source.alias.name ?? source.calls[0]?.name
  const hidden = given.length === 0 ? {} : { opaque: opaque(derived(given)) }
  const extra = hiddenColumns(source, columns, place)
  const shown = [...renamed(columns, source.alias.columns, rules), ...extra]
  const item: Item = { columns: shown, base: false, ...hidden, ...numberOf(extra, columns, rules) }
  return itemShape(alias === undefined ? item : { ...item, ...nameOf(alias, place) })
}

/** A function's own columns that `*` leaves out. */
function hiddenColumns(
  { calls }: FunctionSource,
  columns: readonly NamedColumn[],
  { analysis }: Place,
): readonly NamedColumn[] {
  const [first] = columns
  const [source] = calls
  if (first === undefined || source?.call.type !== 'call') return []
  const hidden = resolveFunction(source.call.name, analysis).builtin?.hidden ?? []
  return hidden.map(name => ({ ...named(name, first.provenance, analysis.rules), hidden: true as const }))
}

/** In SQLite such a function is a table, whose rows have numbers. */
function numberOf(
  hidden: readonly NamedColumn[],
  columns: readonly NamedColumn[],
  rules: DialectRules,
): Pick<Item, 'rowNumber'> {
  const provenance = (hidden[0] ?? columns[0])?.provenance
  return rules.rowNumbers.size === 0 || provenance === undefined
    ? {}
    : { rowNumber: named('rowid', provenance, rules) }
}

/** The columns that the rows of `unnest` and `jsonb_populate_record` have; others may be arrays. */
function fieldsIn(call: Expression, name: string, value: Provenance): readonly RowField[] | undefined {
  const isRow = call.type === 'call' && (name === 'unnest' ? call.args.length === 1 : /_populate_/.test(name))
  if (!isRow) return undefined
  return value.fields?.map(field => ({ name: field.name, provenance: derived([field.provenance]) }))
}

/** An array of rows, and a row itself, become as many columns as the row has fields. */
function spreads(call: Expression, name: string, value: Provenance): boolean {
  const mayBeRow = value.holdsRow === true || value.ownType === true || value.kind === 'unknown'
  return mayBeRow && (name === 'unnest' || call.type !== 'call')
}

/** `null` where only the server knows. One function with one column takes the name of its alias. */
function functionColumns(
  call: FunctionSource['calls'][number]['call'],
  name: string,
  alias: SourceAlias,
  sole: boolean,
  place: Place,
): readonly string[] | null {
  const own = sole ? (alias.name ?? name) : name
  if (call.type !== 'call') return call.type === 'compose' && call.form === 'typed' ? null : [own]
  const { builtin } = resolveFunction(call.name, place.analysis)
  if (builtin === undefined) return null
  if (builtin.columns === undefined)
    return name === 'unnest' && call.args.length > 1 ? call.args.map(() => name) : [own]
  return builtin.columns.length === 0 ? null : builtin.columns
}

function joinShape(source: JoinSource, place: Place, before: Shape): Shape {
  const left = shapeOf(source.left, place, before)
  const right = shapeOf(source.right, place, joined(before, left, place))
  const names = source.natural ? sharedNames(left, right) : source.using
  const both = names.length > 0 ? joinedBy(source, names, left, right, place) : joined(left, right, place)
  compareUsing(names, left, right, place)
  if (source.condition !== undefined) {
    if (place.from !== undefined) place.from.conditions.push(source.condition)
    else evaluateCondition(source.condition, frameAt(place, scopeAt(place, both), 'join'))
  }
  const shape = source.kind === 'full' ? { ...both, visible: blended(both.visible, names, place) } : both
  if (source.alias.name !== undefined) return aliased(shape.visible, source.alias, place)
  if (source.usingAlias === undefined) return shape
  const shared: Item = {
    name: place.analysis.rules.fold(source.usingAlias),
    columns: shape.visible.slice(0, names.length),
    base: false,
  }
  return { items: [...shape.items, shared], visible: shape.visible }
}

/** Each name is looked for among all columns of either side. */
function joinedBy(
  source: JoinSource,
  names: readonly string[],
  left: Shape,
  right: Shape,
  place: Place,
): Shape {
  place.analysis.spend((names.length * (left.visible.length + right.visible.length)) / 64)
  return usingShape(left, right, names, source.kind, place.analysis.rules)
}

function sharedNames(left: Shape, right: Shape): readonly string[] {
  if ([...left.visible, ...right.visible].some(({ unsure }) => unsure === 'free'))
    throw new AnalysisStop('ambiguous_name', 'NATURAL joins a table of VALUES whose columns have no names.')
  const keys = new Set(right.visible.filter(column => !column.hidden).map(column => column.key))
  return left.visible.filter(column => !column.hidden && keys.has(column.key)).map(column => column.name)
}

function compareUsing(names: readonly string[], left: Shape, right: Shape, place: Place): void {
  const { findings, rules } = place.analysis
  for (const name of names) {
    const [one, other] = [soleColumn(left, name, rules), soleColumn(right, name, rules)]
    const sides = [one, other].map(side => operandOf(undefined, side))
    noteOperator({ name: '=' }, expressionFrame(place), sides)
    findings.compare(one, 'join', 'equality-column', [other])
    findings.compare(other, 'join', 'equality-column', [one])
  }
}

/** FULL JOIN … USING shows whichever side is not null. */
function blended(
  columns: readonly NamedColumn[],
  names: readonly string[],
  place: Place,
): readonly NamedColumn[] {
  const shared = new Set(names.map(name => place.analysis.rules.fold(name)))
  return columns.map(column =>
    shared.has(column.key) ? { ...column, provenance: derived([column.provenance]) } : column,
  )
}
