/**
 * Which built-ins can fail on the value of an argument: an error that comes for one value and not for
 * another tells of the value, however well the result is masked. Named here are those that cannot, and
 * those that cannot as long as the other arguments are constants that are plainly in order. (Where
 * such a constant is wrong, the error would still tell whether the value is null.) All others can.
 */
import type { Expression } from '../relational.js'
import {
  anyText,
  anything,
  count,
  hasSteadyForm,
  neverGrows,
  plainPattern,
  type SteadyForm,
  spelled,
} from './argument-checks.js'
import { words } from './function-groups.js'

const STEADY = `
ascii btrim ltrim rtrim bit_length char_length character_length octet_length length concat concat_ws initcap lower
upper left right md5 position strpos quote_ident quote_literal quote_nullable reverse starts_with text
to_ascii translate sha224 sha256 sha384 sha512 crc32 crc32c hashtext hashtextextended bit_count
ceil ceiling floor round trunc sign abs
array_to_json json_build_array jsonb_build_array row_to_json to_json to_jsonb json_typeof jsonb_typeof jsonb_pretty
json_strip_nulls jsonb_strip_nulls json_extract_path json_extract_path_text jsonb_extract_path
jsonb_extract_path_text cardinality array_length array_lower array_upper array_ndims array_dims array_to_string
num_nonnulls num_nulls pg_typeof pg_column_size pg_collation_for isfinite isempty family host masklen
any_value array_agg avg bool_and bool_or count every json_agg json_agg_strict json_arrayagg jsonb_agg
jsonb_agg_strict max min mode string_agg stddev stddev_pop stddev_samp sum var_pop var_samp variance
first_value last_value rank dense_rank row_number percent_rank cume_dist`

const CODE = /^(?:hex|base64|escape)$/
const UNIT = /^(?:century|decade|year|quarter|month|week|day|hour|minute|second|epoch|dow|doy)$/
const DATE_FORMAT = /^(?:YYYY|MM|DD|HH24|MI|SS|[-/:. ])*$/
const plainFormat = spelled(/^(?:[^%]|%(?:[1-9]\$)?[sL%])*$/)

const FORMS: Readonly<Record<string, readonly SteadyForm[]>> = {
  substr: [{ value: 0, rest: [count, count] }],
  substring: [
    { value: 0, rest: [count, count] },
    { value: 0, rest: [plainPattern] },
  ],
  lpad: [{ value: 0, rest: [count, anyText] }],
  rpad: [{ value: 0, rest: [count, anyText] }],
  repeat: [{ value: 0, rest: [count] }],
  split_part: [{ value: 0, rest: [anyText, count] }],
  overlay: [{ value: 0, rest: [anyText, count, count] }],
  regexp_replace: [{ value: 0, rest: [plainPattern, anyText, spelled(/^[gi]*$/)] }],
  regexp_substr: [{ value: 0, rest: [plainPattern] }],
  regexp_like: [{ value: 0, rest: [plainPattern] }],
  regexp_count: [{ value: 0, rest: [plainPattern] }],
  encode: [{ value: 0, rest: [spelled(CODE)] }],
  convert_to: [{ value: 0, rest: [spelled(/^utf-?8$/i)] }],
  date_trunc: [{ value: 1, rest: [spelled(UNIT)] }],
  date_part: [{ value: 1, rest: [spelled(UNIT)] }],
  extract: [{ value: 1, rest: [spelled(UNIT)] }],
  to_char: [{ value: 0, rest: [spelled(DATE_FORMAT)] }],
  // Names must not be null; the value has no part in that.
  json_object_agg: [{ value: 1, rest: [anything] }],
  jsonb_object_agg: [{ value: 1, rest: [anything] }],
  lag: [{ value: 0, rest: [count] }],
  lead: [{ value: 0, rest: [count] }],
  normalize: [{ value: 0, rest: [spelled(/^nfk?[cd]$/i)] }],
  nth_value: [{ value: 0, rest: [count] }],
}

const steady: ReadonlySet<string> = new Set(words(STEADY))

/** Operators that compute a value and cannot fail on any. Those that compare are uses of their own. */
export const POSTGRES_STEADY_OPERATORS: ReadonlySet<string> = new Set([
  ...['||', '->', '->>', '#>', '#>>', '@>', '<@', '?', '?|', '?&', '&&', '@?', '@@'],
])

/** Types to which every value can be cast. */
export const POSTGRES_STEADY_TYPES: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name'])

/** Whether a call of a built-in can fail on the value of the argument at this position. */
export function postgresMayFail(name: string, args: readonly Expression[], at: number): boolean {
  if (steady.has(name)) return false
  if (name === 'replace') return at > 0 || !neverGrows(args)
  // Names alternate with values.
  if (name === 'json_build_object' || name === 'jsonb_build_object') return at % 2 === 0
  // A format is read, and can be wrong; what is put into it cannot. Widths, which values can be, are left out.
  if (name === 'format') return at === 0 || args[0] === undefined || !plainFormat(args[0])
  const forms = Object.hasOwn(FORMS, name) ? (FORMS[name] ?? []) : []
  return !hasSteadyForm(forms, args, at)
}
