import { MYSQL_FUNCTIONS, MYSQL_OPERATORS, MYSQL_TYPES, mysqlRefusal } from '../../functions/mysql.data.js'
import {
  MYSQL_STEADY_OPERATORS,
  MYSQL_STEADY_TYPES,
  mysqlMayFail,
  mysqlMayFailInWrites,
} from '../../functions/mysql-failures.js'
import type { CallExpression, Expression } from '../../relational.js'
import type { BindingKind, DialectRules } from '../dialect.js'
import { PROPOSED_ROW } from './proposed-row.js'
import { compose } from './shapes.js'

export const MYSQL_RULES: DialectRules = {
  systemSchema: '',
  fold: name => name.toLowerCase(),
  systemColumns: new Set(),
  rowNumbers: new Set(),
  proposedRow: PROPOSED_ROW,
  outputNamesIn: new Set(['group', 'having', 'order']),
  valuesColumn: at => ({ key: `column_${at}`, name: '' }),
  textTruth,
  exactText: false,
  viewsLookHomeFirst: true,
  nameScopes: 'standard',
  forwardTables: 'unclear',
  mergedColumns: 'standing',
  bindingsMatter: true,
  pins,
  functions: MYSQL_FUNCTIONS,
  choice,
  showsRowNumbers: new Set(['last_insert_id', '@@last_insert_id', '@@identity']),
  refusal: mysqlRefusal,
  operators: MYSQL_OPERATORS,
  types: MYSQL_TYPES,
  mayFail: mysqlMayFail,
  steadyOperators: MYSQL_STEADY_OPERATORS,
  inWrites: { mayFail: mysqlMayFailInWrites, steadyOperators: new Set() },
  steadyTypes: MYSQL_STEADY_TYPES,
  plainText: new Set(['char', 'varchar', 'nchar', 'nvarchar', 'text', 'longtext', 'mediumtext', 'tinytext']),
}

/** MariaDB's own: of such a name, MySQL calls whatever function a user has written. */
function choice({ name, args, over }: CallExpression): Expression | undefined {
  const [first, value, otherwise] = args
  if (over !== undefined || first === undefined || value === undefined) return undefined
  if (name.name === 'nvl') return compose('coalesce', args)
  if (name.name !== 'nvl2' || otherwise === undefined || args.length !== 3) return undefined
  const when: Expression = { type: 'null-test', operand: first, negated: true }
  return { type: 'case', arms: [{ when, value }], otherwise }
}

/** What is a number at the beginning of a string decides: `'1abc'` is true, `'abc'` is 0 and false. */
function textTruth(text: string): boolean | 'unknown' {
  const number = /^\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/.exec(text)
  if (number === null) return false
  const value = Number(number[0])
  // Some versions round a fraction before they look.
  return Math.abs(value) > 0 && Math.abs(value) < 1 ? 'unknown' : value !== 0
}

const TEXT = /^(?:char|varchar|nchar|nvarchar|tinytext|text|mediumtext|longtext|enum|set)$/
const WHOLE = /^(?:tinyint|smallint|mediumint|int|integer|bigint|year|bit)$/
/** Exact as the floating-point numbers in which they are compared with text. */
const SMALL = /^(?:tinyint|smallint|mediumint|int|integer|year)$/
const NUMBER = /^(?:decimal|numeric|float|double|real)$/
const BYTES = /^(?:binary|varbinary|tinyblob|blob|mediumblob|longblob)$/
const TEMPORAL: ReadonlyMap<string, RegExp> = new Map([
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['datetime', /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)?$/],
  ['timestamp', /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)?$/],
  ['time', /^-?\d{2,3}:\d{2}:\d{2}(?:\.\d{1,6})?$/],
])

/**
 * Text compared with a number is all turned into numbers, so that `'abc' = 0` holds for most rows; a string
 * that is no date compares with dates in ways that differ by version.
 */
function pins(columnType: string, value: Expression, binding: BindingKind | undefined): boolean {
  const type = (/^[a-z]+/.exec(columnType.toLowerCase()) ?? [''])[0]
  const kind = valueKind(value, binding)
  if (TEXT.test(type) || BYTES.test(type) || type === 'uuid') return kind === 'text' || kind === 'null'
  if (WHOLE.test(type) || NUMBER.test(type)) {
    if (kind === 'number' || kind === 'null') return true
    if (kind !== 'text') return false
    // A whole number is compared with a given string as with one number.
    if (value.type === 'parameter') return WHOLE.test(type)
    return SMALL.test(type) || (value.type === 'constant' && /^-?\d{1,15}$/.test(String(value.value)))
  }
  const form = TEMPORAL.get(type)
  if (form === undefined) return false
  if (kind === 'null') return true
  const literal = value.type === 'cast' ? value.operand : value
  if (literal.type === 'constant') return typeof literal.value === 'string' && form.test(literal.value)
  return binding === 'other'
}

function valueKind(value: Expression, binding: BindingKind | undefined): BindingKind | undefined {
  switch (value.type) {
    case 'parameter':
      return binding
    case 'constant':
      if (value.value === null) return 'null'
      return typeof value.value === 'string' ? 'text' : 'number'
    case 'cast':
      return /^(?:char|nchar|varchar)$/.test(value.to.name)
        ? 'text'
        : /^(?:signed|unsigned|decimal|double)$/.test(value.to.name)
          ? 'number'
          : 'other'
    case 'operator':
      return value.name.name === '-' && value.operands.length === 1 ? 'number' : 'other'
    default:
      return 'other'
  }
}
