/**
 * Which built-ins of MySQL and MariaDB can fail on the value of an argument: an error that comes for one value
 * and not for another tells of the value, however well the result is masked. Named here are those that cannot, and
 * those that cannot as long as the other arguments are constants that are plainly in order. All others can. Most of
 * what other engines refuse gives NULL or a nearest value here, with a warning; warnings are not shown. What one of the
 * two servers cannot fail on and the other can, can fail: MySQL alone finds variances out of range, and numbers no text.
 */
import type { Expression } from '../relational.js'
import {
  anyText,
  anything,
  count,
  hasSteadyForm,
  neverGrows,
  places,
  plainPattern,
  type SteadyForm,
  spelled,
} from './argument-checks.js'
import { words } from './function-groups.js'

const STEADY: ReadonlySet<string> = new Set(
  words(`
ascii bin bit_length char char_length character_length chr concat concat_operator_oracle concat_ws elt field
find_in_set format from_base64 hex insert instr lcase left length lengthb locate lower ltrim ltrim_oracle make_set
mid oct octet_length ord position quote reverse right rtrim rtrim_oracle soundex strcmp
substr substr_oracle substring substring_index to_base64 trim trim_oracle ucase unhex upper
atan atan2 bit_count ceil ceiling conv cos crc32 floor md5 radians sha sha1 sign sin sqrt
coalesce greatest if ifnull interval isnull least nullif nvl nvl2
adddate addtime convert_tz date date_add date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear
extract from_days from_unixtime hour last_day makedate microsecond minute month monthname quarter sec_to_time second
str_to_date subdate subtime time time_format time_to_sec timediff timestamp timestampadd timestampdiff to_days
to_seconds unix_timestamp week weekday weekofyear year yearweek
any_value charset coercibility collation json_array json_arrayagg json_valid
avg bit_and bit_or bit_xor count group_concat max min sum
cume_dist dense_rank first_value last_value percent_rank rank row_number`),
)

const FORMS: Readonly<Record<string, readonly SteadyForm[]>> = {
  lag: [{ value: 0, rest: [count] }],
  lead: [{ value: 0, rest: [count] }],
  lpad: [{ value: 0, rest: [count, anyText] }],
  nth_value: [{ value: 0, rest: [count] }],
  regexp_instr: [{ value: 0, rest: [plainPattern] }],
  regexp_like: [{ value: 0, rest: [plainPattern] }],
  regexp_replace: [{ value: 0, rest: [plainPattern, spelled(/^[^\\$]*$/)] }],
  regexp_substr: [{ value: 0, rest: [plainPattern] }],
  repeat: [{ value: 0, rest: [count] }],
  // A number of places below zero can carry an integer over its range.
  round: [{ value: 0, rest: [places] }],
  rpad: [{ value: 0, rest: [count, anyText] }],
  sha2: [{ value: 0, rest: [count] }],
  truncate: [{ value: 0, rest: [places] }],
  // Names must not be null; the value has no part in that.
  json_objectagg: [{ value: 1, rest: [anything] }],
}

const REPLACES = /^replace(?:_oracle)?$/

/** Operators that compute a value and cannot fail on any. Those that compare are uses of their own. */
export const MYSQL_STEADY_OPERATORS: ReadonlySet<string> = new Set(words('% mod ~ ! << >> || && xor'))

/** Types to which every value can be cast, in reads and in writes. */
export const MYSQL_STEADY_TYPES: ReadonlySet<string> = new Set(words('char varchar nchar binary varbinary'))

/** Whether a call of a built-in can fail on the value of the argument at this position. */
export function mysqlMayFail(name: string, args: readonly Expression[], at: number): boolean {
  if (STEADY.has(name)) return false
  if (REPLACES.test(name)) return at > 0 || !neverGrows(args)
  // Names alternate with values.
  if (name === 'json_object') return at % 2 === 0
  const forms = Object.hasOwn(FORMS, name) ? (FORMS[name] ?? []) : []
  return !hasSteadyForm(forms, args, at)
}

/**
 * Those that cannot in a write either. There strict mode makes errors of the warnings that reads ignore: for text that
 * is no number or date where one is wanted, and for results that are too long.
 */
const STEADY_IN_WRITES: ReadonlySet<string> = new Set(
  words(`
ascii bit_length char_length character_length coalesce concat concat_ws count hex ifnull isnull lcase length lengthb
lower ltrim max md5 min nvl octet_length ord quote reverse rtrim sha sha1 trim ucase upper`),
)

const FORMS_IN_WRITES: Readonly<Record<string, readonly SteadyForm[]>> = {
  left: [{ value: 0, rest: [count] }],
  mid: [{ value: 0, rest: [count, count] }],
  right: [{ value: 0, rest: [count] }],
  sha2: [{ value: 0, rest: [count] }],
  substr: [{ value: 0, rest: [count, count] }],
  substring: [{ value: 0, rest: [count, count] }],
}

/** As `mysqlMayFail`, for calls anywhere in a statement that writes. */
export function mysqlMayFailInWrites(name: string, args: readonly Expression[], at: number): boolean {
  if (STEADY_IN_WRITES.has(name)) return false
  if (REPLACES.test(name)) return at > 0 || !neverGrows(args)
  const forms = Object.hasOwn(FORMS_IN_WRITES, name) ? (FORMS_IN_WRITES[name] ?? []) : []
  return !hasSteadyForm(forms, args, at)
}
