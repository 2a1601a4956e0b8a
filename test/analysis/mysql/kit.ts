/** The MySQL reader, and what it makes of a statement, in words. */
import { loadMysql } from '../../../src/analysis/dialects/mysql/mysql.js'
import type { Expression, Query, Select, Source, Statement } from '../../../src/analysis/relational.js'
import { AnalysisStop } from '../../../src/analysis/stop.js'
import { render } from './render.js'

export const reader = loadMysql({ maxLength: 262_144, maxDepth: 600 })

export function read(sql: string): Statement {
  return reader.read(sql).statement
}

/** The code with which a statement is refused, or `read`. */
export function verdict(sql: string): string {
  try {
    read(sql)
    return 'read'
  } catch (error) {
    if (error instanceof AnalysisStop) return error.code
    throw error
  }
}

/** The query that a statement is. */
export function query(sql: string): Query {
  const statement = read(sql)
  if (statement.type === 'query') return statement.query
  if (statement.type === 'copy' && !('table' in statement.source)) return statement.source
  throw new Error(`${sql} is no query`)
}

export function select(sql: string): Select {
  const { body } = query(sql)
  if (body.type === 'select') return body
  throw new Error(`${sql} is no select`)
}

/** `select …` of one expression, with every bracket written. */
export function brackets(expression: string): string {
  return render(expressionOf(expression))
}

export function expressionOf(text: string): Expression {
  const [target] = select(`select ${text}`).targets
  if (target === undefined) throw new Error(`${text} is no expression`)
  return target.expression
}

/** What FROM holds: `a`, `(a left join b)`, `[select] x`. */
export function sources(sql: string): string {
  return select(sql).from.map(sourceText).join(', ')
}

function sourceText(source: Source): string {
  const name = source.alias.name === undefined ? '' : ` ${source.alias.name}`
  switch (source.type) {
    case 'table':
      return `${source.name.schema === undefined ? '' : `${source.name.schema}.`}${source.name.name}${name}`
    case 'join': {
      const on = source.condition === undefined ? '' : ` on ${render(source.condition)}`
      const using = source.using.length === 0 ? '' : ` using ${source.using.join('+')}`
      const kind = `${source.natural ? 'natural ' : ''}${source.kind}`
      return `(${sourceText(source.left)} ${kind} ${sourceText(source.right)}${on}${using})`
    }
    case 'subquery':
      return `[${source.lateral ? 'lateral ' : ''}${source.query.body.type}]${name}`
    default:
      return `[${source.type}]${name}`
  }
}

/** `kind verb` of a statement, the kind of a utility included. */
export function kind(sql: string): string {
  const statement = read(sql)
  switch (statement.type) {
    case 'utility':
      return `${statement.kind}: ${statement.verb}${statement.harmless ? ' (harmless)' : ''}`
    case 'copy':
      return `copy: ${statement.verb} to ${statement.place}`
    case 'explain':
      return `explain${statement.analyze ? ' analyze' : ''}: ${statement.statement.type}`
    case 'create-as':
      return `create-as: ${statement.verb}`
    default:
      return statement.type
  }
}
