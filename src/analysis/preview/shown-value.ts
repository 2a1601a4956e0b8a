/** How a preview shows a column's value and the one that it is to get: as text, wherever the driver would reshape it. */
import type { Catalog, CatalogColumn } from '../../model/catalog.js'

/** SQL for one column; null where the engine would make something else of the new value than can be said here. */
export interface ShownColumn {
  readonly before: string
  after(value: string): string
}

export function quotedName(name: string, dialect: Catalog['dialect']): string {
  const quote = dialect === 'mysql' ? '`' : '"'
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`
}

export function shownColumn(column: CatalogColumn, catalog: Catalog): ShownColumn | null {
  const name = quotedName(column.name, catalog.dialect)
  switch (catalog.dialect) {
    case 'postgres':
      return postgresColumn(name, column.type, catalog)
    case 'mysql':
      return mysqlColumn(name, column.type)
    case 'sqlite':
      return { before: name, after: value => `(${value})` }
  }
}

/**
 * Types to which an explicit cast does what an assignment does, but for a length or precision that the column
 * may have: by the catalog's name, what to cast to. `character` alone would mean one character.
 */
const POSTGRES_CASTS: ReadonlyMap<string, string> = new Map([
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean'].map(same),
  ...['text', 'character varying', 'uuid', 'json', 'jsonb', 'inet', 'cidr', 'macaddr', 'bytea'].map(same),
  ...['date', 'timestamp without time zone', 'timestamp with time zone'].map(same),
  ...['time without time zone', 'time with time zone'].map(same),
  ...['int2', 'int4', 'int8', 'float4', 'float8', 'bool', 'varchar', 'timestamp', 'timestamptz', 'time'].map(
    same,
  ),
  ['character', 'bpchar'],
])

function same(name: string): [string, string] {
  return [name, name]
}

/** What is assigned to a column is read as the column's type: an untyped literal or parameter means the same only there. */
function postgresColumn(name: string, type: string, catalog: Catalog): ShownColumn | null {
  const cast = POSTGRES_CASTS.get(type) ?? (isKnownType(type, catalog) ? type : undefined)
  if (cast === undefined) return null
  return {
    before: `cast(${name} as text)`,
    after: value => `cast(cast((${value}) as ${cast}) as text)`,
  }
}

/** An enum, a domain or another type that no code of the user's is bound to, and whose name needs no quotes. */
function isKnownType(type: string, { types = [] }: Catalog): boolean {
  return (
    /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/.test(type) &&
    types.some(each => `${each.schema}.${each.name}` === type)
  )
}

/**
 * What is assigned is shown as the statement computes it. No cast rounds as an assignment does: that of 2.5 to a whole
 * number depends on whether it came as a decimal, a text or a floating-point number. Types that make another value of
 * it altogether are not among these.
 */
const MYSQL_TYPES: ReadonlySet<string> = new Set([
  ...['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'double'],
  ...['date', 'datetime', 'timestamp', 'time'],
  ...['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set', 'json'],
])

function mysqlColumn(name: string, type: string): ShownColumn | null {
  if (!MYSQL_TYPES.has(type)) return null
  return { before: `cast(${name} as char)`, after: value => `cast((${value}) as char)` }
}
