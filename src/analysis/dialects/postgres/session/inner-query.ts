/**
 * The statement that PREPARE or DECLARE holds, as a text of its own. Its place is found by the tokens before it and
 * proven by the grammar: read by itself it has to give the very tree that stands in the whole.
 */
import type { CommandText } from '../../../../model/session.js'
import { PostgresTokens } from '../lexer.js'
import type { PostgresParser } from '../parser.js'
import type { TreeNode } from '../tree.js'
import { onlyStatement, sameTree } from './spans.js'

/** What the server prepares, or opens a cursor over, without further ado. */
const PLANNED: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
])

export interface Opened {
  readonly query: CommandText
  /** What stands in brackets behind the name, each as it is written. */
  readonly types: readonly string[]
}

/**
 * @param keyword the reserved word that the query follows: `as` or `for`.
 * @param at where `text` begins in the client's text.
 */
export function innerQuery(
  text: string,
  at: number,
  keyword: 'as' | 'for',
  query: TreeNode,
  parser: PostgresParser,
): Opened | null {
  if (!PLANNED.has(query.type) || hasInto(query)) return null
  const head = headOf(text, keyword)
  if (head === null) return null
  const inner = text.slice(head.queryAt)
  const alone = onlyStatement(parser.parse(inner))
  if (alone === null || !sameTree(alone, query)) return null
  return { query: { text: inner, at: at + head.queryAt }, types: head.types }
}

/** SELECT … INTO makes a table, which neither may do. */
function hasInto(query: TreeNode): boolean {
  return JSON.stringify(query).includes('"intoClause"')
}

interface Head {
  readonly queryAt: number
  readonly types: readonly string[]
}

function headOf(text: string, keyword: string): Head | null {
  const types: string[] = []
  let depth = 0
  let typeAt = 0
  let behindKeyword = false
  const token = new PostgresTokens(text)
  while (token.next()) {
    const { kind, start, end } = token
    if (behindKeyword) return { queryAt: start, types }
    const raw = text.slice(start, end)
    if (kind === 'word' && depth === 0) behindKeyword = raw.toLowerCase() === keyword
    if (kind !== 'punctuation') continue
    if (raw === '(' && depth++ === 0) typeAt = end
    if ((raw === ')' && --depth === 0) || (raw === ',' && depth === 1)) {
      types.push(text.slice(typeAt, start).trim())
      typeAt = end
    }
  }
  return null
}
