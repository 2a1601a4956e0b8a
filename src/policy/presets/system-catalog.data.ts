/**
 * What statements may read of the engines' own relations: names, types, keys, defaults, comments and counts of the
 * schema's objects. Everything else is refused: statistics (`pg_stats`, `column_statistics`, `sqlite_stat4`) hold
 * sampled values, activity views hold other callers' statements, and the rest holds settings, accounts, credentials
 * or source text.
 */
import type { Dialect } from '../../model/dialect.js'

export interface SystemRelations {
  /** What they tell, which is why they may be read. */
  readonly because: string
  /** `*`: in whatever schema. */
  readonly schema: string
  /** Lower case, between white space. */
  readonly names: string
}

/** Columns of readable relations that tell more than the rest of their relation. */
export interface SystemColumns {
  /** What they hold. */
  readonly because: string
  readonly relation: string
  /** Only these may be read. */
  readonly only?: string
  /** These may not be read. */
  readonly except?: string
  /** These are shown redacted, so that `*` still works. */
  readonly redacted?: string
}

export const SYSTEM_RELATIONS: Readonly<Record<Dialect, readonly SystemRelations[]>> = {
  postgres: [
    {
      because: 'the standard’s views of schemas, tables, columns, keys, checks, types and routines',
      schema: 'information_schema',
      names: `
attributes character_sets check_constraint_routine_usage check_constraints collation_character_set_applicability
collations column_column_usage column_domain_usage column_udt_usage columns constraint_column_usage
constraint_table_usage data_type_privileges domain_constraints domain_udt_usage domains element_types
information_schema_catalog_name key_column_usage parameters referential_constraints routine_column_usage
routine_routine_usage routine_sequence_usage routine_table_usage routines schemata sequences sql_features
sql_implementation_info sql_parts sql_sizing table_constraints tables transforms triggered_update_columns triggers
user_defined_types view_column_usage view_routine_usage view_table_usage views`,
    },
    {
      because: 'names, types, keys, defaults and sizes of tables and what belongs to them',
      schema: 'pg_catalog',
      names: `
pg_attrdef pg_attribute pg_class pg_constraint pg_index pg_indexes pg_inherits pg_matviews pg_partitioned_table
pg_policy pg_publication pg_publication_namespace pg_publication_rel pg_publication_tables pg_rewrite pg_sequence
pg_sequences pg_statistic_ext pg_tables pg_trigger pg_views`,
    },
    {
      because: 'names of types, functions, operators and what they are made of',
      schema: 'pg_catalog',
      names: `
pg_aggregate pg_am pg_amop pg_amproc pg_cast pg_collation pg_conversion pg_enum pg_language pg_opclass pg_operator
pg_opfamily pg_proc pg_range pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type`,
    },
    {
      because: 'names of databases, schemas, extensions and owners, comments, and what depends on what',
      schema: 'pg_catalog',
      names: `
pg_database pg_depend pg_description pg_extension pg_namespace pg_roles pg_shdescription pg_tablespace`,
    },
    { because: 'time zones', schema: 'pg_catalog', names: 'pg_timezone_abbrevs pg_timezone_names' },
  ],
  mysql: [
    {
      because: 'schemas, tables, columns, keys, checks, partitions and routines',
      schema: 'information_schema',
      names: `
check_constraints columns columns_extensions geometry_columns key_column_usage parameters partitions
referential_constraints routines schemata schemata_extensions st_geometry_columns statistics table_constraints
table_constraints_extensions tables tables_extensions triggers view_routine_usage view_table_usage views`,
    },
    {
      because: 'what this version of the server knows: character sets, engines, words of the grammar',
      schema: 'information_schema',
      names: `
character_sets collation_character_set_applicability collations engines keywords spatial_ref_sys sql_functions
st_spatial_reference_systems st_units_of_measure`,
    },
  ],
  sqlite: [
    {
      because: 'the schema: names and the text of CREATE statements',
      schema: '*',
      names: 'sqlite_master sqlite_schema sqlite_temp_master sqlite_temp_schema',
    },
    { because: 'which tables number their rows', schema: '*', names: 'sqlite_sequence' },
    {
      because: 'names, types and keys of the schema',
      schema: '*',
      names: `
pragma_collation_list pragma_foreign_key_list pragma_function_list pragma_index_info pragma_index_list
pragma_index_xinfo pragma_table_info pragma_table_list pragma_table_xinfo`,
    },
    {
      because: 'rows computed from the arguments',
      schema: '*',
      names: 'generate_series json_each json_tree',
    },
  ],
}

export const SYSTEM_COLUMNS: Readonly<Record<Dialect, readonly SystemColumns[]>> = {
  postgres: [
    {
      because: 'what an added column means in old rows',
      relation: 'pg_catalog.pg_attribute',
      except: 'attmissingval',
    },
    {
      because: 'source text of functions, and settings made for them',
      relation: 'pg_catalog.pg_proc',
      except: 'probin proconfig prosqlbody prosrc',
    },
    {
      because: 'source text of views and rules',
      relation: 'pg_catalog.pg_rewrite',
      except: 'ev_action ev_qual',
    },
    { because: 'source text of views', relation: 'pg_catalog.pg_views', except: 'definition' },
    { because: 'source text of views', relation: 'pg_catalog.pg_matviews', except: 'definition' },
    { because: 'source text of views', relation: 'information_schema.views', except: 'view_definition' },
    {
      because: 'source text of functions',
      relation: 'information_schema.routines',
      except: 'routine_definition external_name',
    },
    {
      because: 'what accounts may do, their settings and when their passwords end',
      relation: 'pg_catalog.pg_roles',
      only: 'oid rolname',
    },
    {
      because: 'where files of the server lie',
      relation: 'pg_catalog.pg_tablespace',
      only: 'oid spcname spcowner',
    },
    {
      because: 'where files of the server lie',
      relation: 'pg_catalog.pg_ts_dict',
      except: 'dictinitoption',
    },
  ],
  mysql: [
    { because: 'a digest of the rows', relation: 'information_schema.tables', redacted: 'checksum' },
    { because: 'a digest of the rows', relation: 'information_schema.partitions', redacted: 'checksum' },
    {
      because: 'source text of views',
      relation: 'information_schema.views',
      except: 'definer view_definition',
    },
    {
      because: 'source text of routines',
      relation: 'information_schema.routines',
      except: 'definer external_name routine_definition',
    },
    {
      because: 'source text of triggers',
      relation: 'information_schema.triggers',
      except: 'action_condition action_statement definer',
    },
  ],
  sqlite: [
    {
      because: 'the largest number that a row ever had, which can be a value of its key',
      relation: '*.sqlite_sequence',
      except: 'seq',
    },
  ],
}
