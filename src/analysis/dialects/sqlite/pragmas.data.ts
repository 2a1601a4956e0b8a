/** What SQLite's PRAGMAs show. All others, and every one that is given a value, are refused by kind. */

/** Names, types and keys of the schema; the argument says of what. */
export const SCHEMA_PRAGMAS: ReadonlySet<string> = new Set([
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
])

/** Those of them whose argument is a table. */
export const TABLE_PRAGMAS: ReadonlySet<string> = new Set([
  'table_info',
  'table_xinfo',
  'index_list',
  'foreign_key_list',
])

/** Settings of the connection and of the library's build: the same for every client. */
export const SETTING_PRAGMAS: ReadonlySet<string> = new Set([
  'analysis_limit',
  'application_id',
  'auto_vacuum',
  'automatic_index',
  'busy_timeout',
  'cache_size',
  'cache_spill',
  'case_sensitive_like',
  'cell_size_check',
  'checkpoint_fullfsync',
  'collation_list',
  'compile_options',
  'data_version',
  'defer_foreign_keys',
  'encoding',
  'foreign_keys',
  'freelist_count',
  'fullfsync',
  'function_list',
  'ignore_check_constraints',
  'journal_mode',
  'journal_size_limit',
  'legacy_alter_table',
  'locking_mode',
  'max_page_count',
  'mmap_size',
  'module_list',
  'page_count',
  'page_size',
  'pragma_list',
  'query_only',
  'read_uncommitted',
  'recursive_triggers',
  'reverse_unordered_selects',
  'schema_version',
  'secure_delete',
  'synchronous',
  'temp_store',
  'threads',
  'trusted_schema',
  'user_version',
  'wal_autocheckpoint',
])

/** They work on the whole database. */
export const MAINTENANCE_PRAGMAS: ReadonlySet<string> = new Set([
  'foreign_key_check',
  'incremental_vacuum',
  'integrity_check',
  'optimize',
  'quick_check',
  'shrink_memory',
  'wal_checkpoint',
])
