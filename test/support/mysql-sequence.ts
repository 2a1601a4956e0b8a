/**
 * The numbers from 1 to `last` as a relation of one column, `seq`, which MySQL and MariaDB both have.
 *
 * @example `insert into t select seq from ${mysqlSequence(20)}`
 */
export function mysqlSequence(last: number): string {
  return `json_table(concat('[0', repeat(',0', ${last - 1}), ']'), '$[*]' columns (seq for ordinality)) numbers_to_${last}`
}
