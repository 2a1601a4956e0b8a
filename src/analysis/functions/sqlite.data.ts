/**
 * The built-in names of SQLite (with its usual extensions, and libSQL's), reviewed one by one. Listed functions
 * compute from their arguments, the clock or a random source, or tell the shape of the schema, and nothing else.
 * What neither list holds is refused as not reviewed.
 */
import type { Expression } from '../relational.js'
import {
  type Accepts,
  type FunctionGroup,
  functionTable,
  type RefusedGroup,
  type RelationGroup,
  refusals,
  words,
} from './function-groups.js'

/** Bytes that one call may make out of nothing: the library runs inside the caller's process. */
const MAX_BYTES = 1024
/** A width or precision of four digits makes kilobytes, of nine a gigabyte; `*` takes it from an argument. */
const PLAIN_FORMAT = /^(?:[^%]|%[-+ 0,#!]*\d{0,3}(?:\.\d{0,3})?l{0,2}[%a-zA-Z])*$/

const fewBytes: Accepts = ([size]) =>
  size?.type === 'constant' && typeof size.value === 'number' && size.value <= MAX_BYTES
const plainFormat: Accepts = ([format]) => format === undefined || isPlainFormat(format)

/** Whether this is a constant format without wide fields. */
export function isPlainFormat(format: Expression): boolean {
  return format.type === 'constant' && typeof format.value === 'string' && PLAIN_FORMAT.test(format.value)
}

const GROUPS: readonly FunctionGroup[] = [
  {
    because: 'text and bytes computed from values',
    names: `
char concat concat_ws glob hex instr length like lower ltrim octet_length quote replace rtrim soundex substr
substring subtype trim typeof unhex unicode unistr unistr_quote upper`,
  },
  {
    because: 'text in the form that a constant says',
    names: 'format printf',
    accepts: plainFormat,
  },
  { because: 'a few random or empty bytes', names: 'randomblob zeroblob', accepts: fewBytes },
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
-> ->> json json_array json_array_insert json_array_length json_error_position json_extract json_insert
json_object json_patch json_pretty json_quote json_remove json_replace json_set json_type json_valid jsonb
jsonb_array jsonb_array_insert jsonb_extract jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace
jsonb_set`,
  },
  {
    because: 'vectors computed from vectors',
    names: `
vector vector16 vector1bit vector32 vector64 vector8 vector_distance_cos vector_distance_l2 vector_extract
vectorb16`,
  },
  {
    because: 'shapes computed from shapes',
    names: `
geopoly_area geopoly_bbox geopoly_blob geopoly_ccw geopoly_contains_point geopoly_json geopoly_overlap
geopoly_regular geopoly_svg geopoly_within geopoly_xform`,
  },
  {
    because: 'one value computed from many rows, which lineage follows as a derived value',
    shape: 'aggregate',
    names: `
avg geopoly_group_bbox group_concat json_group_array json_group_object jsonb_group_array jsonb_group_object max
median min percentile percentile_cont percentile_disc string_agg sum total`,
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
      json_each: 'key value type atom id parent fullkey path / json root',
      json_tree: 'key value type atom id parent fullkey path / json root',
      jsonb_each: 'key value type atom id parent fullkey path / json root',
      jsonb_tree: 'key value type atom id parent fullkey path / json root',
      generate_series: 'value / start stop step',
    },
  },
  {
    because: 'names, types and keys of the schema, and the names of its files',
    columns: {
      pragma_collation_list: 'seq name',
      pragma_database_list: 'seq name file',
      pragma_foreign_key_list: 'id seq table from to on_update on_delete match / arg schema',
      pragma_index_info: 'seqno cid name / arg schema',
      pragma_index_list: 'seq name unique origin partial / arg schema',
      pragma_index_xinfo: 'seqno cid name desc coll key / arg schema',
      pragma_table_info: 'cid name type notnull dflt_value pk / arg schema',
      pragma_table_list: 'schema name type ncol wr strict / arg',
      pragma_table_xinfo: 'cid name type notnull dflt_value pk hidden / arg schema',
    },
  },
  {
    because: 'what this copy of the library knows',
    columns: {
      pragma_compile_options: 'compile_options',
      pragma_encoding: 'encoding',
      pragma_function_list: 'name builtin type enc narg flags',
      pragma_module_list: 'name',
      pragma_pragma_list: 'name',
    },
  },
]

const REFUSED: readonly RefusedGroup[] = [
  { because: 'it loads code into the process', names: 'load_extension fts3_* fts5*' },
  { because: 'it reads or writes files', names: 'readfile writefile edit fsdir lsmode zipfile* sqlar_*' },
  { because: 'it writes to the log of the process', names: 'sqlite_log' },
  {
    because: 'the size of its result is not a small constant',
    names: 'randomblob zeroblob',
  },
  {
    because: 'its format is no constant, or asks for very wide fields',
    names: 'format printf',
  },
  {
    because: 'it shows columns that the statement does not name',
    names: 'bm25 highlight matchinfo offsets optimize snippet',
  },
  {
    because: 'it reads tables by name or pages by number',
    names: 'rtreecheck rtreedepth rtreenode sqlite_offset dbinfo* sqlite_dbpage dbstat vector_top_k libsql_*',
  },
  { because: 'it reads memory by address', names: 'carray* sqlite_stmt bytecode tables_used intptr' },
  { because: 'it tells how the library was made', names: 'sqlite_compileoption_*' },
  { because: 'it serves accounts of the database', names: 'sqlite_crypt auth_*' },
  { because: 'it reads or changes a setting of the database', names: 'pragma_*' },
  { because: 'the application brings it, and it has not been reviewed', names: 'regexp match' },
  { because: 'it makes a trigger fail on purpose', names: 'raise' },
]

export const SQLITE_FUNCTIONS = functionTable(GROUPS, RELATIONS)

/** Why a known built-in is not listed. */
export const sqliteRefusal = refusals(GROUPS, REFUSED)

export const SQLITE_OPERATORS: ReadonlySet<string> = new Set(
  words('= <> < <= > >= + - * / % & | ~ << >> || -> ->> ~~ !~~ glob match'),
)

/** Type names are free text to SQLite; only the affinity counts. These are the ordinary ones. */
export const SQLITE_TYPES: ReadonlySet<string> = new Set(
  words(`
any bigint blob bool boolean char character clob date datetime decimal double float int int2 int4 int8 integer
mediumint nchar none number numeric nvarchar real smallint text time timestamp tinyint unsigned varbinary varchar
varying`),
)
