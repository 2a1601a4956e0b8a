import { z } from 'zod'
import type { Catalog, CatalogRelation, CatalogRoutine, CatalogType, RelationKind } from '../model/catalog.js'
import type { CatalogQuery } from './live-catalog.js'
import { KEYS, RELATIONS, ROUTINES, STATE, TYPES } from './postgres-queries.js'

/** What STATE says: compare `digest` to learn whether to read again. */
export interface PostgresState {
  readonly digest: string
  readonly searchPath: readonly string[]
}

const NAMES = json(z.array(z.string()))

const STATE_ROW = z.object({ digest: z.string(), path: NAMES })

const RELATION_ROW = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  id: z.string().transform(Number),
  system: z.enum(['true', 'false']),
  triggers: z.enum(['true', 'false']),
  columns: json(
    z.array(z.tuple([z.string(), z.string(), z.boolean(), z.array(z.string()).nullable()])),
  ).nullable(),
  parents: json(z.array(z.tuple([z.string(), z.string()]))).nullable(),
  definition: z.string().nullable(),
})

const KEY_ROW = z.object({
  id: z.string().transform(Number),
  primary: z.enum(['true', 'false']),
  columns: NAMES,
})

const ROUTINE_ROW = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  volatility: z.string(),
  hidden: z.enum(['true', 'false']),
  arguments: json(z.array(z.enum(['own-type', 'text', 'other']))).nullable(),
})

const TYPE_ROW = z.object({
  schema: z.string(),
  name: z.string(),
  fields: json(z.array(z.tuple([z.string(), z.string()]))).nullable(),
})

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
  S: 'sequence',
}

const ROUTINE_KINDS: Readonly<Record<string, CatalogRoutine['kind']>> = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window',
  operator: 'operator',
}

export async function readPostgresState(query: CatalogQuery): Promise<PostgresState> {
  const [row] = z
    .array(STATE_ROW)
    .length(1)
    .parse(await query(STATE, []))
  return { digest: `${row?.digest}:${JSON.stringify(row?.path)}`, searchPath: row?.path ?? [] }
}

/** Schema without labels. Throws whatever the query throws, and ZodError for rows of another shape. */
export async function readPostgresContent(
  query: CatalogQuery,
  searchPath: readonly string[],
): Promise<Omit<Catalog, 'version'>> {
  const relationRows = z.array(RELATION_ROW).parse(await query(RELATIONS, []))
  const keyRows = z.array(KEY_ROW).parse(await query(KEYS, []))
  const routineRows = z.array(ROUTINE_ROW).parse(await query(ROUTINES, []))
  const typeRows = z.array(TYPE_ROW).parse(await query(TYPES, []))
  const keys = new Map<number, (readonly string[])[]>()
  const primary = new Map<number, readonly string[]>()
  for (const { id, columns, primary: isPrimary } of keyRows) {
    keys.set(id, [...(keys.get(id) ?? []), columns])
    if (isPrimary === 'true') primary.set(id, columns)
  }
  return {
    dialect: 'postgres',
    searchPath,
    relations: relationRows.map(row => toRelation(row, keys.get(row.id) ?? [], primary.get(row.id))),
    routines: routineRows.map(toRoutine),
    types: typeRows.map(toType),
  }
}

function toRelation(
  row: z.output<typeof RELATION_ROW>,
  keys: readonly (readonly string[])[],
  primaryKey: readonly string[] | undefined,
): CatalogRelation {
  return {
    schema: row.schema,
    name: row.name,
    kind: KINDS[row.kind] ?? 'other',
    columns: (row.columns ?? []).map(([name, type, nullable, from]) => ({
      name,
      type,
      nullable,
      labels: [],
      ...(from === null ? {} : { generatedFrom: from }),
    })),
    keys,
    ...(primaryKey === undefined ? {} : { primaryKey }),
    ...(row.definition === null ? {} : { definition: row.definition.replace(/;\s*$/, '').trim() }),
    id: row.id,
    ...(row.parents === null
      ? {}
      : { parents: row.parents.map(([schema, relation]) => ({ schema, relation })) }),
    hasTriggersOrRules: row.triggers === 'true',
    system: row.system === 'true',
  }
}

function toType({ schema, name, fields }: z.output<typeof TYPE_ROW>): CatalogType {
  if (fields === null) return { schema, name }
  return { schema, name, fields: fields.map(([field, type]) => ({ name: field, type })) }
}

function toRoutine(row: z.output<typeof ROUTINE_ROW>): CatalogRoutine {
  const { schema, name, kind, volatility } = row
  return {
    schema,
    name,
    kind: ROUTINE_KINDS[kind] ?? 'function',
    volatility: volatility === 'i' ? 'immutable' : volatility === 's' ? 'stable' : 'volatile',
    ...(row.arguments === null ? {} : { arguments: row.arguments }),
    ...(row.hidden === 'true' ? { hidden: true } : {}),
  }
}

/** JSON in text, so that a driver's own JSON parser makes no difference. */
function json<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)
}
