import type { Dialect } from '../../model/dialect.js'

/**
 * System relations that hold only names, types and keys. Everything else of the engine's own is
 * refused: statistics (`pg_stats`, `column_statistics`, `sqlite_stat4`) hold sampled values, activity
 * views hold other callers' statements, and the rest holds settings, credentials or source text.
 */
export const HARMLESS_SYSTEM_RELATIONS: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  postgres: new Set([
    'information_schema.character_sets',
    'information_schema.check_constraints',
    'information_schema.collations',
    'information_schema.columns',
    'information_schema.constraint_column_usage',
    'information_schema.constraint_table_usage',
    'information_schema.domains',
    'information_schema.element_types',
    'information_schema.key_column_usage',
    'information_schema.referential_constraints',
    'information_schema.schemata',
    'information_schema.sequences',
    'information_schema.table_constraints',
    'information_schema.tables',
    'pg_catalog.pg_am',
    'pg_catalog.pg_attrdef',
    'pg_catalog.pg_attribute',
    'pg_catalog.pg_class',
    'pg_catalog.pg_collation',
    'pg_catalog.pg_constraint',
    'pg_catalog.pg_depend',
    'pg_catalog.pg_description',
    'pg_catalog.pg_enum',
    'pg_catalog.pg_extension',
    'pg_catalog.pg_index',
    'pg_catalog.pg_indexes',
    'pg_catalog.pg_inherits',
    'pg_catalog.pg_namespace',
    'pg_catalog.pg_range',
    'pg_catalog.pg_sequence',
    'pg_catalog.pg_tables',
    'pg_catalog.pg_type',
  ]),
  mysql: new Set([
    'information_schema.character_sets',
    'information_schema.collations',
    'information_schema.columns',
    'information_schema.engines',
    'information_schema.key_column_usage',
    'information_schema.referential_constraints',
    'information_schema.schemata',
    'information_schema.statistics',
    'information_schema.table_constraints',
    'information_schema.tables',
  ]),
  sqlite: new Set(['main.sqlite_master', 'main.sqlite_schema']),
}

/** Columns of otherwise harmless system relations that hold values of rows: what an added column means in old ones. */
export const SYSTEM_COLUMNS_WITH_DATA: ReadonlySet<string> = new Set([
  'pg_catalog.pg_attribute.attmissingval',
])
