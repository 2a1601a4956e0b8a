/** The reviewed system relations, made searchable. All names count in lower case: MySQL reports its own in either. */
import type { ColumnRef } from '../../model/catalog.js'
import type { Dialect } from '../../model/dialect.js'
import type { RelationUse } from '../../model/facts.js'
import { SYSTEM_COLUMNS, SYSTEM_RELATIONS } from './system-catalog.data.js'

interface ColumnReview {
  readonly because: string
  readonly only?: ReadonlySet<string>
  readonly except: ReadonlySet<string>
  readonly redacted: ReadonlySet<string>
}

interface Review {
  readonly relations: ReadonlySet<string>
  readonly columns: ReadonlyMap<string, ColumnReview>
}

const REVIEWS: Readonly<Record<Dialect, Review>> = {
  postgres: review('postgres'),
  mysql: review('mysql'),
  sqlite: review('sqlite'),
}

/** Whether a system relation may be read, but for single columns of it. */
export function isReadable(dialect: Dialect, use: RelationUse): boolean {
  if (use.access === 'write') return false
  const { relations } = REVIEWS[dialect]
  return names(use.schema, use.relation).some(name => relations.has(name))
}

/** What a column of a readable system relation holds, where it may not be read. */
export function refusedColumn(dialect: Dialect, column: ColumnRef): string | undefined {
  const found = reviewOf(dialect, column)
  const name = column.column.toLowerCase()
  if (found === undefined) return undefined
  return found.except.has(name) || found.only?.has(name) === false ? found.because : undefined
}

/** Whether a column of a readable system relation is shown redacted only. */
export function isRedactedColumn(dialect: Dialect, column: ColumnRef): boolean {
  return reviewOf(dialect, column)?.redacted.has(column.column.toLowerCase()) ?? false
}

function reviewOf(dialect: Dialect, { schema, relation }: ColumnRef): ColumnReview | undefined {
  const { columns } = REVIEWS[dialect]
  for (const name of names(schema, relation)) {
    const found = columns.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

function names(schema: string, relation: string): readonly string[] {
  const name = relation.toLowerCase()
  return [`${schema.toLowerCase()}.${name}`, `*.${name}`]
}

function review(dialect: Dialect): Review {
  const relations = SYSTEM_RELATIONS[dialect].flatMap(({ schema, names: list }) =>
    words(list).map(name => `${schema}.${name}`),
  )
  const columns = SYSTEM_COLUMNS[dialect].map(({ because, relation, only, except, redacted }) => {
    const found: ColumnReview = {
      because,
      except: new Set(words(except)),
      redacted: new Set(words(redacted)),
      ...(only === undefined ? {} : { only: new Set(words(only)) }),
    }
    return [relation, found] as const
  })
  return { relations: new Set(relations), columns: new Map(columns) }
}

function words(list = ''): readonly string[] {
  return list.split(/\s+/).filter(word => word !== '')
}
