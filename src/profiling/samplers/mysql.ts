import type { Catalog, CatalogColumn, CatalogRelation } from '../../model/catalog.js'
import type { LeftOut } from '../report.js'
import {
  aliased,
  CELL,
  inTransaction,
  type ReadOptions,
  type RunSql,
  type SampledTable,
  type Sampler,
} from '../sampler.js'
import { NOT_STORED, own, viewsOf } from './relations.js'
import { type Readable, readStretches } from './stretches.js'

const BYTES = /^(binary|varbinary|tinyblob|blob|mediumblob|longblob)$/
const WHOLE = /^(tinyint|smallint|mediumint|int|bigint)$/
/** Cannot be told as text, and cannot hold a number. */
const SHAPES =
  /^(geometry|point|linestring|polygon|multipoint|multilinestring|multipolygon|geometrycollection|geomcollection|vector|bit)$/

/** The first rows, and stretches from all over a whole-number key, or the last by another key. */
export function mysqlSampler(): Sampler {
  return {
    async walk(_lend, catalog) {
      return walked(catalog)
    },
    async read(run, table, options, take) {
      await limit(run, options)
      return inTransaction(run, 'start transaction read only', () =>
        readStretches(run, readable(table), options, take),
      )
    },
  }
}

/** Of the database that the address names, or of all that the account sees where it names none. */
function walked(catalog: Catalog) {
  const [database] = catalog.searchPath
  const relations = own(catalog).filter(({ schema }) => database === undefined || schema === database)
  const here = { ...catalog, relations }
  const tables: SampledTable[] = []
  const unread: LeftOut[] = []
  for (const relation of relations.filter(({ kind }) => kind === 'table')) {
    const told = relation.columns.filter(({ type }) => !SHAPES.test(type))
    const unseen = told.filter(({ type }) => type === '').map(({ name }) => name)
    const columns = told.filter(({ type }) => type !== '')
    if (columns.length > 0) tables.push({ relation, columns })
    if (unseen.length > 0)
      unread.push({
        schema: relation.schema,
        relation: relation.name,
        columns: unseen,
        why: 'may not be read',
      })
  }
  return { tables, unread, skipped: viewsOf(here, NOT_STORED) }
}

/** Each server knows one of the two. */
async function limit(run: RunSql, { timeoutMs }: ReadOptions): Promise<void> {
  await run("set session sql_mode = '', lock_wait_timeout = 1")
  await run(`set session max_statement_time = ${timeoutMs / 1_000}`).catch(() =>
    run(`set session max_execution_time = ${timeoutMs}`),
  )
}

function readable({ relation, columns }: SampledTable): Readable {
  const from = `${quoted(relation.schema)}.${quoted(relation.name)}`
  const number = numberKey(relation)
  return {
    from,
    shown: `select ${aliased(columns.map(cellOf))} from ${from}`,
    columns: columns.length,
    number: number === undefined ? undefined : quoted(number),
    text: 'char',
    key: relation.keys[0],
    quoted,
    together: selects => [selects.map(each => `(${each})`).join(' union all ')],
  }
}

function numberKey({ columns, keys }: CatalogRelation): string | undefined {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  return keys.find(([name, more]) => more === undefined && WHOLE.test(types.get(name ?? '') ?? ''))?.[0]
}

function cellOf({ name, type }: CatalogColumn): string {
  const column = quoted(name)
  return BYTES.test(type) ? `substring(${column}, 1, ${CELL})` : `left(cast(${column} as char), ${CELL})`
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
