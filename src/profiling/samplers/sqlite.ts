import type { Catalog, CatalogColumn, CatalogRelation } from '../../model/catalog.js'
import { aliased, CELL, type SampledTable, type Sampler } from '../sampler.js'
import { NOT_STORED, own, viewsOf } from './relations.js'
import { type Readable, readStretches } from './stretches.js'

/** The first rows, and stretches from all over the row numbers, or the last by the primary key. */
export function sqliteSampler(): Sampler {
  return {
    async walk(_lend, catalog) {
      return walked(catalog)
    },
    read: (run, table, options, take) => readStretches(run, readable(table), options, take),
  }
}

function walked(catalog: Catalog) {
  const relations = own(catalog)
  const tables = relations
    // Full-text tables and the like are `other`.
    .filter(({ kind }) => kind === 'table' || kind === 'other')
    // Those of a virtual table are for asking it something.
    .map(relation => ({ relation, columns: relation.columns.filter(({ hidden }) => hidden !== true) }))
    .filter(({ columns }) => columns.length > 0)
  return { tables, unread: [], skipped: viewsOf(catalog, { view: NOT_STORED.view }) }
}

function readable({ relation, columns }: SampledTable): Readable {
  const from = `${quoted(relation.schema)}.${quoted(relation.name)}`
  return {
    from,
    shown: `select ${aliased(columns.map(cellOf))} from ${from}`,
    columns: columns.length,
    number: rowNumber(relation),
    text: 'text',
    key: relation.primaryKey ?? relation.keys[0],
    quoted,
    together: selects => selects,
  }
}

/** A name of the row number that no column has taken; undefined where rows have none. */
function rowNumber({ rowNumber, columns }: CatalogRelation): string | undefined {
  if (rowNumber === null) return undefined
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
  return ['rowid', '_rowid_', 'oid'].find(name => !taken.has(name))
}

/** Types stand with the values. A real number is written with all of its digits, of which a cast drops some. */
function cellOf({ name }: CatalogColumn): string {
  const column = quoted(name)
  return `case typeof(${column}) when 'blob' then substr(${column}, 1, ${CELL}) when 'real' then printf('%!.17g', ${column}) else substr(cast(${column} as text), 1, ${CELL}) end`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
