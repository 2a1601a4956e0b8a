/**
 * Keywords as the servers' own grammars class them (`information_schema.keywords`, and for each word whether
 * the server takes it for a name there). A word that only one server reserves is a name here: the other
 * reading is an error.
 */

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}

/** Character sets that `_name'…'` can name on every server that Cardea knows. */
export const CHARACTER_SETS = words(`
armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932 dec8 eucjpms euckr gb2312 gbk
geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman sjis swe7 tis620 ucs2
ujis utf16 utf16le utf32 utf8 utf8mb3 utf8mb4`)

const KEYWORDS = words(`
accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call
cascade case change char character check collate column condition constraint continue convert create cross
current_date current_role current_time current_timestamp current_user cursor databases day_hour
day_microsecond day_minute day_second dec decimal declare default delayed delete delete_domain_id desc
describe deterministic distinct distinctrow div do_domain_ids double drop dual each else elseif enclosed
escaped except exists exit explain false fetch float float4 float8 for force foreign from fulltext grant
group having high_priority hour_microsecond hour_minute hour_second if ignore ignore_domain_ids in index
infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect interval into is
iterate join key keys kill leading leave left like limit linear lines load localtime localtimestamp lock
long longblob longtext loop low_priority master_demote_to_replica master_demote_to_slave
master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext middleint minute_microsecond
minute_second mod modifies natural no_write_to_binlog not null numeric offset on optimize optionally or
order out outer outfile over page_checksum parse_vcol_expr partition portion precision primary procedure
purge range read read_write reads real recursive ref_system_id references regexp release rename repeat
replace require resignal restrict return returning revoke right rlike row_number rows schemas
second_microsecond select sensitive separator set show signal smallint spatial specific sql sql_big_result
sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl starting stats_auto_recalc
stats_persistent stats_sample_pages straight_join table terminated then tinyblob tinyint tinytext to
trailing trigger true undo union unique unlock unsigned update usage use using utc_date utc_time
utc_timestamp values varbinary varchar varcharacter varying when where while with write xor year_month
zerofill`)

/** Never a name unless quoted or written behind a dot. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...KEYWORDS,
  ...[...CHARACTER_SETS].map(name => `_${name}`),
])

/** Names that cannot be called, although they are names elsewhere. */
export const NEVER_CALLED = words(`
any backup begin binlog bit bool boolean byte cache checkpoint checksum clob close code
comment commit compressed datetime deallocate do end enum examined exclude execute fixed flush following
follows function get global handler help host id ignored install json language local medium names national
nchar no number nvarchar open option options others owner parser period port precedes preceding prepare
raw remove repair replica replicas reset restore role rollback savepoint security serial server session
shutdown signed slave slaves socket some soname sounds start stop stored text ties unbounded
unicode uninstall upgrade varchar2 window wrapper xa`)

/** Reserved words that are called like functions. */
export const CALLED_KEYWORDS = words(`
char if insert left mod repeat replace right row_number`)

/** Functions without brackets, or with. */
export const BARE_CALLS = words(`
current_date current_role current_time current_timestamp current_user localtime localtimestamp utc_date utc_time
utc_timestamp`)

/** Functions of the grammar itself: by a quoted name, a stored function is meant. */
export const GRAMMAR_FUNCTIONS = words(`
adddate bit_and bit_or bit_xor cast count curdate curtime date_add date_sub extract group_concat max mid min now
position session_user std stddev stddev_pop stddev_samp subdate substr substring sum sysdate system_user trim
var_pop var_samp variance
cume_dist dense_rank first_value json_arrayagg json_objectagg lag lead median nth_value ntile percent_rank
percentile_cont percentile_disc rank st_collect trim_oracle`)

/** Units of INTERVAL, EXTRACT and TIMESTAMPDIFF. */
export const UNITS = words(`
microsecond second minute hour day week month quarter year second_microsecond minute_microsecond minute_second
hour_microsecond hour_second hour_minute day_microsecond day_second day_minute day_hour year_month sql_tsi_second
sql_tsi_minute sql_tsi_hour sql_tsi_day sql_tsi_week sql_tsi_month sql_tsi_quarter sql_tsi_year`)
