import type { Catalog, CatalogColumn, CatalogRelation } from '../../model/catalog.js'
import type { Way } from '../report.js'
import {
  aliased,
  CELL,
  type ReadOptions,
  type RunSql,
  type Sampler,
  takeFirst,
  takeRows,
} from '../sampler.js'
import { NOT_STORED, own, viewsOf } from './relations.js'
import { beginnings, perStretch, wholeNumber } from './stretches.js'

/** The first rows, and stretches from all over the row numbers, or the last by the primary key. */
export function sqliteSampler(): Sampler {
  return {
    async walk(_lend, catalog) {
      return walked(catalog)
    },
    read: (run, { relation, columns }, options, take) => sampled(run, relation, columns, options, take),
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

async function sampled(
  run: RunSql,
  relation: CatalogRelation,
  columns: readonly CatalogColumn[],
  { rows }: ReadOptions,
  take: (cells: readonly unknown[]) => void,
): Promise<Way> {
  const from = `${quoted(relation.schema)}.${quoted(relation.name)}`
  const shown = `select ${aliased(columns.map(cellOf))} from ${from}`
  const first = await run(`${shown} limit ${rows}`)
  const more = takeFirst(first, rows, columns.length, take)
  if (more === 0) return 'whole'
  const number = rowNumber(relation)
  if (number !== undefined) {
    const [ends] = await run(
      `select cast(min(${number}) as text) as low, cast(max(${number}) as text) as high from ${from}`,
    )
    const [low, high] = [wholeNumber(ends?.['low']), wholeNumber(ends?.['high'])]
    if (low !== undefined && high !== undefined) {
      const count = perStretch(more)
      for (const at of beginnings(low, high)) {
        const stretch = await run(`${shown} where ${number} >= ${at} order by ${number} limit ${count}`)
        takeRows(stretch, columns.length, take)
      }
      return 'key'
    }
  }
  const order = (relation.primaryKey ?? relation.keys[0])?.map(name => `${quoted(name)} desc`).join(', ')
  if (order === undefined) return 'first'
  takeRows(await run(`${shown} order by ${order} limit ${more}`), columns.length, take)
  return 'ends'
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
