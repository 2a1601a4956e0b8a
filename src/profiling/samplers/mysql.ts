import type { Catalog, CatalogColumn, CatalogRelation } from '../../model/catalog.js'
import type { LeftOut, Way } from '../report.js'
import {
  aliased,
  CELL,
  type ReadOptions,
  type RunSql,
  type SampledTable,
  type Sampler,
  takeFirst,
  takeRows,
} from '../sampler.js'
import { NOT_STORED, own, viewsOf } from './relations.js'
import { beginnings, perStretch, wholeNumber } from './stretches.js'

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
    async read(run, { relation, columns }, options, take) {
      await limit(run, options)
      await run('start transaction read only')
      try {
        const way = await sampled(run, relation, columns, options, take)
        await run('commit')
        return way
      } catch (error) {
        await run('rollback').catch(() => {})
        throw error
      }
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
  const key = numberKey(relation)
  if (key !== undefined) {
    const name = quoted(key)
    const [ends] = await run(
      `select cast(min(${name}) as char) as low, cast(max(${name}) as char) as high from ${from}`,
    )
    const [low, high] = [wholeNumber(ends?.['low']), wholeNumber(ends?.['high'])]
    if (low !== undefined && high !== undefined) {
      const count = perStretch(more)
      const parts = beginnings(low, high).map(
        at => `(${shown} where ${name} >= ${at} order by ${name} limit ${count})`,
      )
      takeRows(await run(parts.join(' union all ')), columns.length, take)
      return 'key'
    }
  }
  const order = relation.keys[0]?.map(name => `${quoted(name)} desc`).join(', ')
  if (order === undefined) return 'first'
  takeRows(await run(`${shown} order by ${order} limit ${more}`), columns.length, take)
  return 'ends'
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
