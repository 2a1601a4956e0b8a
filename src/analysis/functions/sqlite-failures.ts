/**
 * Which built-ins of SQLite can fail on the value of an argument: an error that comes for one value and not for
 * another tells of the value, however well the result is masked. Named here are those that cannot. All others can.
 */
import type { Expression } from '../relational.js'
import { words } from './function-groups.js'

const STEADY: ReadonlySet<string> = new Set(
  words(`
char coalesce concat concat_ws hex ifnull iif if instr length likelihood likely lower ltrim nullif octet_length
quote replace round rtrim sign soundex substr substring trim typeof unhex unicode unlikely upper
date datetime julianday strftime time timediff unixepoch json_quote json_valid
avg count group_concat max min string_agg total
cume_dist dense_rank first_value lag last_value lead percent_rank rank row_number`),
)

/** Operators that compute a value and cannot fail on any. Those that compare are uses of their own. */
export const SQLITE_STEADY_OPERATORS: ReadonlySet<string> = new Set([
  ...['||', '+', '-', '*', '/', '%', '&', '|', '~', '<<', '>>'],
])

/** Types to which every value can be cast. */
export const SQLITE_STEADY_TYPES: ReadonlySet<string> = new Set([
  ...['text', 'integer', 'int', 'bigint', 'real', 'double', 'float', 'numeric', 'decimal', 'blob'],
  ...['char', 'varchar', 'boolean', 'date', 'datetime'],
])

/** Whether a call of a built-in can fail on the value of the argument at this position. */
export function sqliteMayFail(name: string, _args: readonly Expression[], _at: number): boolean {
  return !STEADY.has(name)
}
