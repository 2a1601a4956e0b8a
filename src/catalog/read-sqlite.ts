import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Catalog, CatalogRelation } from '../model/catalog.js'
import type { CatalogQuery } from './live-catalog.js'
import {
  CASCADES,
  DATABASES,
  OTHER_COLUMNS,
  PRAGMA_TABLES,
  RELATIONS,
  schemaRows,
  schemaVersion,
  TABLE_COLUMNS,
  UNIQUE_INDEXES,
} from './sqlite-queries.js'
import { type ColumnRow, pragmaTable, rowNumberOf, type SchemaRow, toRelation } from './sqlite-relation.js'
import { foldName } from './sqlite-table-text.js'

/** What the databases of a connection say of themselves: compare `digest` to learn whether to read again. */
export interface SqliteState {
  readonly digest: string
  /** In the order in which names are looked up. */
  readonly databases: readonly string[]
}

const NUMBER = z.union([z.number(), z.bigint()]).transform(Number)
const DATABASE_ROW = z.object({ seq: NUMBER, name: z.string(), file: z.string().nullable() })
const VERSION_ROW = z.object({ schema_version: NUMBER })
const SCHEMA_ROW = z.object({
  type: z.string(),
  name: z.string(),
  on: z.string(),
  sql: z.string().nullable(),
})
const RELATION_ROW = z.object({ schema: z.string(), name: z.string(), type: z.string(), wr: NUMBER })
const COLUMN_ROW = z.object({
  name: z.string(),
  type: z.string().nullable(),
  strict: NUMBER,
  pk: NUMBER,
  hidden: NUMBER,
})
const OWNED = { schema: z.string(), relation: z.string() }
const TABLE_COLUMN_ROW = COLUMN_ROW.extend(OWNED)
const INDEX_ROW = z.object({
  ...OWNED,
  index: z.string(),
  origin: z.string(),
  /** Null for an expression. */
  name: z.string().nullable(),
  collation: z.string(),
})
const CASCADE_ROW = z.object({ schema: z.string(), parent: z.string() })

export async function readSqliteState(query: CatalogQuery): Promise<SqliteState> {
  const databases = z.array(DATABASE_ROW).parse(await query(DATABASES, []))
  const hash = createHash('sha256')
  const names: string[] = []
  for (const { name, file } of databases) {
    // Another database can be attached under the same name, with a version number that happens to be the same.
    const rows = name === 'main' ? [] : await schemaOf(query, name)
    // There is a temporary schema, empty, as soon as anybody looks.
    if (name === 'temp' && rows.length === 0) continue
    const version = z
      .array(VERSION_ROW)
      .length(1)
      .parse(await query(schemaVersion(name), []))
    hash.update(JSON.stringify([name, file, version, rows]))
    names.push(name)
  }
  return { digest: hash.digest('hex'), databases: ['temp', ...names.filter(name => name !== 'temp')] }
}

/** Schema without labels. Throws whatever the query throws, and ZodError for rows of another shape. */
export async function readSqliteContent(
  query: CatalogQuery,
  { databases }: SqliteState,
): Promise<Omit<Catalog, 'version'>> {
  const rows = z.array(RELATION_ROW).parse(await query(RELATIONS, []))
  const columns = grouped(z.array(TABLE_COLUMN_ROW).parse(await query(TABLE_COLUMNS, [])))
  const indexes = grouped(z.array(INDEX_ROW).parse(await query(UNIQUE_INDEXES, [])))
  const cascades = z.array(CASCADE_ROW).parse(await query(CASCADES, []))
  const schemas = new Map<string, readonly SchemaRow[]>()
  for (const name of databases) schemas.set(name, await schemaOf(query, name))
  const reacting = reactingTables(schemas, cascades)
  const numbers = new Map(
    rows.flatMap(({ schema, name, wr }) => {
      const key = relationKey(schema, name)
      const own = { columns: columns.get(key) ?? [], indexes: indexes.get(key) ?? [], withoutRowid: wr === 1 }
      const number = rowNumberOf(own)
      return number === undefined ? [] : [[key, number] as const]
    }),
  )
  const relations: CatalogRelation[] = []
  for (const { schema, name, type, wr } of rows) {
    const own = schemas.get(schema) ?? []
    const key = relationKey(schema, name)
    relations.push(
      toRelation({
        schema,
        name,
        type,
        withoutRowid: wr === 1,
        columns: type === 'table' ? (columns.get(key) ?? []) : await otherColumns(query, schema, name),
        indexes: indexes.get(key) ?? [],
        sql: own.find(row => isRelation(row) && foldName(row.name) === foldName(name))?.sql ?? null,
        reacts: reacting.has(key) || reacting.has(relationKey('*', name)),
        numberedBy: table => numbers.get(relationKey(schema, table)),
        isView: other => own.some(row => row.type === 'view' && foldName(row.name) === other),
      }),
    )
  }
  for (const name of PRAGMA_TABLES) {
    relations.push(pragmaTable(name, await otherColumns(query, 'main', name)))
  }
  return {
    dialect: 'sqlite',
    foldsNames: true,
    searchPath: databases,
    relations: [...relations, ...olderNames(relations)],
    routines: [],
  }
}

async function schemaOf(query: CatalogQuery, database: string): Promise<readonly SchemaRow[]> {
  return z.array(SCHEMA_ROW).parse(await query(schemaRows(database), []))
}

function isRelation({ type }: SchemaRow): boolean {
  return type === 'table' || type === 'view'
}

/** None where the relation is broken: a view of a table that is gone, a module that is not loaded. */
async function otherColumns(
  query: CatalogQuery,
  schema: string,
  name: string,
): Promise<readonly ColumnRow[]> {
  const rows = await query(OTHER_COLUMNS, [name, schema]).catch(() => [])
  return z.array(COLUMN_ROW).parse(rows)
}

/** Those with triggers, and those whose rows others refer to with an action. A temporary trigger may stand on any. */
function reactingTables(
  schemas: ReadonlyMap<string, readonly SchemaRow[]>,
  cascades: readonly { readonly schema: string; readonly parent: string }[],
): ReadonlySet<string> {
  const found = cascades.map(({ schema, parent }) => relationKey(schema, parent))
  for (const [schema, rows] of schemas) {
    const triggers = rows.filter(({ type }) => type === 'trigger')
    found.push(...triggers.map(({ on }) => relationKey(schema === 'temp' ? '*' : schema, on)))
  }
  return new Set(found)
}

/** `sqlite_master` is the same table as `sqlite_schema`. */
function olderNames(relations: readonly CatalogRelation[]): readonly CatalogRelation[] {
  return relations
    .filter(({ name }) => name === 'sqlite_schema' || name === 'sqlite_temp_schema')
    .map(relation => ({ ...relation, name: relation.name.replace('schema', 'master') }))
}

function grouped<Row extends { readonly schema: string; readonly relation: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>()
  for (const row of rows) {
    const key = relationKey(row.schema, row.relation)
    const known = found.get(key)
    if (known === undefined) found.set(key, [row])
    else known.push(row)
  }
  return found
}

function relationKey(schema: string, name: string): string {
  return JSON.stringify([foldName(schema), foldName(name)])
}
