/**
 * A catalog as a file that people review and keep beside their policy, for use without a database.
 * It holds names, types, keys, view definitions and labels; never a row. What is read back is the
 * same catalog, version and all.
 */
import { readFile } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { ConfigurationError } from '../errors.js'
import type { Catalog, CatalogRelation, CatalogRoutine, CatalogType, LabelRule } from '../model/catalog.js'
import { assembleCatalog } from './assemble.js'
import type { CatalogSource } from './catalog-source.js'
import { fixedCatalog } from './empty.js'

const FORMAT = 'cardea-schema/1'
const MAX_PROBLEMS = 10

const COLUMN = z.strictObject({
  name: z.string().min(1),
  type: z.string(),
  nullable: z.boolean(),
  labels: z.array(z.string().min(1)).default([]),
  hidden: z.literal(true).optional(),
  generatedFrom: z.array(z.string()).optional(),
})

const RELATION = z.strictObject({
  schema: z.string(),
  name: z.string().min(1),
  kind: z.enum(['table', 'view', 'materialized-view', 'foreign-table', 'sequence', 'other']),
  columns: z.array(COLUMN),
  keys: z.array(z.array(z.string()).min(1)).default([]),
  primaryKey: z.array(z.string()).min(1).optional(),
  definition: z.string().optional(),
  id: z.int().optional(),
  rowNumber: z.string().nullable().optional(),
  parents: z.array(z.strictObject({ schema: z.string(), relation: z.string() })).optional(),
  hasTriggersOrRules: z.boolean().default(false),
  system: z.boolean().default(false),
})

const ROUTINE = z.strictObject({
  schema: z.string(),
  name: z.string().min(1),
  kind: z.enum(['function', 'procedure', 'aggregate', 'window', 'operator']),
  volatility: z.enum(['immutable', 'stable', 'volatile']),
  arguments: z.array(z.enum(['own-type', 'text', 'other'])).optional(),
  hidden: z.literal(true).optional(),
})

const FIELD = z.strictObject({ name: z.string(), type: z.string() })

const TYPE = z.strictObject({
  schema: z.string(),
  name: z.string().min(1),
  fields: z.array(FIELD).optional(),
})

const SCHEMA_FILE = z.strictObject({
  format: z.literal(FORMAT),
  dialect: z.enum(['postgres', 'mysql', 'sqlite']),
  foldsNames: z.literal(true).optional(),
  searchPath: z.array(z.string()),
  relations: z.array(RELATION),
  routines: z.array(ROUTINE).default([]),
  types: z.array(TYPE).default([]),
})

/**
 * @throws ConfigurationError when the file cannot be read or is not a schema file.
 * @example
 * const catalog = await readSchemaFile('schema.json', policy.labels)
 */
export async function readSchemaFile(path: string, labels: readonly LabelRule[]): Promise<CatalogSource> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new ConfigurationError(
      `The schema file ${path} cannot be read. Write one with: cardea schema dump --url … --out ${path}`,
    )
  }
  return parseSchema(text, labels)
}

/**
 * @param text JSON or YAML as `schemaFile` writes it, or as edited by hand: labels may be added to columns.
 * @param labels added to those in the text.
 * @throws ConfigurationError naming the first mistakes.
 */
export function parseSchema(text: string, labels: readonly LabelRule[]): CatalogSource {
  const parsed = SCHEMA_FILE.safeParse(parseText(text))
  if (!parsed.success) {
    const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || 'file'}: ${issue.message}`)
    throw invalid(problems)
  }
  const { dialect, foldsNames, searchPath, types } = parsed.data
  const routines = parsed.data.routines.map(
    ({ arguments: taken, hidden, ...rest }): CatalogRoutine => ({
      ...rest,
      ...(taken === undefined ? {} : { arguments: taken }),
      ...(hidden === undefined ? {} : { hidden }),
    }),
  )
  const relations = parsed.data.relations.map(
    ({ definition, id, parents, rowNumber, primaryKey, columns, ...rest }): CatalogRelation => ({
      ...rest,
      ...(primaryKey === undefined ? {} : { primaryKey }),
      columns: columns.map(({ hidden, generatedFrom, ...column }) => ({
        ...column,
        ...(hidden === undefined ? {} : { hidden }),
        ...(generatedFrom === undefined ? {} : { generatedFrom }),
      })),
      ...(definition === undefined ? {} : { definition }),
      ...(id === undefined ? {} : { id }),
      ...(parents === undefined ? {} : { parents }),
      ...(rowNumber === undefined ? {} : { rowNumber }),
    }),
  )
  const problems = repeatsAndStrangers(relations)
  if (problems.length > 0) throw invalid(problems)
  const folding = foldsNames === undefined ? {} : { foldsNames }
  return fixedCatalog(
    assembleCatalog(
      { dialect, ...folding, searchPath, relations, routines, types: types.map(toType) },
      labels,
    ),
  )
}

/** The catalog as reviewable JSON, the user's own relations first, one line per column. */
export function schemaFile(catalog: Catalog): string {
  const relations = [...catalog.relations].sort((a, b) => Number(a.system) - Number(b.system))
  const blocks = relations.map(({ columns, ...rest }) => {
    const lines = columns.map(column => `      ${JSON.stringify(column)}`)
    const body = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n    ]`
    return `    ${JSON.stringify(rest).slice(0, -1)},\n     "columns": ${body}}`
  })
  const { dialect, foldsNames, searchPath } = catalog
  const head = { format: FORMAT, dialect, ...(foldsNames === undefined ? {} : { foldsNames }), searchPath }
  return `{
${Object.entries(head)
  .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`)
  .join('\n')}
  "relations": ${list(blocks)},
  "routines": ${list(catalog.routines.map(routine => `    ${JSON.stringify(routine)}`))},
  "types": ${list((catalog.types ?? []).map(type => `    ${JSON.stringify(type)}`))}
}
`
}

function toType({ fields, ...type }: z.output<typeof TYPE>): CatalogType {
  return fields === undefined ? type : { ...type, fields }
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`
}

function parseText(text: string): unknown {
  try {
    return text.trimStart().startsWith('{') ? JSON.parse(text) : parseYaml(text)
  } catch {
    throw invalid(['it is neither JSON nor YAML'])
  }
}

/** What the shape alone does not show: a name given twice, a key on a column that does not exist. */
function repeatsAndStrangers(relations: readonly CatalogRelation[]): readonly string[] {
  const seen = new Set<string>()
  return relations.flatMap(({ schema, name, columns, keys }) => {
    const problems: string[] = []
    const identity = JSON.stringify([schema, name])
    if (seen.has(identity)) problems.push(`${schema}.${name} appears twice`)
    seen.add(identity)
    const names = new Set(columns.map(column => column.name))
    if (names.size < columns.length) problems.push(`${schema}.${name} has two columns of one name`)
    const stranger = keys.flat().find(column => !names.has(column))
    if (stranger !== undefined)
      problems.push(`${schema}.${name} has a key on ${stranger}, which is not a column`)
    return problems
  })
}

function invalid(problems: readonly string[]): ConfigurationError {
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : []
  const lines = [...problems.slice(0, MAX_PROBLEMS), ...more].map(problem => `\n  ${problem}`)
  return new ConfigurationError(`The schema file is not valid:${lines.join('')}`)
}
