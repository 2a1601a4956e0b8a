/** Where in a text its statements stand, by what PostgreSQL's own grammar says of it. */
import { skipBlank } from '../lexer.js'
import { type Body, expectFields, fieldSet, requiredNode, type TreeNode, whole } from '../tree.js'

const RESULT = fieldSet('version', 'stmts')
const RAW = fieldSet('stmt', 'stmt_location', 'stmt_len')

export interface Span {
  readonly node: TreeNode
  /** In UTF-16 code units; blanks around it are left out, comments stay. */
  readonly start: number
  readonly end: number
}

/**
 * @param tree what the parser returned for `text`.
 * @returns null when the gaps between the statements hold anything but blanks, comments and semicolons: the tree
 * and the text do not belong together.
 */
export function spansOf(text: string, tree: unknown): readonly Span[] | null {
  const result = tree as Body
  expectFields('ParseResult', result, RESULT)
  const statements = Array.isArray(result['stmts']) ? (result['stmts'] as readonly Body[]) : []
  const at = unitsOf(text)
  const spans: Span[] = []
  let from = 0
  for (const raw of statements) {
    expectFields('RawStmt', raw, RAW)
    const start = whole(raw, 'stmt_location')
    const length = whole(raw, 'stmt_len')
    const begin = at(start)
    const end = length === 0 ? text.length : at(start + length)
    const first = gapStart(text, from, begin)
    if (first === null) return null
    spans.push({ node: requiredNode(raw, 'stmt'), start: first, end: trimmedEnd(text, first, end) })
    from = end
  }
  return gapStart(text, from, text.length) === null ? null : spans
}

/** The comments in front of a statement are its own; null where something else stands there. */
function gapStart(text: string, from: number, begin: number): number | null {
  let start = from
  for (;;) {
    while (start < begin && isBlank(text.charCodeAt(start))) start += 1
    const next = skipBlank(text, start)
    if (next >= begin) return start
    if (text.charAt(next) !== ';') return null
    start = next + 1
  }
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end
  while (at > start && isBlank(text.charCodeAt(at - 1))) at -= 1
  return at
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

/** The parser counts bytes of UTF-8, and asks in ascending order. */
function unitsOf(text: string): (bytes: number) => number {
  let unit = 0
  let byte = 0
  return wanted => {
    if (wanted < byte) unit = byte = 0
    while (byte < wanted && unit < text.length) {
      const point = text.codePointAt(unit) ?? 0
      byte += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
      unit += point < 0x1_0000 ? 1 : 2
    }
    return unit
  }
}

/** Whether two trees say the same; where their nodes stand in the text is passed over. */
export function sameTree(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, withoutPlaces) === JSON.stringify(other, withoutPlaces)
}

const PLACE =
  /^(?:location|list_start|list_end|rexpr_list_start|rexpr_list_end|name_location|stmt_location|stmt_len)$/

function withoutPlaces(key: string, value: unknown): unknown {
  return typeof value === 'number' && PLACE.test(key) ? undefined : value
}

export function onlyStatement(tree: unknown): TreeNode | null {
  const statements = (tree as Body)['stmts']
  const [only, another] = Array.isArray(statements) ? (statements as readonly Body[]) : []
  return only === undefined || another !== undefined ? null : requiredNode(only, 'stmt')
}
