/**
 * The built-in names of SQLite, reviewed one by one. Listed functions compute from their arguments, the clock or
 * a random source, or tell the shape of the schema, and nothing else. What neither list holds is refused as not
 * reviewed.
 */
import {
  type FunctionGroup,
  functionTable,
  type RefusedGroup,
  type RelationGroup,
  refusals,
  words,
} from './function-groups.js'

const GROUPS: readonly FunctionGroup[] = [
  {
    because: 'text and blobs computed from values',
    names: `
char concat concat_ws format glob hex instr length like lower ltrim octet_length printf quote replace rtrim
soundex substr substring trim typeof unhex unicode unistr unistr_quote upper`,
  },
  {
    because: 'a choice among the arguments',
    names: 'coalesce if ifnull iif nullif likelihood likely unlikely',
  },
  {
    because: 'numbers computed from numbers, and random ones',
    names: `
abs acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow
power radians random round sign sin sinh sqrt tan tanh trunc`,
  },
  {
    because: 'dates computed from dates and the clock',
    names: `
current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch`,
  },
  {
    because: 'JSON computed from JSON',
    names: `
json json_array json_array_insert json_array_length json_error_position json_extract json_insert json_object
json_patch json_pretty json_quote json_remove json_replace json_set json_type json_valid jsonb jsonb_array
jsonb_extract jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set`,
  },
  {
    because: 'one value computed from many rows, which lineage follows as a derived value',
    shape: 'aggregate',
    names: `
avg group_concat json_group_array json_group_object jsonb_group_array jsonb_group_object max median min
percentile percentile_cont percentile_disc string_agg sum total`,
  },
  { because: 'how many rows there are, and nothing of them', shape: 'count', names: 'count' },
  {
    because: 'a row’s place or neighbours in a window',
    names:
      'cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number',
  },
  {
    because: 'the library’s own version, and counts of the connection’s own writes',
    names: 'changes last_insert_rowid sqlite_source_id sqlite_version total_changes',
  },
]

const RELATIONS: readonly RelationGroup[] = [
  {
    because: 'rows computed from the arguments',
    columns: {
      json_each: 'key value type atom id parent fullkey path',
      json_tree: 'key value type atom id parent fullkey path',
      jsonb_each: 'key value type atom id parent fullkey path',
      jsonb_tree: 'key value type atom id parent fullkey path',
      generate_series: 'value',
    },
  },
  {
    because: 'names, types and keys of the schema',
    columns: {
      pragma_table_info: 'cid name type notnull dflt_value pk',
      pragma_table_xinfo: 'cid name type notnull dflt_value pk hidden',
      pragma_table_list: 'schema name type ncol wr strict',
      pragma_index_list: 'seq name unique origin partial',
      pragma_index_info: 'seqno cid name',
      pragma_index_xinfo: 'seqno cid name desc coll key',
      pragma_foreign_key_list: 'id seq table from to on_update on_delete match',
      pragma_collation_list: 'seq name',
      pragma_function_list: 'name builtin type enc narg flags',
    },
  },
]

const REFUSED: readonly RefusedGroup[] = [
  { because: 'it loads code into the process', names: 'load_extension fts3_tokenizer' },
  { because: 'it reads or writes files', names: 'readfile writefile edit fsdir lsmode' },
]

export const SQLITE_FUNCTIONS = functionTable(GROUPS, RELATIONS)

/** Why a known built-in is not listed. */
export const sqliteRefusal = refusals(GROUPS, REFUSED)

export const SQLITE_OPERATORS: ReadonlySet<string> = new Set(
  words('= <> < <= > >= + - * / % & | ~ << >> || -> ->> ~~ !~~ glob'),
)

/** Type names are free text to SQLite; only the affinity counts. These are the ordinary ones. */
export const SQLITE_TYPES: ReadonlySet<string> = new Set(
  words(`
any bigint blob bool boolean char character clob date datetime decimal double float int int2 int8 integer
mediumint nchar none number numeric nvarchar real smallint text time timestamp tinyint varchar varying`),
)
