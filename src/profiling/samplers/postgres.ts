import type { Catalog, CatalogColumn } from '../../model/catalog.js'
import type { LeftOut, Way } from '../report.js'
import {
  aliased,
  CELL,
  inTransaction,
  type ReadOptions,
  type RunSql,
  type SampledTable,
  type Sampler,
  takeFirst,
  takeRows,
} from '../sampler.js'
import { NOT_STORED, own, viewsOf } from './relations.js'

/** Pages that are looked at where nobody knows how many rows stand on one. */
const PAGES = 200
const FEWEST_PAGES = 16
const MOST_PAGES = 1_000

/** What the catalog does not say of tables, every value as text. */
const TABLES = `
select c.oid::text as id, c.relkind::text as kind, c.relispartition::text as partition,
  c.reltuples::pg_catalog.float8::text as tuples,
  c.relispopulated::text as filled, pg_catalog.has_schema_privilege(c.relnamespace, 'usage')::text as usable,
  (select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     and not pg_catalog.has_column_privilege(c.oid, a.attnum, 'select'))::text as closed
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

interface TableState {
  readonly partitioned: boolean
  readonly partition: boolean
  /** Rows as the last ANALYZE estimated them; below 1: unknown. */
  readonly tuples: number
  /** False for a materialized view that was never refreshed. */
  readonly filled: boolean
  readonly usable: boolean
  readonly closed: readonly string[]
}

/**
 * The first rows, and those of pages from all over the table (TABLESAMPLE SYSTEM). A partitioned table is
 * read as one table, through its parent; a table that others inherit from without them.
 */
export function postgresSampler(): Sampler {
  const states = new Map<number, TableState>()
  return {
    async walk(lend, catalog) {
      const rows = await lend(run => run(TABLES))
      for (const row of rows) states.set(Number(row['id']), stateOf(row))
      return walked(catalog, states)
    },
    async read(run, { relation, columns }, options, take) {
      const { id = 0 } = relation
      const state = states.get(id)
      const from = `${state?.partitioned ? '' : 'only '}${quoted(relation.schema)}.${quoted(relation.name)} t`
      return inTransaction(run, opening(options), () =>
        sampled(run, { columns, from, id, state }, options, take),
      )
    },
  }
}

function stateOf(row: Readonly<Record<string, unknown>>): TableState {
  return {
    partitioned: row['kind'] === 'p',
    partition: row['partition'] === 'true',
    tuples: Number(row['tuples']),
    filled: row['filled'] === 'true',
    usable: row['usable'] === 'true',
    closed: typeof row['closed'] === 'string' ? JSON.parse(row['closed']) : [],
  }
}

function walked(catalog: Catalog, states: ReadonlyMap<number, TableState>) {
  const tables: SampledTable[] = []
  const unread: LeftOut[] = []
  for (const relation of own(catalog)) {
    if (relation.kind !== 'table' && relation.kind !== 'materialized-view') continue
    const state = states.get(relation.id ?? 0)
    if (state?.partition || state?.filled === false) continue
    const { schema, name } = relation
    const closed = new Set(
      state?.usable === false ? relation.columns.map(column => column.name) : state?.closed,
    )
    const columns = relation.columns.filter(column => !closed.has(column.name))
    if (columns.length > 0) tables.push({ relation, columns })
    if (closed.size > 0)
      unread.push({
        schema,
        relation: name,
        ...(columns.length === 0 ? {} : { columns: [...closed] }),
        why: 'may not be read',
      })
  }
  return { tables, unread, skipped: viewsOf(catalog, NOT_STORED) }
}

/**
 * Read only; waits for no lock beyond a moment, so that nobody waits behind; sees the rows or an error, never
 * the part that row security leaves.
 */
function opening({ timeoutMs }: ReadOptions): string {
  const lockMs = Math.min(timeoutMs, 1_000)
  return `begin transaction read only; set local statement_timeout = ${timeoutMs}; set local lock_timeout = ${lockMs}; set local row_security = off; set local search_path = ''; set local bytea_output = hex`
}

interface Target {
  readonly columns: readonly CatalogColumn[]
  readonly from: string
  readonly id: number
  readonly state: TableState | undefined
}

async function sampled(
  run: RunSql,
  { columns, from, id, state }: Target,
  { rows }: ReadOptions,
  take: (cells: readonly unknown[]) => void,
): Promise<Way> {
  const shown = aliased(columns.map(cellOf))
  const names = columns.map(({ name }) => `t.${quoted(name)}`).join(', ')
  const first = await run(`select ${shown} from ${from} limit ${rows}`)
  const more = takeFirst(first, rows, columns.length, take)
  if (more === 0) return 'whole'
  const percent = await share(run, id, more, state)
  // The order is that of a hash, the same at every run; the cells are cut after the rows are chosen.
  const others = await run(`select ${shown} from (
    select ${names} from ${from} tablesample system (${percent}) repeatable (0)
    order by pg_catalog.hashtext(t.tableoid::pg_catalog.text || t.ctid::pg_catalog.text) limit ${more} offset 0) t`)
  takeRows(others, columns.length, take)
  return 'pages'
}

/** Per cent of the table's pages that are to be looked at. */
async function share(run: RunSql, id: number, rows: number, state: TableState | undefined): Promise<string> {
  const tree = state?.partitioned
    ? `select relid from pg_catalog.pg_partition_tree(${id}) where isleaf`
    : `select ${id}::pg_catalog.oid as relid`
  const [size] = await run(
    `select (pg_catalog.sum(pg_catalog.pg_relation_size(relid)) / pg_catalog.current_setting('block_size')::pg_catalog.int8)::pg_catalog.float8::text as pages from (${tree}) x`,
  )
  const pages = Math.max(1, Number(size?.['pages'] ?? 1))
  const tuples = state?.tuples ?? 0
  const wanted = tuples >= 1 ? Math.ceil((1.5 * rows * pages) / tuples) : PAGES
  const percent = (100 * Math.min(Math.max(wanted, FEWEST_PAGES), MOST_PAGES)) / pages
  return Math.min(100, percent).toFixed(6)
}

/** `format` writes a value as the server sends it, and so runs no cast that somebody made. */
function cellOf({ name, type }: CatalogColumn): string {
  const column = `t.${quoted(name)}`
  if (type === 'bytea') return `pg_catalog.substring(${column}, 1, ${CELL})`
  const text =
    type === 'text' || type === 'character varying'
      ? `${column}::pg_catalog.text`
      : `pg_catalog.format('%s', ${column})`
  return `pg_catalog.substr(${text}, 1, ${CELL})`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
