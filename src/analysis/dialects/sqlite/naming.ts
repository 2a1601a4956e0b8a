/** How SQLite names an output column that the statement leaves unnamed. */
import type { Expr } from 'sqlite3-parser'
import type { Reading } from './reading.js'

/** What the result reports: a column's own name, or the text of the expression. */
export function reportedName(node: Expr, reading: Reading): string {
  return columnName(withoutBrackets(node)) ?? reading.wordsOf(node)
}

/** What the statement around a sub-query calls it: a collation does not hide a column's name. */
export function innerName(node: Expr, reading: Reading): string {
  let inner = withoutBrackets(node)
  while (inner.type === 'CollateExpr') inner = withoutBrackets(inner.expr)
  return columnName(inner) ?? reading.wordsOf(node)
}

export function withoutBrackets(node: Expr): Expr {
  let inner = node
  while (inner.type === 'ParenthesizedExpr') {
    const [only, second] = inner.exprs
    if (only === undefined || second !== undefined) return inner
    inner = only
  }
  return inner
}

function columnName(node: Expr): string | undefined {
  if (node.type === 'Id') return node.name
  return node.type === 'QualifiedExpr' ? node.column.text : undefined
}
