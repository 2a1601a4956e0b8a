/**
 * What SQLite tells of a table only in the text that created it: from which columns a generated column is
 * computed, how a column collates, which table a full-text index draws on. A name that could be one counts.
 */

export interface ColumnText {
  readonly collation: string
  /** Every word and quoted name of the definition behind the column's own name, folded. */
  readonly words: ReadonlySet<string>
}

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\u0080-\uffff]+|[^\s]/g
const OPENING = /^["'`[]/

/** Letters of ASCII only, as the engine does. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

/** The definitions between the outermost brackets of a CREATE TABLE, by folded column name. */
export function columnTexts(sql: string): ReadonlyMap<string, ColumnText> {
  return new Map(
    definitions(sql).flatMap(tokens => {
      const [own, ...rest] = tokens
      return own === undefined ? [] : [[nameOf(own), { collation: collationOf(rest), words: wordsOf(rest) }]]
    }),
  )
}

/** Whether a row that stands in the way of a new one is deleted without the statement saying so. */
export function replacesRows(sql: string): boolean {
  const words = tokensOf(sql).map(foldName)
  return words.some((word, at) => word === 'conflict' && words[at + 1] === 'replace')
}

/** Module of a virtual table and its `name = value` arguments, folded. */
export function virtualTable(sql: string): {
  readonly module: string
  readonly options: ReadonlyMap<string, string>
} {
  const using = tokensOf(sql)
  const at = using.findIndex(token => foldName(token) === 'using')
  const options = definitions(sql).flatMap(([name, equals, value]) =>
    name === undefined || equals !== '=' ? [] : [[nameOf(name), nameOf(value ?? '')] as const],
  )
  return { module: nameOf(using[at + 1] ?? ''), options: new Map(options) }
}

function tokensOf(sql: string): readonly string[] {
  return (sql.match(TOKEN) ?? []).filter(token => !token.startsWith('--') && !token.startsWith('/*'))
}

/** The entries between the outermost brackets. */
function definitions(sql: string): readonly (readonly string[])[] {
  const entries: string[][] = []
  let depth = 0
  for (const token of tokensOf(sql)) {
    if (token === ')') depth -= 1
    if (depth === 1 && token === ',') entries.push([])
    else if (depth > 0) entries[entries.length - 1]?.push(token)
    if (token === '(') {
      if (depth === 0) entries.push([])
      depth += 1
    }
  }
  return entries
}

function collationOf(tokens: readonly string[]): string {
  const at = tokens.findLastIndex(token => foldName(token) === 'collate')
  return at < 0 ? 'binary' : nameOf(tokens[at + 1] ?? '')
}

function wordsOf(tokens: readonly string[]): ReadonlySet<string> {
  return new Set(tokens.map(nameOf))
}

function nameOf(token: string): string {
  if (!OPENING.test(token)) return foldName(token)
  const quote = token.charAt(0)
  const inner = token.slice(1, -1)
  return foldName(quote === '[' ? inner : inner.replaceAll(quote + quote, quote))
}
