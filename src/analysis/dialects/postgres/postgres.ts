import {
  POSTGRES_FUNCTIONS,
  POSTGRES_OPERATORS,
  POSTGRES_TYPES,
  postgresRefusal,
} from '../../functions/postgres.data.js'
import {
  POSTGRES_STEADY_OPERATORS,
  POSTGRES_STEADY_TYPES,
  postgresMayFail,
} from '../../functions/postgres-failures.js'
import type { Expression } from '../../relational.js'
import { type DialectReader, type DialectRules, queryOf, type ReadStatement } from '../dialect.js'
import { refuseUnreadable } from '../unreadable.js'
import { lowerParseTree } from './lower.js'
import { loadPostgresParser } from './parser.js'
import { scan } from './scan.js'
import { postgresTemplate } from './template.js'

export interface ReadingLimits {
  /** Characters. */
  readonly maxLength: number
  /** Open brackets plus chained operators, at any point. */
  readonly maxDepth: number
}

const KEEPS_ROWS: ReadonlySet<string> = new Set([
  ...['any_value', 'array_agg', 'unnest', 'first_value', 'last_value', 'lag', 'lead', 'nth_value'],
  ...['json_populate_record', 'json_populate_recordset', 'jsonb_populate_record', 'jsonb_populate_recordset'],
])

const POSTGRES_RULES: DialectRules = {
  systemSchema: 'pg_catalog',
  fold: name => name,
  systemColumns: new Set(['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid']),
  rowNumbers: new Set(),
  proposedRow: 'excluded',
  outputNamesIn: new Set(),
  valuesColumn: at => ({ key: `column${at + 1}`, name: `column${at + 1}` }),
  textTruth,
  exactText: true,
  viewsLookHomeFirst: false,
  nameScopes: 'standard',
  forwardTables: 'seen',
  mergedColumns: 'listed',
  bindingsMatter: false,
  pins,
  functions: POSTGRES_FUNCTIONS,
  refusal: postgresRefusal,
  keepsRows: KEEPS_ROWS,
  operators: POSTGRES_OPERATORS,
  types: POSTGRES_TYPES,
  mayFail: postgresMayFail,
  steadyOperators: POSTGRES_STEADY_OPERATORS,
  steadyTypes: POSTGRES_STEADY_TYPES,
  plainText: new Set(['text', 'varchar', 'character varying']),
}

export async function loadPostgres(limits: ReadingLimits): Promise<DialectReader> {
  const parser = await loadPostgresParser()
  function read(text: string): ReadStatement {
    refuseUnreadable(text, limits.maxLength)
    const fingerprint = scan(text, limits.maxDepth)
    return { statement: lowerParseTree(parser.parse(text)), fingerprint }
  }
  return {
    rules: POSTGRES_RULES,
    template: text => (text.length > limits.maxLength ? undefined : postgresTemplate(text)),
    read,
    readView: definition => queryOf(read(definition).statement),
  }
}

/** A value that is given a type can compare as that type, which takes several values of the column's for one. */
const LOSSY: Readonly<Record<string, ReadonlySet<string>>> = {
  float4: new Set(['bigint', 'numeric', 'integer']),
  float8: new Set(['bigint', 'numeric']),
  // Trailing blanks do not count.
  bpchar: new Set(['text', 'character varying']),
}

function pins(columnType: string, value: Expression): boolean {
  switch (value.type) {
    case 'cast':
      return LOSSY[value.to.name]?.has(columnType) !== true
    case 'compose':
    case 'operator':
      return (value.type === 'operator' ? value.operands : value.parts).every(part => pins(columnType, part))
    default:
      return true
  }
}

function textTruth(text: string): boolean | 'unknown' {
  const word = text.trim().toLowerCase()
  if (/^(?:t|tr|tru|true|y|ye|yes|on|1)$/.test(word)) return true
  return /^(?:f|fa|fal|fals|false|n|no|of|off|0)$/.test(word) ? false : 'unknown'
}
