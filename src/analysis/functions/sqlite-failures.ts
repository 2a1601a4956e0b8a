/**
 * Which built-ins of SQLite can fail on the value of an argument: an error that comes for one value and not for
 * another tells of the value, however well the result is masked. Named here are those that cannot, and those that
 * cannot as long as the other arguments are constants that are plainly in order. All others can. That a value is a
 * blob (JSON holds none) is told by its column's use, and counts as no value; nor does running out of memory.
 */
import type { Expression } from '../relational.js'
import { neverGrows } from './argument-checks.js'
import { words } from './function-groups.js'
import { isPlainFormat, SQLITE_TYPES } from './sqlite.data.js'

const STEADY: ReadonlySet<string> = new Set(
  words(`
char coalesce concat concat_ws hex if ifnull iif instr length likelihood likely lower ltrim nullif octet_length quote
rtrim soundex substr substring subtype trim typeof unhex unicode unlikely upper
atan ceil ceiling degrees floor radians round sign
date datetime julianday strftime time timediff unixepoch
json_array json_error_position json_group_array json_quote jsonb_array jsonb_group_array
avg count group_concat max min string_agg total
cume_dist dense_rank first_value last_value percent_rank rank row_number`),
)

type Check = (args: readonly Expression[], at: number) => boolean

/** Formats are read, and can be wrong; what is put into them cannot. */
const formatted: Check = ([format], at) => at > 0 && format !== undefined && isPlainFormat(format)
/** Names alternate with values, and must be text. */
const isValue: Check = (_args, at) => at % 2 === 1
const onlyFirst: Check = (_args, at) => at === 0

const STEADY_AT: Readonly<Record<string, Check>> = {
  format: formatted,
  printf: formatted,
  json_object: isValue,
  jsonb_object: isValue,
  json_group_object: isValue,
  jsonb_group_object: isValue,
  json_valid: onlyFirst,
  lag: onlyFirst,
  lead: onlyFirst,
  nth_value: onlyFirst,
  replace: (args, at) => at === 0 && neverGrows(args),
}

/** Operators that compute a value and cannot fail on any. Those that compare are uses of their own. */
export const SQLITE_STEADY_OPERATORS: ReadonlySet<string> = new Set(words('|| + - * / % & | ~ << >>'))

/** Types to which every value can be cast: all. */
export const SQLITE_STEADY_TYPES: ReadonlySet<string> = SQLITE_TYPES

/** Whether a call of a built-in can fail on the value of the argument at this position. */
export function sqliteMayFail(name: string, args: readonly Expression[], at: number): boolean {
  if (STEADY.has(name)) return false
  const check = Object.hasOwn(STEADY_AT, name) ? STEADY_AT[name] : undefined
  return check?.(args, at) !== true
}
