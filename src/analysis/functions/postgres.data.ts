/**
 * PostgreSQL's built-in names, reviewed one by one. Listed functions compute from their arguments, the clock, a
 * random source, the caller's own session, or tell the shape of the schema (names, types, keys, defaults,
 * comments, sizes), as every database browser asks for it. `volatile` ones act, but touch no table by name.
 * The functions behind operators, casts, aggregates and indexes are left out: no statement calls them.
 */
import { CLIENT_SETTINGS } from '../dialects/postgres/utilities.data.js'
import type { Expression } from '../relational.js'
import {
  type FunctionGroup,
  functionTable,
  type RefusedGroup,
  type RelationGroup,
  refusals,
  words,
} from './function-groups.js'

/** `current_setting('timezone')`, with or without its second argument. */
function namesClientSetting([name, ...more]: readonly Expression[]): boolean {
  if (name?.type !== 'constant' || typeof name.value !== 'string') return false
  return CLIENT_SETTINGS.has(name.value.toLowerCase()) && more.every(({ type }) => type === 'constant')
}

const GROUPS: readonly FunctionGroup[] = [
  {
    because: 'text and bytes computed from text and bytes',
    names: `
ascii bit_length btrim casefold char_length character_length chr concat concat_ws convert convert_from convert_to
decode encode format get_bit get_byte initcap is_normalized left length like like_escape lower lpad ltrim normalize
notlike octet_length overlay parse_ident position quote_ident quote_literal quote_nullable regexp_count
regexp_instr regexp_like regexp_match regexp_replace regexp_split_to_array regexp_substr repeat replace reverse
right rpad rtrim set_bit set_byte similar_escape similar_to_escape split_part starts_with strpos substr substring
to_ascii to_bin to_hex to_oct translate unistr upper`,
  },
  {
    because: 'digests of the arguments, and random numbers',
    names: `
bit_count crc32 crc32c gen_random_uuid hashtext hashtextextended md5 random random_normal sha224 sha256 sha384
sha512 uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7`,
  },
  {
    because: 'numbers computed from numbers',
    names: `
abs acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh cash_words cbrt ceil ceiling cos cosd cosh cot
cotd degrees div erf erfc exp factorial floor gamma gcd lcm lgamma ln log log10 min_scale mod pi pow power radians
round scale sign sin sind sinh sqrt tan tand tanh trim_scale trunc width_bucket`,
  },
  {
    because: 'dates computed from dates and the clock',
    names: `
age clock_timestamp current_date current_time current_timestamp date_add date_bin date_part date_subtract
date_trunc extract isfinite justify_days justify_hours justify_interval localtime localtimestamp make_date
make_interval make_time make_timestamp make_timestamptz now overlaps statement_timestamp timeofday timezone to_char
to_date to_number to_timestamp transaction_timestamp`,
  },
  {
    because: 'what the server tells each client about the client’s own session',
    names: `
current_catalog current_database current_role current_schema current_schemas current_user
get_current_ts_config getdatabaseencoding getpgusername pg_backend_pid pg_char_to_encoding pg_client_encoding
pg_encoding_max_length pg_encoding_to_char pg_is_in_recovery pg_is_other_temp_schema pg_my_temp_schema
pg_trigger_depth row_security_active session_user system_user user version`,
  },
  {
    because: 'a setting that the server tells every client, named by a constant',
    names: 'current_setting',
    accepts: namesClientSetting,
  },
  {
    because: 'the type or size of a value told',
    names: 'num_nonnulls num_nulls pg_collation_for pg_column_size pg_size_bytes pg_size_pretty pg_typeof',
  },
  {
    because: 'JSON computed from values and JSON',
    names: `
array_to_json json_array_length json_build_array json_build_object json_extract_path json_extract_path_text
json_object json_strip_nulls json_typeof jsonb_array_length jsonb_build_array jsonb_build_object jsonb_concat
jsonb_contained jsonb_contains jsonb_delete jsonb_delete_path jsonb_exists jsonb_exists_all jsonb_exists_any
jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_path_exists jsonb_path_exists_tz
jsonb_path_match jsonb_path_match_tz jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
jsonb_path_query_first_tz jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_typeof row_to_json to_json
to_jsonb`,
  },
  {
    because: 'arrays computed from arrays',
    names: `
array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions
array_prepend array_remove array_replace array_reverse array_sample array_shuffle array_sort array_to_string
array_upper arraycontained arraycontains arrayoverlap cardinality string_to_array trim_array`,
  },
  {
    because: 'ranges computed from ranges',
    names: `
daterange datemultirange int4range int4multirange int8range int8multirange isempty lower_inc lower_inf multirange
nummultirange numrange range_merge tsmultirange tsrange tstzmultirange tstzrange upper_inc upper_inf`,
  },
  {
    because: 'text search over the arguments, with the server’s word lists',
    names: `
array_to_tsvector json_to_tsvector jsonb_to_tsvector numnode phraseto_tsquery plainto_tsquery querytree setweight
strip to_tsquery to_tsvector ts_delete ts_filter ts_headline ts_lexize ts_rank ts_rank_cd tsquery_phrase
tsvector_to_array websearch_to_tsquery`,
  },
  {
    because: 'network addresses computed from network addresses',
    names: `
abbrev broadcast family host hostmask inet_merge inet_same_family macaddr8_set7bit masklen netmask network
set_masklen`,
  },
  {
    because: 'shapes computed from shapes',
    names: `
area bound_box box center circle diagonal diameter height isclosed ishorizontal isopen isparallel isperp
isvertical line lseg npoints path pclose point polygon popen radius slope width`,
  },
  {
    because: 'XML computed from the arguments; nothing outside them is read',
    names: `
xml xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlexists xmltext xpath
xpath_exists`,
  },
  { because: 'the values of an enum', names: 'enum_first enum_last enum_range' },
  {
    because: 'names, types, keys, defaults, comments and sizes of the schema’s objects',
    names: `
acldefault col_description format_type oidvectortypes obj_description pg_collation_is_visible
pg_column_is_updatable pg_conversion_is_visible pg_describe_object pg_function_is_visible pg_get_constraintdef
pg_get_expr pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments
pg_get_function_result pg_get_indexdef pg_get_partition_constraintdef pg_get_partkeydef
pg_database_size pg_get_replica_identity_index pg_get_serial_sequence pg_get_statisticsobjdef pg_get_statisticsobjdef_columns
pg_get_triggerdef pg_get_userbyid pg_index_column_has_property pg_index_has_property pg_indexam_has_property
pg_indexes_size pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_partition_root
pg_relation_is_publishable pg_relation_is_updatable pg_relation_size pg_statistics_obj_is_visible
pg_table_is_visible pg_table_size pg_total_relation_size pg_ts_config_is_visible pg_ts_dict_is_visible
pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible shobj_description to_regclass
to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure to_regtype`,
  },
  {
    because: 'what the caller may do, which trying would tell as well',
    names: `
has_any_column_privilege has_column_privilege has_database_privilege has_function_privilege
has_language_privilege has_schema_privilege has_sequence_privilege has_table_privilege has_type_privilege
pg_has_role`,
  },
  {
    because: 'a value of the type that the name says',
    names: `
bit bool bpchar char cidr date float4 float8 int2 int4 int8 interval macaddr macaddr8 money name numeric oid
pg_lsn regclass text time timestamp timestamptz timetz varbit varchar`,
  },
  { because: 'which rows TABLESAMPLE takes', names: 'bernoulli system' },
  {
    because: 'a row’s place or neighbours in a window',
    names:
      'cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number',
  },
  { because: 'how many rows there are, and nothing of them', shape: 'count', names: 'count' },
  {
    because: 'one value computed from many rows, which lineage follows as a derived value',
    shape: 'aggregate',
    names: `
any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr covar_pop covar_samp every json_agg
json_agg_strict json_arrayagg json_object_agg json_object_agg_strict json_object_agg_unique
json_object_agg_unique_strict json_objectagg jsonb_agg jsonb_agg_strict jsonb_object_agg jsonb_object_agg_strict
jsonb_object_agg_unique jsonb_object_agg_unique_strict max min mode percentile_cont percentile_disc range_agg
range_intersect_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance xmlagg`,
  },
  {
    because: 'it takes, sets or tells a number of a sequence',
    standing: 'volatile',
    names: 'currval lastval nextval setval',
  },
  {
    because: 'it changes settings of the session',
    standing: 'volatile',
    names: 'set_config setseed',
  },
  { because: 'it sends to other sessions', standing: 'volatile', names: 'pg_notify' },
  {
    because: 'it holds up the server',
    standing: 'volatile',
    names: 'pg_sleep pg_sleep_for pg_sleep_until',
  },
  {
    because: 'it takes or releases locks that other sessions share',
    standing: 'volatile',
    names: `
pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`,
  },
  {
    because: 'it takes a transaction number',
    standing: 'volatile',
    names: 'pg_current_xact_id txid_current txid_current_if_assigned',
  },
  {
    because: 'it acts on other sessions or on the server',
    standing: 'volatile',
    names: `
pg_cancel_backend pg_create_restore_point pg_reload_conf pg_rotate_logfile pg_stat_reset pg_switch_wal
pg_terminate_backend`,
  },
]

const RELATIONS: readonly RelationGroup[] = [
  {
    because: 'rows computed from the arguments',
    columns: {
      generate_series: null,
      generate_subscripts: null,
      unnest: null,
      regexp_matches: null,
      regexp_split_to_table: null,
      string_to_table: null,
      json_array_elements: 'value',
      json_array_elements_text: 'value',
      jsonb_array_elements: 'value',
      jsonb_array_elements_text: 'value',
      json_each: 'key value',
      json_each_text: 'key value',
      jsonb_each: 'key value',
      jsonb_each_text: 'key value',
      json_object_keys: null,
      jsonb_object_keys: null,
      jsonb_path_query: null,
      jsonb_path_query_tz: null,
      json_to_record: '',
      json_to_recordset: '',
      jsonb_to_record: '',
      jsonb_to_recordset: '',
      json_populate_record: '',
      json_populate_recordset: '',
      jsonb_populate_record: '',
      jsonb_populate_recordset: '',
      ts_debug: 'alias description token dictionaries dictionary lexemes',
      ts_parse: 'tokid token',
      ts_token_type: 'tokid alias description',
    },
  },
  {
    because: 'names of the schema’s objects, of privileges on them, and of the grammar',
    columns: {
      aclexplode: 'grantor grantee privilege_type is_grantable',
      pg_get_keywords: 'word catcode barelabel catdesc baredesc',
      pg_get_object_address: 'classid objid objsubid',
      pg_identify_object: 'type schema name identity',
      pg_identify_object_as_address: 'type object_names object_args',
      pg_partition_ancestors: 'relid',
      pg_partition_tree: 'relid parentrelid isleaf level',
      pg_sequence_parameters:
        'start_value minimum_value maximum_value increment cycle_option cache_size data_type',
      pg_timezone_abbrevs: 'abbrev utc_offset is_dst',
      pg_timezone_names: 'name abbrev utc_offset is_dst',
    },
  },
]

const REFUSED: readonly RefusedGroup[] = [
  {
    because: 'it reads files of the server, or tells of them',
    names: `
pg_read_* pg_ls_* pg_stat_file pg_current_logfile pg_relation_filenode pg_relation_filepath pg_filenode_relation
pg_hba_file_rules pg_ident_file_mappings pg_tablespace_location pg_logdir_ls pg_file_*`,
  },
  { because: 'it reads or writes large objects by number', names: 'lo_* loread lowrite' },
  {
    because: 'it reads tables by name, or runs the text it is given',
    names: `
query_to_xml* table_to_xml* schema_to_xml* database_to_xml* cursor_to_xml* ts_stat ts_rewrite currtid2
pg_get_publication_tables pg_extension_config_dump pg_mcv_list_items pg_column_compression
satisfies_hash_partition pg_sequence_last_value`,
  },
  { because: 'it reaches other servers or runs text there', names: 'dblink* postgres_fdw_*' },
  {
    because: 'it tells settings of the server',
    names: 'current_setting pg_config pg_settings_get_flags pg_show_* pg_options_to_table',
  },
  {
    because: 'it tells source text',
    names:
      'pg_get_functiondef pg_get_function_sqlbody pg_get_ruledef pg_get_viewdef pg_get_statisticsobjdef_expressions',
  },
  {
    because: 'it tells what other callers do',
    names: `
current_query pg_stat_* pg_blocking_pids pg_safe_snapshot_blocking_pids pg_lock_status pg_cursor
pg_prepared_statement pg_prepared_xact pg_isolation_test_session_is_blocked pg_listening_channels
pg_notification_queue_usage pg_current_snapshot pg_current_xact_id_if_assigned txid_current_snapshot
txid_status pg_xact_status pg_xact_commit_* pg_last_committed_xact pg_get_multixact_members mxid_age
pg_snapshot_* txid_snapshot_* pg_visible_in_snapshot txid_visible_in_snapshot pg_export_snapshot`,
  },
  {
    because: 'it tells how the server is set up or doing',
    names: `
inet_client_addr inet_client_port inet_server_addr inet_server_port pg_available_extension* pg_control_*
pg_conf_load_time pg_postmaster_start_time pg_jit_available pg_tablespace_size
pg_tablespace_databases pg_get_backend_memory_contexts pg_get_shmem_allocations pg_get_catalog_foreign_keys
pg_extension_update_paths pg_collation_actual_version pg_database_collation_actual_version
pg_indexam_progress_phasename pg_get_wal_resource_managers amvalidate has_parameter_privilege
has_server_privilege has_tablespace_privilege has_foreign_data_wrapper_privilege to_regrole`,
  },
  {
    because: 'it acts on replication, backups or the write-ahead log',
    names: `
pg_replication_* pg_logical_* pg_create_logical_* pg_create_physical_* pg_copy_logical_* pg_copy_physical_*
pg_drop_replication_slot pg_get_replication_slots pg_wal* pg_current_wal_* pg_last_wal_* pg_last_xact_* pg_promote
pg_backup_* pg_is_wal_replay_paused pg_get_wal_replay_pause_state`,
  },
  {
    because: 'it acts on the server or changes what it stores',
    names: `
binary_upgrade_* brin_desummarize_range brin_summarize_* gin_clean_pending_list pg_import_system_collations
pg_nextoid pg_stop_making_pinned_objects pg_log_backend_memory_contexts pg_rotate_logfile_old makeaclitem
pg_event_trigger_*`,
  },
  {
    because: 'it belongs to the server’s own workings',
    names: 'fmgr_* plpgsql_* postgresql_fdw_validator xmlvalidate pg_node_tree_send',
  },
]

export const POSTGRES_FUNCTIONS = functionTable(GROUPS, RELATIONS)

/** Why a known built-in is not listed. */
export const postgresRefusal = refusals(GROUPS, REFUSED)

export const POSTGRES_OPERATORS: ReadonlySet<string> = new Set(
  words(`
= <> != < <= > >= + - * / % ^ |/ ||/ @ & | # ~ << >> || ~~ ~~* !~~ !~~* ~* !~ !~* ^@ ~<~ ~<=~ ~>~ ~>=~
-> ->> #> #>> @> <@ ? ?| ?& #- @? @@ @@@ && &< &> -|- <-> <#> <^ >^ ?# ?- ?-| ?|| <<| |>> &<| |&> ## @-@ ~=
!! <<= >>= *= *<> *< *<= *> *>=`),
)

/**
 * Built-in types without code of the user's. Of the `reg*` types, which turn names of objects into numbers and
 * back, all but that of accounts: they tell no more than the catalogue does.
 */
export const POSTGRES_TYPES: ReadonlySet<string> = new Set(
  words(`
bool int2 int4 int8 float4 float8 numeric text varchar bpchar char name bytea date time timetz timestamp timestamptz
interval uuid json jsonb jsonpath xml bit varbit inet cidr macaddr macaddr8 money point line lseg box path polygon
circle tsvector tsquery int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange
nummultirange tsmultirange tstzmultirange datemultirange oid xid xid8 cid tid pg_lsn int2vector oidvector aclitem
refcursor regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure
regtype unknown void`),
)
