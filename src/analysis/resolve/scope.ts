/** What names mean at one place of a statement, innermost first. */
import type { CatalogRelation } from '../../model/catalog.js'
import type { DialectRules } from '../dialects/dialect.js'
import type { JoinSource } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { derived, merged, NONE, type Provenance, sameProvenance, unknown, wholeRow } from './provenance.js'

export interface NamedColumn {
  /** As the engine reports it. */
  readonly name: string
  /** As names are compared. */
  readonly key: string
  readonly provenance: Provenance
  /** `*` leaves it out. */
  readonly hidden?: true
  /** The server may know it by another name: one that it makes of an expression's text, or any. */
  readonly unsure?: 'worded' | 'free'
}

/** One entry of FROM as qualified names see it. */
export interface Item {
  /** Folded, as is the schema. */
  readonly name?: string
  /** Set only for a relation without an alias, which its schema may qualify. */
  readonly schema?: string
  /** Schema and name as written, where the server compares names of tables letter by letter. */
  readonly exact?: readonly string[]
  readonly columns: readonly NamedColumn[]
  /** A table: has system columns. */
  readonly base: boolean
  /** Where the item is a relation of the catalog, whose columns these are in the same order. */
  readonly relation?: CatalogRelation
  /** What the number of its rows shows, where rows have numbers. */
  readonly rowNumber?: NamedColumn
  /** Its columns cannot be told, only what they come from: the result of a function. */
  readonly opaque?: Provenance
}

/** All of FROM: the items, and the columns that unqualified names and `*` see. */
export interface Shape {
  readonly items: readonly Item[]
  readonly visible: readonly NamedColumn[]
}

export interface Scope {
  readonly shape: Shape
  readonly outer: Scope | null
  readonly rules: DialectRules
  /** Output columns in sight, in clauses where the dialect lets them be named. */
  readonly outputs?: readonly NamedColumn[]
}

export const EMPTY_SHAPE: Shape = { items: [], visible: [] }

/** A column under a name that the statement gives it. */
export function named(name: string, provenance: Provenance, rules: DialectRules): NamedColumn {
  return { name, key: rules.fold(name), provenance }
}
/** The name of the column that stands for a number of columns that is not known. */
export const SPREAD = '*'

export function itemShape(item: Item): Shape {
  return { items: [item], visible: item.columns }
}

export function joinShapes(left: Shape, right: Shape): Shape {
  if (left.items.length === 0) return right
  return { items: [...left.items, ...right.items], visible: [...left.visible, ...right.visible] }
}

/** Gives the first columns new names, as `t (a, b)` does. */
export function renamed(
  columns: readonly NamedColumn[],
  names: readonly string[],
  rules: DialectRules,
): readonly NamedColumn[] {
  if (names.length === 0) return columns
  return columns.map((column, at) => {
    const name = names[at]
    return name === undefined ? column : named(name, column.provenance, rules)
  })
}

/** The value of `a`, `t.a` or `s.t.a`; of a whole row where `a` names an item. */
export function resolveColumn(scope: Scope, path: readonly string[]): Provenance {
  const name = path[path.length - 1] ?? ''
  if (path.length === 1) return resolvePlain(scope, name)
  const item = findItem(scope, path.slice(0, -1))
  if (item === undefined) throw unknownColumn(name)
  return columnOf(item, name, scope.rules) ?? failColumn(item, name)
}

/** The columns that `*`, `t.*` or `s.t.*` stands for. */
export function expandStar(scope: Scope, path: readonly string[]): readonly NamedColumn[] {
  if (path.length === 0) {
    if (scope.shape.items.length === 0)
      throw new AnalysisStop('unknown_column', 'There is nothing that * could stand for.')
    const opaque = scope.shape.items.flatMap(item => opaqueColumns(item))
    const shown = scope.shape.visible.filter(isShown)
    return opaque.length > 0 ? [...shown, ...opaque] : shown
  }
  const item = findItem(scope, path)
  if (item === undefined) throw unknownColumn(path[path.length - 1] ?? '')
  return [...item.columns.filter(isShown), ...opaqueColumns(item)]
}

function isShown(column: NamedColumn): boolean {
  return column.hidden !== true
}

/** The item that a qualifier names, in the innermost scope that has one. */
export function findItem(scope: Scope, qualifier: readonly string[]): Item | undefined {
  const [first, second] = qualifier.map(part => scope.rules.fold(part))
  if (qualifier.length > 2) return undefined
  for (let level: Scope | null = scope; level !== null; level = level.outer) {
    const named = level.shape.items.filter(item =>
      second === undefined ? item.name === first : item.schema === first && item.name === second,
    )
    if (named.length > 1) throw ambiguous(second ?? first ?? '')
    if (named[0] !== undefined) return exactly(named[0], qualifier)
  }
  return undefined
}

/** To a server that tells `a` from `A` another item may be meant, further outside. */
function exactly(item: Item, qualifier: readonly string[]): Item {
  const { exact } = item
  if (
    exact === undefined ||
    qualifier.every((part, at) => part === exact[exact.length - qualifier.length + at])
  )
    return item
  throw new AnalysisStop(
    'ambiguous_name',
    `${quoted(qualifier.join('.'))} differs from a table's name only in capital letters. Write it as the table is written.`,
  )
}

/** The item that a path means where a value is expected: a column of that name comes first, as in the engine. */
export function rowItem(scope: Scope, path: readonly string[]): Item | undefined {
  const [name] = path
  if (path.length !== 1 || name === undefined) return undefined
  for (let level: Scope | null = scope; level !== null; level = level.outer) {
    if (visibleHere(level, name)) return undefined
  }
  return findItem(scope, path)
}

/** A column of this very scope, not of an outer one. */
export function visibleHere(scope: Scope, name: string): boolean {
  const key = scope.rules.fold(name)
  return scope.shape.visible.some(column => column.key === key)
}

/** `(row).field`. */
export function columnOf(item: Item, name: string, rules: DialectRules): Provenance | undefined {
  const key = rules.fold(name)
  const found = item.columns.filter(column => column.key === key)
  if (found.length > 1) throw ambiguous(name)
  if (found[0] !== undefined) return found[0].provenance
  if (item.base && rules.systemColumns.has(key)) return NONE
  if (rules.rowNumbers.has(key) && item.rowNumber !== undefined) return item.rowNumber.provenance
  return item.opaque
}

function resolvePlain(scope: Scope, name: string): Provenance {
  const { rules } = scope
  const key = rules.fold(name)
  for (let level: Scope | null = scope; level !== null; level = level.outer) {
    const found = level.shape.visible.filter(column => column.key === key)
    if (found.length > 1 || mayMeanAnother(level, name, found[0])) throw ambiguous(name)
    const value = eitherOf(found[0], level.outputs?.filter(column => column.key === key) ?? [])
    if (value !== undefined) return value
    const { items } = level.shape
    if (rules.systemColumns.has(key) && items.some(item => item.base)) return NONE
    const numbers = rowNumbersOf(level, key)
    if (numbers.length > 1) throw ambiguous(name)
    if (numbers[0] !== undefined) return numbers[0].provenance
    const opaque = items.find(item => item.opaque !== undefined)?.opaque
    if (opaque !== undefined) return opaque
  }
  const item = findItem(scope, [name])
  if (item === undefined) throw unknownColumn(name)
  return rowOf(item)
}

/** Names that an expression's text cannot be, unless it shows nothing but itself. */
const PLAIN_NAME = /^[\p{L}\p{N}_$]+$/u

/** Whether the server could find the name in another place than here, or here where we do not. */
function mayMeanAnother(level: Scope, name: string, found: NamedColumn | undefined): boolean {
  if (found === undefined) {
    return [...level.shape.visible, ...(level.outputs ?? [])].some(
      ({ unsure, key }) =>
        key !== level.rules.fold(name) &&
        (unsure === 'free' || (unsure === 'worded' && !PLAIN_NAME.test(name))),
    )
  }
  if (found.unsure === undefined) return false
  for (let outer = level.outer; outer !== null; outer = outer.outer) if (visibleHere(outer, name)) return true
  return false
}

function rowNumbersOf({ shape, rules }: Scope, key: string): readonly NamedColumn[] {
  if (!rules.rowNumbers.has(key)) return []
  return shape.items.flatMap(item => (item.rowNumber === undefined ? [] : [item.rowNumber]))
}

/** What the column that a path means is called where it is declared. */
export function declaredName(scope: Scope, path: readonly string[]): string | undefined {
  const { rules } = scope
  const key = rules.fold(path[path.length - 1] ?? '')
  if (path.length > 1) {
    const item = findItem(scope, path.slice(0, -1))
    const found = item?.columns.find(column => column.key === key)
    return (found ?? (rules.rowNumbers.has(key) ? item?.rowNumber : undefined))?.name
  }
  for (let level: Scope | null = scope; level !== null; level = level.outer) {
    const found = level.shape.visible.find(column => column.key === key) ?? rowNumbersOf(level, key)[0]
    if (found !== undefined) return found.name
  }
  return undefined
}

/** Of columns of the same name only the first keeps it: the next are `x:1`, `x:2`. */
export function numbered(columns: readonly NamedColumn[], rules: DialectRules): readonly NamedColumn[] {
  if (rules.nameScopes !== 'sqlite') return columns
  const taken = new Set<string>()
  // Lower numbers are all taken: counting from 1 each time would be quadratic.
  const last = new Map<string, number>()
  return columns.map(column => {
    if (!taken.has(column.key)) {
      taken.add(column.key)
      return column
    }
    const base = column.name.replace(/:\d+$/, '')
    const id = rules.fold(base)
    let count = last.get(id) ?? 0
    let unique = column
    while (taken.has(unique.key)) {
      count += 1
      unique = named(`${base}:${count}`, column.provenance, rules)
    }
    last.set(id, count)
    taken.add(unique.key)
    return unique
  })
}

/** Where a name may mean a column of FROM or an output column, it counts as made of both. */
function eitherOf(column: NamedColumn | undefined, outputs: readonly NamedColumn[]): Provenance | undefined {
  const all = [...(column === undefined ? [] : [column]), ...outputs].map(each => each.provenance)
  const [first, ...others] = all
  if (first === undefined || others.every(other => sameProvenance(first, other))) return first
  return derived(all)
}

/** The row of an item as one value. */
export function rowOf(item: Item): Provenance {
  return item.opaque ?? wholeRow(item.columns)
}

/** The columns of a join with USING, in the order in which `*` shows them. */
export function usingShape(
  left: Shape,
  right: Shape,
  names: readonly string[],
  kind: JoinSource['kind'],
  rules: DialectRules,
): Shape {
  const shared = new Map(
    names.map(name => {
      const both = merged([soleColumn(left, name, rules), soleColumn(right, name, rules)])
      return [rules.fold(name), named(name, both, rules)] as const
    }),
  )
  const items = [...left.items, ...right.items]
  const rest = (shape: Shape) => shape.visible.filter(column => !shared.has(column.key))
  // What `*` leaves out of the side that it shows a merged column from, it leaves out of the join.
  const own = (column: NamedColumn): NamedColumn | undefined => {
    const found = shared.get(column.key)
    return found !== undefined && column.hidden === true ? { ...found, hidden: true } : found
  }
  switch (rules.mergedColumns) {
    case 'listed':
      return { items, visible: [...shared.values(), ...rest(left), ...rest(right)] }
    case 'standing': {
      const [first, second] = kind === 'right' ? [right, left] : [left, right]
      const standing = first.visible.flatMap(column => own(column) ?? [])
      return { items, visible: [...standing, ...rest(first), ...rest(second)] }
    }
    case 'in-place':
      return { items, visible: [...left.visible.map(column => own(column) ?? column), ...rest(right)] }
  }
}

export function soleColumn(shape: Shape, name: string, rules: DialectRules): Provenance {
  const key = rules.fold(name)
  const found = shape.visible.filter(column => column.key === key)
  if (found.length > 1) throw ambiguous(name)
  return found[0]?.provenance ?? failColumn(undefined, name)
}

/** One column stands for all that the server may find there. */
function opaqueColumns(item: Item): readonly NamedColumn[] {
  return item.opaque === undefined ? [] : [{ name: SPREAD, key: SPREAD, provenance: item.opaque }]
}

/** What the columns of such an item come from: at least from what the function was given. */
export function opaque(given: Provenance): Provenance {
  return unknown('it comes from a function whose columns are not known', [given])
}

function failColumn(item: Item | undefined, name: string): never {
  throw unknownColumn(name, item?.name)
}

function unknownColumn(name: string, of?: string): AnalysisStop {
  const owner = of === undefined ? '' : ` in ${quoted(of)}`
  return new AnalysisStop('unknown_column', `There is no column ${quoted(name)}${owner}. Check the name.`)
}

function ambiguous(name: string): AnalysisStop {
  return new AnalysisStop('ambiguous_name', `${quoted(name)} could mean more than one thing. Qualify it.`)
}
