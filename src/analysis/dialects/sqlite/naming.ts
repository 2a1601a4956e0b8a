/** How SQLite names an output column that the statement leaves unnamed. */
import type { Expr } from 'sqlite3-parser'
import type { Reading } from './reading.js'
import { unknownNode } from './tree.js'

/** What the result reports: a column's own name, or the text of the expression. */
export function reportedName(node: Expr, reading: Reading): string {
  return columnName(withoutBrackets(node)) ?? reading.wordsOf(node)
}

/**
 * What the statement around a sub-query calls it: a column's name as written, also under a collation. Whether
 * a hint hides it depends on the engine's version.
 */
export function innerName(node: Expr, reading: Reading): string {
  let inner = withoutBrackets(node)
  while (inner.type === 'CollateExpr') inner = withoutBrackets(inner.expr)
  if (inner.type === 'FunctionCallExpr' && HINTS.test(inner.name.name))
    return unknownNode('hint without a name for its column')
  return columnName(inner) ?? reading.wordsOf(node)
}

const HINTS = /^(?:likely|unlikely|likelihood)$/i

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
