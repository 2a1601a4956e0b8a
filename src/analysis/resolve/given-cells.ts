/**
 * Columns whose values all stand in the statement or its bindings: those of VALUES, of SELECT without FROM
 * and of such selects put together by UNION, and of `unnest` of given arrays.
 */
import type { DialectRules } from '../dialects/dialect.js'
import type { Body, Expression, FunctionSource, Query, Source, TableSource } from '../relational.js'
import type { Place } from './analysis.js'
import type { CommonScope } from './common-tables.js'
import { elementCount, isGiven } from './given.js'

/** `count`: how many values there can be; `undefined` where the text does not tell. */
export interface GivenCells {
  readonly values: readonly Expression[]
  readonly count: number | undefined
}

type Rules = Pick<DialectRules, 'fold' | 'valuesColumn'>

/** By the name of the column, folded. */
export type GivenColumns = ReadonlyMap<string, GivenCells>

/** By the source's alias, folded. */
export function givenSources(
  sources: readonly Source[],
  { common, analysis: { rules } }: Place,
): ReadonlyMap<string, GivenColumns> {
  const found = new Map<string, GivenColumns>()
  const visit = (source: Source): void => {
    if (source.type === 'join') {
      visit(source.left)
      visit(source.right)
      return
    }
    const name = source.alias.name ?? (source.type === 'table' ? source.name.name : undefined)
    if (name !== undefined) found.set(rules.fold(name), columnsOf(source, common, rules))
  }
  sources.forEach(visit)
  return found
}

/** How many rows there are, where the text of a query shows all of them. */
export function givenRows(query: Query, rules: Rules): number | undefined {
  const { rows } = listed(query, rules)
  return rows.length > 0 && rows.every(row => row.every(isGiven)) ? rows.length : undefined
}

function noColumns(): GivenColumns {
  return new Map()
}

function columnsOf(source: Source, common: CommonScope | null, rules: Rules): GivenColumns {
  switch (source.type) {
    case 'subquery':
      return givenColumns(source.query, source.alias.columns, rules)
    case 'function':
      return unnested(source, rules)
    case 'table':
      return commonColumns(source, common, rules)
    default:
      return noColumns()
  }
}

/** Of a table of WITH, unless it is given other column names where it is read. */
function commonColumns(
  { name, alias }: TableSource,
  common: CommonScope | null,
  { fold }: Rules,
): GivenColumns {
  if (name.schema !== undefined || alias.columns.length > 0) return noColumns()
  let entry = common
  while (entry !== null && entry.name !== fold(name.name)) entry = entry.outer
  return entry?.given ?? noColumns()
}

export function givenColumns(query: Query, aliases: readonly string[], rules: Rules): GivenColumns {
  const { names, rows } = listed(query, rules)
  const cells = new Map<string, GivenCells>()
  names.forEach((name, at) => {
    const key = rules.fold(aliases[at] ?? name)
    const found = cellsOf(rows.flatMap(row => row[at] ?? []))
    if (found !== undefined && found.rows === rows.length) cells.set(key, found.cells)
  })
  return cells
}

function cellsOf(values: readonly Expression[]): { cells: GivenCells; rows: number } | undefined {
  const [only] = values
  const array = values.length === 1 && only !== undefined ? unnestedArray(only) : undefined
  if (array !== undefined) return { cells: { values: [array], count: elementCount(array) }, rows: 1 }
  return values.every(isGiven) ? { cells: { values, count: values.length }, rows: values.length } : undefined
}

function unnestedArray(expression: Expression): Expression | undefined {
  if (expression.type !== 'call' || !isUnnest(expression.name)) return undefined
  const [array, ...more] = expression.args
  return array !== undefined && more.length === 0 && isGiven(array) ? array : undefined
}

function isUnnest({ schema, name }: { readonly schema?: string; readonly name: string }): boolean {
  return name === 'unnest' && (schema === undefined || schema === 'pg_catalog')
}

/** `unnest(a, b) as t(x, y)`: the columns take their names from the alias. */
function unnested({ calls, alias }: FunctionSource, { fold }: Rules): GivenColumns {
  const [sole, ...others] = calls
  if (sole === undefined || others.length > 0 || sole.columns.length > 0) return noColumns()
  const { call } = sole
  if (call.type !== 'call' || !isUnnest(call.name)) return noColumns()
  const cells = new Map<string, GivenCells>()
  call.args.forEach((array, at) => {
    const name = alias.columns[at]
    if (name !== undefined && isGiven(array))
      cells.set(fold(name), { values: [array], count: elementCount(array) })
  })
  return cells
}

interface Listed {
  readonly names: readonly string[]
  readonly rows: readonly (readonly Expression[])[]
}

const NOTHING: Listed = { names: [], rows: [] }

function listed({ with: { tables }, body }: Query, rules: Rules): Listed {
  return tables.length > 0 ? NOTHING : listedBody(body, rules)
}

function listedBody(body: Body, rules: Rules): Listed {
  switch (body.type) {
    case 'values':
      return { names: (body.rows[0] ?? []).map((_, at) => rules.valuesColumn(at).key), rows: body.rows }
    case 'select':
      if (body.from.length > 0) return NOTHING
      return {
        names: body.targets.map(target => target.name),
        rows: [body.targets.map(target => target.expression)],
      }
    case 'set': {
      const [left, right] = [listed(body.left, rules), listed(body.right, rules)]
      const isWhole = body.operator === 'union' && left.rows.length > 0 && right.rows.length > 0
      return isWhole ? { names: left.names, rows: [...left.rows, ...right.rows] } : NOTHING
    }
  }
}
