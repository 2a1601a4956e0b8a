/**
 * The built-in names of MySQL 8 and MariaDB 10.11, reviewed one by one. Listed functions compute from their
 * arguments, the clock, a random source, or the caller's own session, and nothing else; their size is bounded by
 * `max_allowed_packet`. System variables stand as `@@name`. What neither list holds is refused as not reviewed.
 */
import { type FunctionGroup, functionTable, type RefusedGroup, refusals, words } from './function-groups.js'

const SETTINGS = `
auto_increment_increment auto_increment_offset autocommit big_tables character_set_client
character_set_connection character_set_database character_set_filesystem character_set_results
character_set_server character_set_system collation_connection collation_database collation_server
connect_timeout default_storage_engine default_tmp_storage_engine default_week_format
div_precision_increment explicit_defaults_for_timestamp foreign_key_checks group_concat_max_len identity
init_connect innodb_lock_wait_timeout innodb_read_only insert_id interactive_timeout last_insert_id
lc_messages lc_time_names license lock_wait_timeout lower_case_file_system lower_case_table_names
max_allowed_packet max_connections max_execution_time max_statement_time net_buffer_length
net_read_timeout net_write_timeout performance_schema protocol_version pseudo_thread_id
query_cache_size query_cache_type read_only session_track_gtids session_track_schema sql_auto_is_null
sql_big_selects sql_mode sql_notes sql_quote_show_create sql_safe_updates sql_select_limit
sql_warnings storage_engine super_read_only system_time_zone time_zone timestamp
transaction_isolation transaction_read_only tx_isolation tx_read_only unique_checks version
version_comment version_compile_machine version_compile_os wait_timeout`

const GROUPS: readonly FunctionGroup[] = [
  {
    because: 'text computed from text',
    names: `
ascii bin bit_length char char_length character_length chr concat concat_operator_oracle concat_ws elt field
find_in_set format format_bytes format_pico_time from_base64 hex initcap insert instr lcase left length lengthb
locate lower lpad lpad_oracle ltrim ltrim_oracle make_set mid natural_sort_key oct octet_length ord position quote
regexp_instr regexp_like regexp_replace regexp_substr repeat replace replace_oracle reverse right rpad rpad_oracle
rtrim rtrim_oracle sformat soundex space strcmp substr substr_oracle substring substring_index to_base64 to_char
trim trim_oracle ucase unhex upper weight_string`,
  },
  {
    because: 'numbers computed from numbers',
    names: `
abs acos asin atan atan2 bit_count ceil ceiling conv cos cot crc32 crc32c degrees div exp floor ln log log10 log2
mod pi pow power radians rand round sign sin sqrt tan truncate`,
  },
  {
    because: 'dates computed from dates and the clock',
    names: `
add_months adddate addtime convert_tz curdate current_date current_time current_timestamp curtime date date_add
date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear extract from_days from_unixtime
get_format hour last_day localtime localtimestamp makedate maketime microsecond minute month monthname now
period_add period_diff quarter sec_to_time second str_to_date subdate subtime sysdate time time_format
time_to_sec timediff timestamp timestampadd timestampdiff to_days to_seconds unix_timestamp utc_date utc_time
utc_timestamp week weekday weekofyear year yearweek`,
  },
  {
    because: 'a choice among the arguments',
    names: 'coalesce decode_oracle greatest if ifnull interval isnull least nullif nvl nvl2',
  },
  {
    because: 'the type of a value changed or told, and the default of a column',
    names: `
any_value binary cast charset coercibility collation convert decode_histogram default grouping values`,
  },
  {
    because: 'digests and ciphers of the arguments, and random values',
    names: `
aes_decrypt aes_encrypt bin_to_uuid compress decode encode encrypt is_uuid kdf md5 old_password password
random_bytes sha sha1 sha2 statement_digest statement_digest_text sys_guid uncompress uncompressed_length uuid
uuid_short uuid_to_bin uuid_to_timestamp`,
  },
  {
    because: 'network addresses computed from text and numbers',
    names: 'inet6_aton inet6_ntoa inet_aton inet_ntoa is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6',
  },
  {
    because: 'JSON and packed columns computed from the arguments',
    names: `
column_add column_check column_create column_delete column_exists column_get column_json column_list
json_array json_array_append json_array_insert json_array_intersect json_compact json_contains
json_contains_path json_depth json_detailed json_equals json_exists json_extract json_insert json_key_value
json_keys json_length json_loose json_merge json_merge_patch json_merge_preserve json_normalize json_object
json_object_filter_keys json_object_to_array json_overlaps json_pretty json_query json_quote json_remove
json_replace json_schema_valid json_schema_validation_report json_search json_set json_storage_free
json_storage_size json_type json_unquote json_valid json_value`,
  },
  {
    because: 'shapes computed from shapes',
    names: `
area asbinary astext aswkb aswkt boundary buffer centroid contains convexhull crosses dimension disjoint distance
endpoint envelope equals exteriorring geomcollfromtext geomcollfromwkb geometrycollection
geometrycollectionfromtext geometrycollectionfromwkb geometryfromtext geometryfromwkb geometryn geometrytype
geomfromtext geomfromwkb glength interiorringn intersects isclosed isempty isring issimple linefromtext
linefromwkb linestring linestringfromtext linestringfromwkb mbrcontains mbrcoveredby mbrcovers mbrdisjoint
mbrequal mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin mlinefromtext mlinefromwkb mpointfromtext
mpointfromwkb mpolyfromtext mpolyfromwkb multilinestring multilinestringfromtext multilinestringfromwkb
multipoint multipointfromtext multipointfromwkb multipolygon multipolygonfromtext multipolygonfromwkb
numgeometries numinteriorrings numpoints overlaps point pointfromtext pointfromwkb pointn pointonsurface
polyfromtext polyfromwkb polygon polygonfromtext polygonfromwkb srid startpoint touches within x y
st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_boundary st_buffer st_buffer_strategy st_centroid
st_contains st_convexhull st_crosses st_difference st_dimension st_disjoint st_distance st_distance_sphere
st_endpoint st_envelope st_equals st_exteriorring st_frechetdistance st_geohash st_geomcollfromtext
st_geomcollfromtxt st_geomcollfromwkb st_geometrycollectionfromtext st_geometrycollectionfromwkb
st_geometryfromtext st_geometryfromwkb st_geometryn st_geometrytype st_geomfromgeojson st_geomfromtext
st_geomfromwkb st_hausdorffdistance st_interiorringn st_intersection st_intersects st_isclosed st_isempty
st_isring st_issimple st_isvalid st_latfromgeohash st_latitude st_length st_linefromtext st_linefromwkb
st_lineinterpolatepoint st_lineinterpolatepoints st_linestringfromtext st_linestringfromwkb st_longfromgeohash
st_longitude st_makeenvelope st_mlinefromtext st_mlinefromwkb st_mpointfromtext st_mpointfromwkb
st_mpolyfromtext st_mpolyfromwkb st_multilinestringfromtext st_multilinestringfromwkb st_multipointfromtext
st_multipointfromwkb st_multipolygonfromtext st_multipolygonfromwkb st_numgeometries st_numinteriorring
st_numinteriorrings st_numpoints st_overlaps st_pointatdistance st_pointfromgeohash st_pointfromtext
st_pointfromwkb st_pointn st_pointonsurface st_polyfromtext st_polyfromwkb st_polygonfromtext st_polygonfromwkb
st_relate st_simplify st_srid st_startpoint st_swapxy st_symdifference st_touches st_transform st_union
st_validate st_within st_x st_y`,
  },
  {
    because: 'vectors computed from text and bytes, and told as text',
    names: 'from_vector string_to_vector to_vector vector_dim vector_to_string',
  },
  {
    because: 'one value computed from many rows, which lineage follows as a derived value',
    shape: 'aggregate',
    names: `
avg bit_and bit_or bit_xor group_concat json_arrayagg json_objectagg max median min percentile_cont
percentile_disc std stddev stddev_pop stddev_samp st_collect sum var_pop var_samp variance`,
  },
  { because: 'how many rows there are, and nothing of them', shape: 'count', names: 'count' },
  {
    because: 'a row’s place or neighbours in a window',
    names:
      'cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number',
  },
  {
    because: 'what the server tells each client about the client’s own session',
    names: `
connection_id current_role current_user database found_rows schema session_user system_user user version`,
  },
  {
    because: 'the number that the caller’s own insert took; with an argument it would set it',
    names: 'last_insert_id',
    accepts: args => args.length === 0,
  },
  {
    because: 'settings of the caller’s own session and limits that drivers read on connecting',
    names: settings(),
  },
  {
    because: 'it takes, sets or tells a number of a sequence',
    standing: 'volatile',
    names: 'lastval nextval setval',
  },
]

/** Each as the session has it and as the server has it. */
function settings(): string {
  return words(SETTINGS)
    .map(name => `@@${name} @@global.${name}`)
    .join(' ')
}

const REFUSED: readonly RefusedGroup[] = [
  {
    because: 'it reads files of the server or runs programs there',
    names:
      'load_file sys_bineval sys_eval sys_exec sys_get sys_set lib_mysqludf* audit_log_* gen_dictionary* gen_blocklist read_firewall_* keyring_*',
  },
  { because: 'it holds up the server', names: 'sleep benchmark' },
  {
    because: 'it tells which rows the last write changed and which it found as they are',
    names: 'row_count',
  },
  { because: 'with an argument it sets a value of the session', names: 'last_insert_id' },
  {
    because: 'it takes, releases or tells of locks that other sessions share',
    names: `
get_lock is_free_lock is_used_lock release_all_locks release_lock service_get_* service_release_*
version_tokens_*`,
  },
  {
    because: 'it waits for replication, acts on it or tells of it',
    names: `
asynchronous_connection_* binlog_gtid_pos group_replication_* gtid_subset gtid_subtract master_gtid_wait
master_pos_wait source_pos_wait wait_for_executed_gtid_set wait_until_sql_thread_after_gtids wsrep_*`,
  },
  {
    because: 'its errors can show data',
    names: 'extractvalue updatexml',
  },
  {
    because: 'it has no use in a plain read',
    names: 'name_const export_set procedure_analyse',
  },
  {
    because: 'it reads or sets a variable of the session',
    names: 'user_variable*',
  },
  {
    because: 'it uses keys that the server keeps',
    names: 'des_decrypt des_encrypt',
  },
  {
    because: 'it tells of accounts, of other sessions, or how the server is set up',
    names: `
@@* can_access_* get_dd_* internal_* ps_current_thread_id ps_thread_id roles_graphml schemas icu_version
validate_password_strength is_visible_dd_object mysql_query_attribute_string mysql_firewall_* set_firewall_* firewall_*`,
  },
]

export const MYSQL_FUNCTIONS = functionTable(GROUPS)

/** Why a known built-in is not listed. */
export const mysqlRefusal = refusals(GROUPS, REFUSED)

export const MYSQL_OPERATORS: ReadonlySet<string> = new Set([
  ...words('= <> < <= > >= + - * / % & | ^ ~ ! << >> || && ~~ !~~ !~ -> ->> div mod xor'),
  ...['member of', 'sounds like', 'match against'],
])

/** Types that a cast may name. */
export const MYSQL_TYPES: ReadonlySet<string> = new Set(
  words(`
bigint binary bit blob bool boolean char character date datetime dec decimal double fixed float geometry
geometrycollection inet4 inet6 int integer interval json linestring longblob longtext mediumblob mediumint
mediumtext multilinestring multipoint multipolygon national nchar numeric nvarchar point polygon real signed smallint
text time timestamp tinyblob tinyint tinytext unsigned uuid varbinary varchar varchar2 year`),
)
