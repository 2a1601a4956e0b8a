/**
 * The built-in names of MySQL 8 and MariaDB 10.11, reviewed one by one. Listed functions compute from their
 * arguments, the clock, a random source, or what the server tells every client on connecting, and nothing
 * else. System variables stand as `@@name`. What neither list holds is refused as not reviewed.
 */
import { type FunctionGroup, functionTable, type RefusedGroup, refusals, words } from './function-groups.js'

const GROUPS: readonly FunctionGroup[] = [
  {
    because: 'text computed from text',
    names: `
ascii bin bit_length char char_length character_length chr concat concat_ws elt field find_in_set format
format_bytes format_pico_time from_base64 hex initcap insert instr lcase left length lengthb locate lower ltrim
make_set mid natural_sort_key oct octet_length ord position quote regexp_instr regexp_like regexp_replace
regexp_substr replace reverse right rtrim sformat soundex strcmp substr substring substring_index to_base64
to_char trim trim_oracle ucase unhex upper weight_string`,
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
    because: 'the type of a value changed or told',
    names: 'any_value binary cast charset coercibility collation convert default values',
  },
  {
    because: 'digests and ciphers of the arguments, and random bytes',
    names: `
aes_decrypt aes_encrypt compress md5 password_hash random_bytes sha sha1 sha2 statement_digest
statement_digest_text uncompress uncompressed_length uuid uuid_short uuid_to_bin bin_to_uuid is_uuid sys_guid`,
  },
  {
    because: 'network addresses computed from text and numbers',
    names: `
inet6_aton inet6_ntoa inet_aton inet_ntoa is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6`,
  },
  {
    because: 'JSON computed from JSON',
    names: `
json_array json_array_append json_array_insert json_array_intersect json_compact json_contains
json_contains_path json_depth json_detailed json_equals json_exists json_extract json_insert json_keys
json_length json_loose json_merge json_merge_patch json_merge_preserve json_normalize json_object
json_object_filter_keys json_object_to_array json_key_value json_overlaps json_pretty json_query json_quote
json_remove json_replace json_schema_valid json_schema_validation_report json_search json_set json_storage_free
json_storage_size json_type json_unquote json_valid json_value member_of`,
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
connection_id current_role current_user database found_rows last_insert_id row_count schema session_user
system_user user version`,
  },
  {
    because: 'settings of the session and limits of the protocol that drivers read on connecting',
    names: `
@@auto_increment_increment @@auto_increment_offset @@autocommit @@character_set_client @@character_set_connection
@@character_set_database @@character_set_results @@character_set_server @@collation_connection
@@collation_database @@collation_server @@default_storage_engine @@init_connect @@interactive_timeout
@@lower_case_table_names @@max_allowed_packet @@net_buffer_length @@net_write_timeout @@performance_schema
@@sql_auto_is_null @@sql_mode @@sql_select_limit @@system_time_zone @@time_zone @@transaction_isolation
@@transaction_read_only @@tx_isolation @@tx_read_only @@version @@version_comment @@version_compile_machine
@@version_compile_os @@wait_timeout`,
  },
]

const REFUSED: readonly RefusedGroup[] = [
  { because: 'it reads or writes files of the server', names: 'load_file sys_eval sys_exec sys_get sys_set' },
  { because: 'it holds up the server', names: 'sleep benchmark' },
  {
    because: 'it takes or tells of locks that other sessions share',
    names: 'get_lock is_free_lock is_used_lock release_all_locks release_lock',
  },
  {
    because: 'it waits for replication',
    names: `
master_gtid_wait master_pos_wait source_pos_wait wait_for_executed_gtid_set
wait_until_sql_thread_after_gtids`,
  },
]

export const MYSQL_FUNCTIONS = functionTable(GROUPS)

/** Why a known built-in is not listed. */
export const mysqlRefusal = refusals(GROUPS, REFUSED)

export const MYSQL_OPERATORS: ReadonlySet<string> = new Set(
  words(`
= <> < <= > >= + - * / % div mod & | ^ ~ << >> || && xor ~~ !~~ !~ -> ->> sounds glob`),
)

/** Types that a cast may name. */
export const MYSQL_TYPES: ReadonlySet<string> = new Set(
  words(`
bigint binary bit blob bool boolean char character date datetime dec decimal double fixed float inet4 inet6 int
integer json longblob longtext mediumblob mediumint mediumtext national nchar numeric nvarchar real signed
smallint text time timestamp tinyblob tinyint tinytext unsigned uuid varbinary varchar varchar2 year`),
)
