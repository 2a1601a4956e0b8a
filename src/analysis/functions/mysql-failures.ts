/**
 * Which built-ins of MySQL and MariaDB can fail on the value of an argument: an error that comes for one value
 * and not for another tells of the value, however well the result is masked. Named here are those that cannot.
 * All others can.
 */
import type { Expression } from '../relational.js'
import { words } from './function-groups.js'

const STEADY: ReadonlySet<string> = new Set(
  words(`
ascii bin bit_length char_length character_length concat concat_ws elt field find_in_set hex instr lcase left
length locate lower ltrim mid oct octet_length ord position quote replace reverse right rtrim soundex strcmp
substr substring substring_index to_base64 trim ucase unhex upper
bit_count ceil ceiling crc32 floor md5 round sha sha1 sha2 sign truncate
coalesce greatest if ifnull isnull least nullif nvl nvl2
adddate addtime curdate date date_add date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear
extract hour last_day microsecond minute month monthname quarter second str_to_date subdate subtime time
time_format timediff timestamp timestampadd timestampdiff to_days unix_timestamp week weekday year yearweek
any_value avg bit_and bit_or bit_xor count group_concat max min std stddev stddev_pop stddev_samp sum var_pop
var_samp variance first_value last_value rank dense_rank row_number percent_rank cume_dist`),
)

/** Operators that compute a value and cannot fail on any. Those that compare are uses of their own. */
export const MYSQL_STEADY_OPERATORS: ReadonlySet<string> = new Set(['||', '&&', 'xor', '%', 'mod'])

/** Types to which every value can be cast. */
export const MYSQL_STEADY_TYPES: ReadonlySet<string> = new Set([
  ...[
    'char',
    'varchar',
    'nchar',
    'binary',
    'date',
    'datetime',
    'time',
    'year',
    'signed',
    'unsigned',
    'decimal',
  ],
  ...['double', 'float', 'real'],
])

/** Whether a call of a built-in can fail on the value of the argument at this position. */
export function mysqlMayFail(name: string, _args: readonly Expression[], _at: number): boolean {
  return !STEADY.has(name)
}
