/**
 * From a write to a read that shows what the write would change, for the people who are asked to approve it.
 * The read is submitted like any other, under the same principal's policy and masks; it may be refused. What
 * is not surely understood has no preview.
 */
import type { Catalog, CatalogColumn, CatalogRelation } from '../../model/catalog.js'
import type { AnalyzedFacts } from '../../model/facts.js'
import { type Piece, piecesOf } from './pieces.js'
import { readWrite, type SetPart, type WriteParts } from './read-write.js'
import { quotedName, shownColumn } from './shown-value.js'

/** Rows of a preview that are shown; the count is of all. */
export const SAMPLES = 5
/** Columns that a DELETE shows. */
const DELETE_COLUMNS = 8
/** Begins the names of the columns of the read; a statement that holds it has no preview. */
const ALIAS = 'cardea_preview'

/** Give another value each time, or tell of the statement before: what the read finds is not what the write will do. */
const UNSTEADY = new Set([
  ...['random', 'random_normal', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'rand', 'random_bytes', 'randomblob'],
  ...['uuid', 'uuid_short', 'sys_guid', 'encrypt', 'row_count', 'found_rows', 'last_insert_id'],
  ...['changes', 'total_changes', 'last_insert_rowid'],
])

/** One read, and how to make a `Preview` of its result: see `readPreview`. */
export interface PreviewPlan {
  /** A single SELECT in the statement's own dialect, parameters as the driver takes them. */
  readonly statement: string
  /** For each parameter of the read, in order, which binding of the write it is given. From 0. */
  readonly bindings: readonly number[]
  /** Columns shown: those of the key, then those that are written; of a DELETE, whatever carries no label. */
  readonly columns: readonly string[]
  /** For each column, the positions in the result of its value before and after. A DELETE has none after. */
  readonly positions: readonly { readonly before: number; readonly after: number | null }[]
  /** Columns left out: protected by a label, set to DEFAULT, or of a type whose new value cannot be foretold. */
  readonly withheld: readonly string[]
}

/**
 * The read that shows what an UPDATE or DELETE would touch: how many rows, and of the first five the key, the
 * old values and the new. Null for what is not a plain write of one table: with CTEs, FROM, USING, joins,
 * RETURNING, ORDER BY, LIMIT, row assignments; on a view, or a table with triggers, rules or cascades; with
 * functions that are not reviewed, or that give another value each time. The clock is that of the read.
 *
 * New values are what the statement computes. A length or precision of the column, and on MySQL and SQLite its
 * type, come on top when the value is stored: `11.605` becomes `11.61` in a `numeric(10,2)`, and `1.6` becomes
 * `2` in an `int` of MySQL.
 *
 * @param statement the text of which `facts` are.
 * @example
 * previewOf('update payments set status = $1 where id = $2', facts, catalog)
 * // select count(*) over () as …, cast("id" as text) as …, cast("status" as text) as …, … from payments where id = $2 limit 5
 */
export function previewOf(statement: string, facts: AnalyzedFacts, catalog: Catalog): PreviewPlan | null {
  const relation = writtenTable(facts, catalog)
  if (relation === null || statement.toLowerCase().includes(ALIAS)) return null
  const parts = partsOf(statement, facts)
  if (parts === null || parts.kind !== facts.kind || !isNamed(parts, relation, catalog)) return null
  const columns = parts.kind === 'update' ? updated(parts, relation, catalog) : deleted(relation, catalog)
  return columns === null ? null : written(statement, parts, columns, catalog.dialect)
}

/** The one table that is written, where nothing else is changed, on the way or by itself. */
function writtenTable(facts: AnalyzedFacts, catalog: Catalog): CatalogRelation | null {
  const [effect, ...others] = facts.effects
  const writes = facts.relations.filter(use => use.access === 'write')
  if (effect?.target === undefined || others.length > 0 || writes.length !== 1) return null
  if (facts.output.length > 0 || facts.locks.length > 0) return null
  if (facts.functions.some(use => use.standing !== 'listed' || UNSTEADY.has(use.name))) return null
  const { schema, relation } = effect.target
  const found = catalog.relations.find(each => each.schema === schema && each.name === relation)
  const isPlain = found?.kind === 'table' && !found.system && !found.hasTriggersOrRules
  return isPlain ? found : null
}

function partsOf(statement: string, { dialect }: AnalyzedFacts): WriteParts | null {
  try {
    return readWrite(piecesOf(statement, dialect))
  } catch {
    return null
  }
}

/** Modifiers look like names: what stands there must be the table that analysis found. */
function isNamed({ table }: WriteParts, { name }: CatalogRelation, { dialect }: Catalog): boolean {
  return dialect === 'postgres' ? table.text === name : table.text.toLowerCase() === name.toLowerCase()
}

/** A column of the preview, in SQL that still holds the pieces of the statement. */
interface Shown {
  readonly name: string
  readonly before: string
  /** Absent: as before. Null: the row is gone. */
  readonly after?: { readonly value: readonly Piece[]; around(value: string): string } | null
}

interface Columns {
  readonly shown: readonly Shown[]
  readonly withheld: readonly string[]
}

function updated({ sets }: WriteParts, relation: CatalogRelation, catalog: Catalog): Columns | null {
  const shown: Shown[] = []
  const withheld: string[] = []
  const assigned = new Set<string>()
  for (const set of sets) {
    const column = columnNamed(set.column, relation, catalog)
    if (column === undefined || assigned.has(column.name)) return null
    // MySQL assigns from left to right: what follows would see the new value.
    if (catalog.dialect === 'mysql' && names(set, relation, catalog).some(name => assigned.has(name)))
      return null
    assigned.add(column.name)
    const each = shownSet(set, column, relation, catalog)
    if (each === null) withheld.push(column.name)
    else shown.push(each)
  }
  const key = keyOf(relation).filter(column => !assigned.has(column.name))
  const keys = key.map(column => (isProtected(column) ? null : untouched(column, catalog)))
  withheld.push(...key.filter(isProtected).map(column => column.name))
  return { shown: [...keys.filter(column => column !== null), ...shown], withheld }
}

function shownSet(
  set: SetPart,
  column: CatalogColumn,
  relation: CatalogRelation,
  catalog: Catalog,
): Shown | null {
  if (isProtected(column) || set.value.some(piece => piece.kind === 'word' && piece.text === 'default'))
    return null
  const used = names(set, relation, catalog)
  if (relation.columns.some(each => isProtected(each) && used.includes(each.name))) return null
  const how = shownColumn(column, catalog)
  if (how === null) return null
  return { name: column.name, before: how.before, after: { value: set.value, around: how.after } }
}

function deleted(relation: CatalogRelation, catalog: Catalog): Columns {
  const key = keyOf(relation)
  const others = relation.columns.filter(column => !key.includes(column) && column.hidden !== true)
  const all = [...key, ...others]
  const shown = all
    .filter(column => !isProtected(column) && (key.includes(column) || !HEAVY.test(column.type)))
    .slice(0, DELETE_COLUMNS)
    .map(column => ({ ...untouched(column, catalog), after: null }))
  return { shown, withheld: all.filter(isProtected).map(column => column.name) }
}

/** Nothing that a person reads. */
const HEAVY = /blob|binary|bytea/

function untouched(column: CatalogColumn, catalog: Catalog): Shown {
  const name = quotedName(column.name, catalog.dialect)
  const asText = catalog.dialect === 'postgres' ? `cast(${name} as text)` : name
  return { name: column.name, before: shownColumn(column, catalog)?.before ?? asText }
}

function isProtected(column: CatalogColumn): boolean {
  return column.labels.length > 0
}

/** The columns that tell rows apart for a person: those of the primary key, else of the first unique one. */
function keyOf({ columns, keys, primaryKey }: CatalogRelation): readonly CatalogColumn[] {
  const key = primaryKey ?? keys[0] ?? []
  return columns.filter(column => key.includes(column.name))
}

function columnNamed(
  piece: Piece,
  relation: CatalogRelation,
  { dialect }: Catalog,
): CatalogColumn | undefined {
  // PostgreSQL alone tells names apart by case, once they are quoted.
  if (dialect === 'postgres') return relation.columns.find(column => column.name === piece.text)
  const wanted = piece.text.toLowerCase()
  return relation.columns.find(column => column.name.toLowerCase() === wanted)
}

/** Columns of the table that a value may speak of. */
function names({ value }: SetPart, relation: CatalogRelation, catalog: Catalog): readonly string[] {
  return value.flatMap(piece =>
    piece.kind === 'word' || piece.kind === 'name' ? (columnNamed(piece, relation, catalog)?.name ?? []) : [],
  )
}

/** Writes the read, and numbers its parameters anew. */
function written(
  statement: string,
  { target, condition }: WriteParts,
  { shown, withheld }: Columns,
  dialect: Catalog['dialect'],
): PreviewPlan {
  const bindings: number[] = []
  const text = (pieces: readonly Piece[]) => slice(statement, pieces, bindings, dialect)
  const list: string[] = ['count(*) over ()']
  const positions = shown.map(({ before, after }) => {
    const at = list.push(before) - 1
    if (after === null) return { before: at, after: null }
    return { before: at, after: after === undefined ? at : list.push(after.around(text(after.value))) - 1 }
  })
  const outputs = list.map((each, at) => `${each} as ${ALIAS}_${at}`).join(', ')
  const where = condition.length === 0 ? [] : [' where ', text(condition)]
  return {
    statement: `select ${outputs} from ${text(target)}${where.join('')} limit ${SAMPLES}`,
    bindings,
    columns: shown.map(column => column.name),
    positions,
    withheld,
  }
}

/** The text from the first piece to the last, as it stands but for the numbers of parameters. */
function slice(
  statement: string,
  pieces: readonly Piece[],
  bindings: number[],
  dialect: Catalog['dialect'],
): string {
  let at = pieces[0]?.start ?? 0
  let text = ''
  for (const { kind, binding, start, end } of pieces) {
    if (kind !== 'parameter' || binding === undefined) continue
    text += `${statement.slice(at, start)}${parameter(binding, bindings, dialect)}`
    at = end
  }
  return text + statement.slice(at, pieces[pieces.length - 1]?.end ?? at)
}

function parameter(binding: number, bindings: number[], dialect: Catalog['dialect']): string {
  if (dialect !== 'postgres') {
    bindings.push(binding)
    return '?'
  }
  const known = bindings.indexOf(binding)
  return `$${known < 0 ? bindings.push(binding) : known + 1}`
}
