import { z } from 'zod'
import type {
  Catalog,
  CatalogColumn,
  CatalogRelation,
  CatalogRoutine,
  RelationKind,
} from '../model/catalog.js'
import type { CatalogQuery, SchemaState } from './live-catalog.js'
import {
  ACTIVE,
  COLUMNS,
  KEYS,
  RELATIONS,
  ROUTINES,
  STATE,
  VIEWS,
  VISIBLE_TRIGGERS,
} from './mysql-queries.js'

/** What STATE says beside the digest. */
export interface MysqlState extends SchemaState {
  /** Empty: no database is chosen, and every name needs its schema. */
  readonly database: string
  readonly foldsNames: boolean
}

const STATE_ROW = z.object({ database: z.string(), folding: z.enum(['0', '1', '2']), digest: z.string() })

const PLACE_ROW = z.object({ schema: z.string(), relation: z.string() })

const RELATION_ROW = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  engine: z.string(),
  system: z.enum(['true', 'false']),
})

const COLUMN_ROW = PLACE_ROW.extend({
  name: z.string(),
  type: z.string(),
  nullable: z.enum(['YES', 'NO']),
  extra: z.string().nullable(),
  expression: z.string().nullable(),
  default: z.string().nullable(),
})

const VIEW_ROW = z.object({ schema: z.string(), name: z.string(), definition: z.string().nullable() })

const KEY_ROW = PLACE_ROW.extend({
  name: z.string(),
  column: z.string().nullable(),
  whole: z.enum(['true', 'false']),
})

const ROUTINE_ROW = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  deterministic: z.string(),
  access: z.string(),
})

type RelationRow = z.output<typeof RELATION_ROW>
type ColumnRow = z.output<typeof COLUMN_ROW>

const KINDS: Readonly<Record<string, RelationKind>> = {
  'BASE TABLE': 'table',
  'SYSTEM VERSIONED': 'table',
  VIEW: 'view',
  'SYSTEM VIEW': 'view',
  SEQUENCE: 'sequence',
}

/** Engines that hold the rows themselves, and so keep a unique key unique. */
const KEEPING = new Set(['innodb', 'myisam', 'aria', 'memory', 'rocksdb', 'ndbcluster'])

export async function readMysqlState(query: CatalogQuery): Promise<MysqlState> {
  const rows = z
    .array(STATE_ROW)
    .length(1)
    .parse(await query(STATE, []))
  const [{ database, folding, digest } = { database: '', folding: '0', digest: '' }] = rows
  return {
    database,
    foldsNames: folding !== '0',
    digest: JSON.stringify([digest, database, folding]),
  }
}

/** Schema without labels. Throws whatever the query throws, and ZodError for rows of another shape. */
export async function readMysqlContent(
  query: CatalogQuery,
  { database, foldsNames }: MysqlState,
): Promise<Omit<Catalog, 'version'>> {
  const read = async <Row extends z.ZodType>(sql: string, row: Row) =>
    z.array(row).parse(await query(sql, []))
  const relations = await read(RELATIONS, RELATION_ROW)
  const columns = grouped(await read(COLUMNS, COLUMN_ROW))
  const views = await read(VIEWS, VIEW_ROW)
  const definitions = new Map(views.map(({ schema, name, definition }) => [place(schema, name), definition]))
  const keys = grouped(await read(KEYS, KEY_ROW))
  const active = new Set(
    (await read(ACTIVE, PLACE_ROW)).map(({ schema, relation }) => place(schema, relation)),
  )
  const visible = (await read(VISIBLE_TRIGGERS, PLACE_ROW)).map(shownPlace)
  const routines = await read(ROUTINES, ROUTINE_ROW)

  const toRelation = (row: RelationRow): CatalogRelation => {
    const at = place(row.schema, row.name)
    const own = columns.get(at) ?? []
    const definition = definitions.get(at)
    const shown = row.kind === 'VIEW' || visible.some(shows => shows(row.schema, row.name))
    const generated = own.find(column => column.extra?.includes('auto_increment'))
    return {
      schema: row.schema,
      name: row.schema === 'information_schema' ? row.name.toLowerCase() : row.name,
      kind: kindOf(row),
      columns: toColumns(own),
      keys: KEEPING.has(row.engine) ? wholeKeys(keys.get(at) ?? [], own) : [],
      ...(definition === undefined || definition === null || definition === '' ? {} : { definition }),
      ...(generated === undefined ? {} : { rowNumber: generated.name }),
      hasTriggersOrRules: active.has(at) || !(shown || row.system === 'true'),
      system: row.system === 'true',
    }
  }
  return {
    dialect: 'mysql',
    ...(foldsNames ? { foldsNames } : {}),
    searchPath: database === '' ? [] : [database],
    relations: relations.map(toRelation),
    routines: routines.map(toRoutine),
  }
}

function place(schema: string, relation: string): string {
  return JSON.stringify([schema, relation])
}

function grouped<Row extends { readonly schema: string; readonly relation: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const at = place(row.schema, row.relation)
    const known = groups.get(at)
    if (known === undefined) groups.set(at, [row])
    else known.push(row)
  }
  return groups
}

/** A MERGE table shows the rows of other tables and does not say which, as a view without its definition. */
function kindOf({ kind, engine }: RelationRow): RelationKind {
  return engine === 'mrg_myisam' ? 'view' : (KINDS[kind] ?? 'other')
}

/** A grant names a database by a pattern, and a table by its name. */
function shownPlace({ schema, relation }: z.output<typeof PLACE_ROW>) {
  const pattern = schema.replace(/\\?[\s\S]/g, part => {
    if (part === '%') return '[\\s\\S]*'
    if (part === '_') return '[\\s\\S]'
    return part.slice(-1).replace(/[^\w\s]/, '\\$&')
  })
  const matches = new RegExp(`^${pattern}$`, 'i')
  return (inSchema: string, name: string) => matches.test(inSchema) && (relation === '%' || relation === name)
}

function wholeKeys(
  rows: readonly z.output<typeof KEY_ROW>[],
  columns: readonly ColumnRow[],
): readonly (readonly string[])[] {
  const known = new Set(columns.map(column => column.name))
  const keys = new Map<string, (string | undefined)[]>()
  for (const { name, column, whole } of rows) {
    const usable = whole === 'true' && column !== null && known.has(column) ? column : undefined
    keys.set(name, [...(keys.get(name) ?? []), usable])
  }
  return [...keys.values()].filter((key): key is string[] => !key.includes(undefined))
}

/**
 * A generated column may be made of others that are generated themselves, and of such that the account
 * is not shown: those are listed as hidden, so that their labels reach it.
 */
function toColumns(rows: readonly ColumnRow[]): readonly CatalogColumn[] {
  const named = new Map(rows.map(row => [row.name, namesIn(expressionOf(row))]))
  const unseen = [...new Set([...named.values()].flat())].filter(name => !named.has(name))
  const shown = rows.map(({ name, type, nullable, extra }): CatalogColumn => {
    const from = reachable(name, named)
    return {
      name,
      type,
      nullable: nullable === 'YES',
      labels: [],
      ...(/\binvisible\b/.test(extra ?? '') ? { hidden: true } : {}),
      ...(from.length === 0 ? {} : { generatedFrom: from }),
    }
  })
  const others = unseen.map(
    (name): CatalogColumn => ({ name, type: '', nullable: true, labels: [], hidden: true }),
  )
  return [...shown, ...others]
}

/** A default that is computed from other columns makes a copy of them as a generated column does. */
function expressionOf({ expression, default: given }: ColumnRow): string {
  return `${expression ?? ''} ${given ?? ''}`
}

/** The engine writes every column name of an expression in backquotes, and nothing else. */
function namesIn(expression: string): readonly string[] {
  if (!expression.includes('`')) return []
  const withoutTexts = expression.replace(/'(?:[^'\\]|\\[\s\S]|'')*'/g, "''")
  return [...withoutTexts.matchAll(/`((?:[^`]|``)+)`/g)].map(match => (match[1] ?? '').replaceAll('``', '`'))
}

function reachable(name: string, named: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = new Set<string>()
  const visit = (at: string) => {
    for (const source of named.get(at) ?? []) {
      if (source === name || found.has(source)) continue
      found.add(source)
      visit(source)
    }
  }
  visit(name)
  return [...found].sort()
}

function toRoutine({
  schema,
  name,
  kind,
  deterministic,
  access,
}: z.output<typeof ROUTINE_ROW>): CatalogRoutine {
  const pure = deterministic === 'YES' && (access === 'NO SQL' || access === 'CONTAINS SQL')
  return {
    schema,
    name: name.toLowerCase(),
    kind: kind === 'function' ? 'function' : 'procedure',
    volatility: pure ? 'immutable' : 'volatile',
  }
}
