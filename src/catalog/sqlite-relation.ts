import type { CatalogColumn, CatalogRelation } from '../model/catalog.js'
import { type ColumnText, columnTexts, foldName, replacesRows, virtualTable } from './sqlite-table-text.js'

export interface ColumnRow {
  readonly name: string
  readonly type: string | null
  /** 1: NOT NULL. */
  readonly strict: number
  /** Place in the primary key, from 1; 0: none. */
  readonly pk: number
  /** 1: hidden, 2 and 3: generated. */
  readonly hidden: number
}

export interface IndexRow {
  readonly index: string
  readonly origin: string
  readonly name: string | null
  readonly collation: string
}

export interface SchemaRow {
  readonly type: string
  readonly name: string
  readonly on: string
  readonly sql: string | null
}

export interface RelationParts {
  readonly schema: string
  readonly name: string
  readonly type: string
  readonly withoutRowid: boolean
  readonly columns: readonly ColumnRow[]
  readonly indexes: readonly IndexRow[]
  readonly sql: string | null
  readonly reacts: boolean
  /** Both by folded name, in the same schema. */
  readonly isView: (name: string) => boolean
  readonly numberedBy: (table: string) => string | undefined
}

const ROW_NUMBERS = ['rowid', 'oid', '_rowid_']

/** Virtual tables whose columns are all there is to them. Others show files, pages or other tables. */
const FULL_TEXT: ReadonlySet<string> = new Set(['fts3', 'fts4', 'fts5'])
const MODULES: ReadonlySet<string> = new Set([...FULL_TEXT, 'rtree', 'rtree_i32', 'geopoly'])

export function toRelation(parts: RelationParts): CatalogRelation {
  if (parts.type === 'view') return viewOf(parts)
  return parts.type === 'virtual' ? virtualOf(parts) : tableOf(parts)
}

function viewOf(parts: RelationParts): CatalogRelation {
  return {
    ...base(parts),
    kind: 'view',
    columns: parts.columns.map(row => column(row, false)),
    keys: [],
    ...(parts.sql === null ? {} : { definition: parts.sql }),
  }
}

function base({ schema, name, reacts }: RelationParts) {
  return { schema, name, hasTriggersOrRules: reacts, system: foldName(name).startsWith('sqlite_') }
}

function tableOf(parts: RelationParts): CatalogRelation {
  const { columns, withoutRowid, sql } = parts
  const texts = columnTexts(sql ?? '')
  const rowNumber = rowNumberOf(parts)
  const neverNull = ({ name, strict, pk }: ColumnRow): boolean =>
    strict === 1 || name === rowNumber || (withoutRowid && pk > 0)
  return {
    ...base(parts),
    kind: 'table',
    columns: columns.map(row => generated(column(row, neverNull(row)), row, columns, texts, rowNumber)),
    keys: [...(rowNumber === undefined ? [] : [[rowNumber]]), ...keysOf(parts.indexes, texts)],
    ...(withoutRowid ? { rowNumber: null } : rowNumber === undefined ? {} : { rowNumber }),
    hasTriggersOrRules: parts.reacts || replacesRows(sql ?? ''),
  }
}

function column({ name, type, hidden }: ColumnRow, neverNull: boolean): CatalogColumn {
  return {
    name,
    type: (type ?? '').toLowerCase(),
    nullable: !neverNull,
    labels: [],
    ...(hidden === 1 ? { hidden: true } : {}),
  }
}

/** The sole column of a primary key that is called INTEGER and needs no index is the row number. */
export function rowNumberOf({
  columns,
  indexes,
  withoutRowid,
}: Pick<RelationParts, 'columns' | 'indexes' | 'withoutRowid'>): string | undefined {
  const [key, second] = columns.filter(({ pk }) => pk > 0)
  if (withoutRowid || key === undefined || second !== undefined) return undefined
  const hasIndex = indexes.some(({ origin }) => origin === 'pk')
  return !hasIndex && foldName(key.type ?? '') === 'integer' ? key.name : undefined
}

/** A key holds a value once only where both the index and the column compare byte by byte. */
function keysOf(
  indexes: readonly IndexRow[],
  texts: ReadonlyMap<string, ColumnText>,
): readonly (readonly string[])[] {
  const names = [...new Set(indexes.map(({ index }) => index))]
  return names.flatMap(name => {
    const rows = indexes.filter(({ index }) => index === name)
    const plain = rows.flatMap(row => {
      if (row.name === null || foldName(row.collation) !== 'binary') return []
      const own = texts.get(foldName(row.name))?.collation ?? 'binary'
      return own === 'binary' ? [row.name] : []
    })
    return plain.length === rows.length ? [plain] : []
  })
}

/** A generated column may be made of others that are generated: what counts is what those are made of. */
function generated(
  made: CatalogColumn,
  row: ColumnRow,
  columns: readonly ColumnRow[],
  texts: ReadonlyMap<string, ColumnText>,
  rowNumber: string | undefined,
): CatalogColumn {
  if (row.hidden < 2) return made
  const seen = new Set<string>()
  const sources = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const words = texts.get(foldName(name))?.words
    for (const other of columns) {
      // Without its text, a column could be made of any.
      if (other.name === name || (words !== undefined && !words.has(foldName(other.name)))) continue
      if (other.hidden < 2) sources.add(other.name)
      else visit(other.name)
    }
    if (rowNumber !== undefined && ROW_NUMBERS.some(each => words?.has(each))) sources.add(rowNumber)
  }
  visit(row.name)
  return { ...made, generatedFrom: [...sources] }
}

export function pragmaTable(name: string, columns: readonly ColumnRow[]): CatalogRelation {
  return {
    schema: 'main',
    name,
    kind: 'other',
    columns: columns.map(row => column(row, false)),
    keys: [],
    hasTriggersOrRules: false,
    system: true,
  }
}

/** Hidden columns of a full-text table stand for all of its text, its row numbers for those of what it draws on. */
function virtualOf(parts: RelationParts): CatalogRelation {
  const { module, options } = virtualTable(parts.sql ?? '')
  const content = (FULL_TEXT.has(module) ? options.get('content') : undefined) ?? ''
  // As a view without a definition it cannot be resolved, and is refused.
  if (!MODULES.has(module) || parts.isView(content))
    return { ...base(parts), kind: 'view', columns: [], keys: [] }
  const made = parts.columns.map(row => column(row, false))
  const number = content === '' ? undefined : (options.get('content_rowid') ?? parts.numberedBy(content))
  const numbers = number === undefined ? [] : [number]
  const shown = made.filter(({ hidden }) => hidden !== true).map(({ name }) => name)
  return {
    ...base(parts),
    kind: 'other',
    columns: [
      ...made.map(each => (each.hidden === true ? { ...each, generatedFrom: [...shown, ...numbers] } : each)),
      ...numbers.map(numbered),
    ],
    keys: [],
    ...(content === '' ? {} : { parents: [{ schema: parts.schema, relation: content }] }),
    ...(number === undefined ? {} : { rowNumber: 'rowid' }),
  }
}

/** The labels are those of the column that numbers the rows of the table behind it. */
function numbered(column: string): CatalogColumn {
  return {
    name: 'rowid',
    type: 'integer',
    nullable: false,
    labels: [],
    hidden: true,
    generatedFrom: [column],
  }
}
