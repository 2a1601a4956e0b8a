/**
 * What is asked of SQLite, version 3.37 or later. Table-valued PRAGMAs take names as values. CROSS JOIN keeps
 * the order: some versions give no rows when the planner turns such joins round.
 */

export const DATABASES = 'select seq, name, file from pragma_database_list order by seq'

/** Changes with every change of the schema, whoever made it. */
export function schemaVersion(database: string): string {
  return `pragma ${quoteName(database)}.schema_version`
}

export function schemaRows(database: string): string {
  return `select type, name, tbl_name as "on", sql from ${quoteName(database)}.sqlite_schema order by rowid`
}

export const RELATIONS = `
select schema, name, type, wr from pragma_table_list where type <> 'shadow'`

export const TABLE_COLUMNS = `
select l.schema as schema, l.name as relation, c.name as name, c.type as type, c."notnull" as strict, c.pk as pk, c.hidden as hidden
from pragma_table_list l cross join pragma_table_xinfo(l.name, l.schema) c
where l.type = 'table'
order by l.schema, l.name, c.cid`

/** Of a view or virtual table, which may be broken: then this fails, for it alone. */
export const OTHER_COLUMNS = `
select name, type, "notnull" as strict, pk, hidden from pragma_table_xinfo(?, ?) order by cid`

export const UNIQUE_INDEXES = `
select l.schema as schema, l.name as relation, i.name as "index", i.origin as origin, c.name as name, c.coll as collation
from pragma_table_list l cross join pragma_index_list(l.name, l.schema) i cross join pragma_index_xinfo(i.name, l.schema) c
where l.type = 'table' and i."unique" = 1 and i.partial = 0 and c.key = 1
order by l.schema, l.name, i.name, c.seqno`

/** Tables whose rows change or go when those of another do. */
export const CASCADES = `
select l.schema as schema, f."table" as parent
from pragma_table_list l cross join pragma_foreign_key_list(l.name, l.schema) f
where l.type = 'table' and (f.on_delete in ('CASCADE', 'SET NULL', 'SET DEFAULT') or f.on_update in ('CASCADE', 'SET NULL', 'SET DEFAULT'))`

/** Virtual tables that every connection has, and that tell names, types and keys of the schema. */
export const PRAGMA_TABLES: readonly string[] = [
  'pragma_collation_list',
  'pragma_foreign_key_list',
  'pragma_function_list',
  'pragma_index_info',
  'pragma_index_list',
  'pragma_index_xinfo',
  'pragma_table_info',
  'pragma_table_list',
  'pragma_table_xinfo',
]

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
