import type { Dialect } from '../model/dialect.js'
import type { CommandKind, SessionCommand } from '../model/session.js'
import { commandKind as mysqlCommandKind } from './dialects/mysql/session/command-kind.js'
import { PostgresTokens, skipBlank } from './dialects/postgres/lexer.js'
import { loadPostgresParser, type PostgresParser } from './dialects/postgres/parser.js'
import { scan } from './dialects/postgres/scan.js'
import { commandKind } from './dialects/postgres/session/command-kind.js'
import { type Span, spansOf } from './dialects/postgres/session/spans.js'
import { READING_LIMITS } from './limits.js'
import { RecentCache } from './recent-cache.js'
import { AnalysisStop } from './stop.js'

/** Tells a client's text apart into what the database's own protocol would run one after the other. */
export interface CommandReader {
  /**
   * In the order in which they stand; a text of one command is passed on whole, blanks and comments and all. What
   * the grammar does not accept, and what is longer or deeper than the analysis reads, is one `statement`, which
   * the analysis refuses. Never throws.
   *
   * @example
   * reader.read('begin; select 1').map(({ kind }) => kind) // ['transaction', 'statement']
   */
  read(text: string): readonly SessionCommand[]
}

const CACHE = { entries: 5000, characters: 16 * 1024 * 1024 }

/** First words of all that is anything but a `statement`. */
const SESSION_WORDS: ReadonlySet<string> = new Set([
  ...['begin', 'start', 'commit', 'end', 'rollback', 'abort', 'savepoint', 'release', 'set', 'reset'],
  ...['discard', 'prepare', 'execute', 'deallocate', 'declare', 'fetch', 'move', 'close', 'copy'],
])

const UNREADABLE = /[\0\p{Surrogate}]/u
const NONE: readonly SessionCommand[] = Object.freeze([])

/**
 * @example
 * const reader = await loadCommandReader('postgres')
 * reader.read('set timezone to utc') // [{ kind: 'set', setting: 'timezone', value: ['utc'], … }]
 */
export async function loadCommandReader(dialect: Dialect): Promise<CommandReader> {
  switch (dialect) {
    case 'postgres':
      return postgresReader()
    case 'mysql':
      return { read: readMysql }
    case 'sqlite':
      return { read: asOne }
  }
}

/** Several statements in one text are one here, which the analysis refuses: the doors do not offer that. */
function readMysql(text: string): readonly SessionCommand[] {
  if (text.length > READING_LIMITS.maxLength || UNREADABLE.test(text)) return asOne(text)
  const kind = mysqlCommandKind(text, READING_LIMITS.maxDepth)
  return kind === undefined ? NONE : [{ ...kind, text, at: 0 }]
}

async function postgresReader(): Promise<CommandReader> {
  const parser = await loadPostgresParser()
  const known = new RecentCache<readonly SessionCommand[]>(
    CACHE.entries,
    CACHE.characters,
    (text, commands) => text.length + 256 * commands.length,
  )
  return {
    read(text) {
      if (isPlain(text)) return asOne(text)
      const cached = known.get(text)
      if (cached !== undefined) return cached
      const { commands, lasting } = readAll(text, parser)
      if (lasting) known.set(text, commands)
      return commands
    },
  }
}

/** One statement for certain, or none that the server takes. */
function isPlain(text: string): boolean {
  const start = skipBlank(text, 0)
  let end = start
  while (isLetter(text.charCodeAt(end))) end++
  return end > start && !SESSION_WORDS.has(text.slice(start, end).toLowerCase()) && isAlone(text)
}

function isLetter(code: number): boolean {
  const lower = code | 32
  return lower >= 97 && lower <= 122
}

/** Nothing stands behind a semicolon. */
function isAlone(text: string): boolean {
  const first = text.indexOf(';')
  if (first < 0 || text.slice(first + 1).trim() === '') return true
  // It may be part of a literal; where a backslash stands in one, its end is the grammar's to find.
  if (text.length > READING_LIMITS.maxLength || text.includes('\\')) return false
  const token = new PostgresTokens(text)
  while (token.next()) {
    if (token.kind === 'punctuation' && text.charCodeAt(token.start) === SEMICOLON)
      return skipBlank(text, token.end) >= text.length
  }
  return true
}

const SEMICOLON = 59

function asOne(text: string): readonly SessionCommand[] {
  return [{ kind: 'statement', text, at: 0 }]
}

interface Reading {
  readonly commands: readonly SessionCommand[]
  /** A parser that is just restarting says nothing about the text. */
  readonly lasting: boolean
}

function readAll(text: string, parser: PostgresParser): Reading {
  try {
    if (text.length > READING_LIMITS.maxLength || UNREADABLE.test(text))
      return { commands: asOne(text), lasting: false }
    scan(text, READING_LIMITS.maxDepth)
    return { commands: commandsOf(text, parser), lasting: true }
  } catch (error) {
    const lasting = error instanceof AnalysisStop && error.code !== 'parser_failure'
    return { commands: asOne(text), lasting }
  }
}

function commandsOf(text: string, parser: PostgresParser): readonly SessionCommand[] {
  const spans = spansOf(text, parser.parse(text))
  if (spans === null) return asOne(text)
  const [only, another] = spans
  if (only === undefined) return NONE
  if (another === undefined) return [{ ...kindAt(only, text, parser), text, at: 0 }]
  return spans.map(span => {
    const { start, end } = span
    return { ...kindAt(span, text, parser), text: text.slice(start, end), at: start }
  })
}

function kindAt({ node, start, end }: Span, text: string, parser: PostgresParser): CommandKind {
  try {
    return commandKind(node, { text: text.slice(start, end), at: start, parser })
  } catch (error) {
    if (error instanceof AnalysisStop && error.code !== 'parser_failure') return { kind: 'statement' }
    throw error
  }
}
