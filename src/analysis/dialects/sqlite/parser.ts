import { type CmdList, withOptions } from 'sqlite3-parser'
import { AnalysisStop } from '../../stop.js'
import type { SqlToken } from './scan.js'

export interface SqliteParser {
  /** Up to the first character that no token starts with; there the parser says so. */
  tokens(text: string): Iterable<SqlToken>
  /** @throws AnalysisStop `syntax`, `multiple_statements`, `too_deep`, `parser_failure`. */
  parse(text: string): CmdList
}

/** The parser has no other sign for text behind the first statement. */
const TRAILING = 'expected end of input after single statement'

export function loadSqliteParser(): SqliteParser {
  const parser = withOptions({ digitSeparator: '_', singleStatement: true })

  function* tokens(text: string): Iterable<SqlToken> {
    for (const { type, text: words, span } of parser.tokenize(text)) {
      const name = parser.tokenName(type) ?? ''
      if (name === 'ILLEGAL') return
      yield { name, text: words, offset: span.offset }
    }
  }

  function parse(text: string): CmdList {
    const result = attempt(() => parser.parse(text))
    if (result.status === 'ok') return result.root
    if (result.errors.some(({ message }) => message === TRAILING)) {
      throw new AnalysisStop(
        'multiple_statements',
        'The text goes on behind its first statement. Submit statements one at a time.',
      )
    }
    throw new AnalysisStop('syntax', 'The statement is not valid SQLite SQL. Check its syntax.')
  }

  return { tokens, parse }
}

/** Runs over a tree of any depth and ends as an analysis that stopped, never as a crash. */
export function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof AnalysisStop) throw error
    if (error instanceof RangeError)
      throw new AnalysisStop('too_deep', 'The statement nests too deep. Use fewer brackets.')
    throw new AnalysisStop('parser_failure', 'The statement could not be read.')
  }
}
