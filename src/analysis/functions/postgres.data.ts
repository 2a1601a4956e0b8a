/**
 * PostgreSQL's built-in names, reviewed one by one. Listed functions compute from their arguments (and
 * the clock, a random source or the caller's own name) and nothing else. Left out on purpose: everything
 * that reads tables, files, large objects, settings or statistics (`query_to_xml`, `ts_stat`,
 * `pg_read_file`, `lo_get`, `current_setting`), prints the source of views and functions, reaches the network
 * (`dblink`), or acts on the server. What tells the shape of the schema (names, types, keys, defaults,
 * comments, sizes), as every database browser asks for it, is listed. `volatile` ones act, but touch no table
 * by name.
 */
import type { BuiltinFunction } from '../dialects/dialect.js'

const SCALAR = `
ascii bit_length btrim casefold char_length character_length chr concat concat_ws format initcap left length
lower lpad ltrim md5 normalize is_normalized octet_length overlay parse_ident position quote_ident quote_literal
quote_nullable regexp_count regexp_instr regexp_like regexp_match regexp_replace regexp_split_to_array
regexp_substr repeat replace
reverse right rpad rtrim split_part starts_with strpos substr substring similar_escape similar_to_escape
like_escape to_ascii to_hex to_bin to_oct translate upper unistr string_to_array array_to_string encode decode
convert convert_from convert_to sha224 sha256 sha384 sha512 get_bit get_byte set_bit set_byte bit_count crc32
crc32c hashtext hashtextextended
abs cbrt ceil ceiling degrees div erf erfc exp factorial floor gamma gcd lcm lgamma ln log log10 min_scale mod pi
pow power radians random random_normal round scale sign sqrt trim_scale trunc width_bucket acos acosd acosh asin
asind asinh atan atan2 atan2d atand atanh cos cosd cosh cot cotd sin sind sinh tan tand tanh
age clock_timestamp date_add date_bin date_part date_subtract date_trunc extract isfinite justify_days
justify_hours justify_interval make_date make_interval make_time make_timestamp make_timestamptz now overlaps
statement_timestamp timeofday timezone to_char to_date to_number to_timestamp transaction_timestamp current_date
current_time current_timestamp localtime localtimestamp
current_catalog current_database current_role current_schema current_user session_user system_user user version
pg_typeof pg_column_size pg_size_pretty pg_collation_for
gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp uuid_extract_version
array_to_json json_array_length json_build_array json_build_object json_extract_path json_extract_path_text
json_object json_strip_nulls json_typeof jsonb_array_length jsonb_build_array jsonb_build_object jsonb_concat
jsonb_delete jsonb_delete_path jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object
jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query_array
jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_pretty jsonb_set jsonb_set_lax
jsonb_strip_nulls jsonb_typeof row_to_json to_json to_jsonb
array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions
array_prepend array_remove array_replace array_reverse array_sample array_shuffle array_sort array_upper
cardinality trim_array num_nonnulls num_nulls
daterange datemultirange int4range int4multirange int8range int8multirange numrange nummultirange tsrange
tsmultirange tstzrange tstzmultirange multirange range_merge isempty lower_inc lower_inf upper_inc upper_inf
array_to_tsvector numnode phraseto_tsquery plainto_tsquery querytree setweight strip to_tsquery to_tsvector
ts_delete ts_filter ts_headline ts_rank ts_rank_cd tsquery_phrase tsvector_to_array websearch_to_tsquery
abbrev broadcast family host hostmask inet_merge inet_same_family masklen netmask network set_masklen
area box center circle diameter diagonal height isclosed isopen isparallel isperp length line lseg npoints path
pclose point polygon popen radius slope width
enum_first enum_last enum_range
col_description current_schemas format_type has_column_privilege has_schema_privilege has_table_privilege
obj_description pg_encoding_to_char pg_function_is_visible pg_get_constraintdef pg_get_expr pg_get_indexdef
pg_get_partkeydef pg_get_serial_sequence pg_get_userbyid pg_indexes_size pg_relation_size pg_table_is_visible
pg_table_size pg_total_relation_size pg_type_is_visible to_regclass to_regnamespace to_regtype
xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlexists xmltext xpath
xpath_exists
row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
bool bpchar date float4 float8 int2 int4 int8 interval money numeric text time timestamp timestamptz timetz
varchar
system bernoulli`

const AGGREGATE = `
any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr covar_pop covar_samp every json_agg
json_agg_strict json_arrayagg json_object_agg json_object_agg_strict json_object_agg_unique
json_object_agg_unique_strict json_objectagg jsonb_agg jsonb_agg_strict jsonb_object_agg jsonb_object_agg_strict
jsonb_object_agg_unique jsonb_object_agg_unique_strict max min mode percentile_cont percentile_disc range_agg
range_intersect_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance xmlagg`

/** Functions that return a set, with the columns they have in FROM where those are not one named after it. */
const SETS: Readonly<Record<string, readonly string[] | null>> = {
  generate_series: null,
  generate_subscripts: null,
  unnest: null,
  regexp_matches: null,
  regexp_split_to_table: null,
  string_to_table: null,
  json_array_elements: ['value'],
  json_array_elements_text: ['value'],
  jsonb_array_elements: ['value'],
  jsonb_array_elements_text: ['value'],
  json_each: ['key', 'value'],
  json_each_text: ['key', 'value'],
  jsonb_each: ['key', 'value'],
  jsonb_each_text: ['key', 'value'],
  json_object_keys: null,
  jsonb_object_keys: null,
  jsonb_path_query: null,
  jsonb_path_query_tz: null,
  // Their columns are those of a column definition list or of a row type.
  json_to_record: [],
  json_to_recordset: [],
  jsonb_to_record: [],
  jsonb_to_recordset: [],
  json_populate_record: [],
  json_populate_recordset: [],
  jsonb_populate_record: [],
  jsonb_populate_recordset: [],
}

const VOLATILE = `
currval lastval nextval setval setseed set_config pg_notify pg_sleep pg_sleep_for pg_sleep_until
pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared txid_current txid_current_if_assigned
pg_current_xact_id pg_cancel_backend pg_terminate_backend pg_reload_conf pg_rotate_logfile pg_switch_wal
pg_create_restore_point pg_stat_reset`

function names(list: string): readonly string[] {
  return list.trim().split(/\s+/)
}

function table(): ReadonlyMap<string, BuiltinFunction> {
  const functions = new Map<string, BuiltinFunction>()
  for (const name of names(SCALAR)) functions.set(name, { standing: 'listed', shape: 'scalar' })
  for (const name of names(AGGREGATE)) functions.set(name, { standing: 'listed', shape: 'aggregate' })
  for (const [name, columns] of Object.entries(SETS)) {
    functions.set(name, { standing: 'listed', shape: 'set', ...(columns === null ? {} : { columns }) })
  }
  for (const name of names(VOLATILE)) functions.set(name, { standing: 'volatile', shape: 'scalar' })
  functions.set('count', { standing: 'listed', shape: 'count' })
  return functions
}

export const POSTGRES_FUNCTIONS: ReadonlyMap<string, BuiltinFunction> = table()

export const POSTGRES_OPERATORS: ReadonlySet<string> = new Set(
  names(`
= <> != < <= > >= + - * / % ^ |/ ||/ @ & | # ~ << >> || ~~ ~~* !~~ !~~* ~* !~ !~* ^@ ~<~ ~<=~ ~>~ ~>=~
-> ->> #> #>> @> <@ ? ?| ?& #- @? @@ @@@ && &< &> -|- <-> <#> <^ >^ ?# ?- ?-| ?|| <<| |>> &<| |&> ## @-@ @@ ~=
!! <<= >>= *= *<> *< *<= *> *>=`),
)

/**
 * Built-in types without code of the user's. Of the `reg*` types, which read the catalogue by name, only
 * those of relations, types and schemas.
 */
export const POSTGRES_TYPES: ReadonlySet<string> = new Set(
  names(`
bool int2 int4 int8 float4 float8 numeric text varchar bpchar char name bytea date time timetz timestamp timestamptz
interval uuid json jsonb jsonpath xml bit varbit inet cidr macaddr macaddr8 money point line lseg box path polygon
circle tsvector tsquery int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange
nummultirange tsmultirange tstzmultirange datemultirange oid xid xid8 tid pg_lsn regclass regtype regnamespace unknown void`),
)
