/** Which of a client's texts are the session's own affairs, and what they ask for. */
import type { CommandKind, SessionSetting } from '../../../../model/session.js'
import { AnalysisStop } from '../../../stop.js'
import { Cursor } from '../cursor.js'
import { tokenize } from '../lexer.js'

const STATEMENT: CommandKind = Object.freeze({ kind: 'statement' })

/** First words of all that is anything but a `statement`. */
const SESSION_WORDS: ReadonlySet<string> = new Set([
  ...['begin', 'start', 'commit', 'rollback', 'savepoint', 'release', 'set', 'use', 'kill'],
])

const FIRST = /^\s*([a-z]+)/i

/**
 * @returns undefined for a text of nothing but blanks and comments; a `statement` for whatever cannot be read.
 * @example
 * commandKind('set names utf8mb4', 100) // { kind: 'settings', settings: [{ name: 'names', … }] }
 */
export function commandKind(text: string, maxDepth: number): CommandKind | undefined {
  const [, first] = FIRST.exec(text) ?? []
  if (first !== undefined && !SESSION_WORDS.has(first.toLowerCase())) return STATEMENT
  try {
    const cursor = new Cursor(tokenize(text, maxDepth), maxDepth)
    if (cursor.atEnd()) return undefined
    const kind = read(cursor)
    cursor.accept(';')
    return kind !== undefined && cursor.atEnd() ? kind : STATEMENT
  } catch (error) {
    if (error instanceof AnalysisStop) return STATEMENT
    throw error
  }
}

function read(cursor: Cursor): CommandKind | undefined {
  const { word } = cursor.take()
  switch (word) {
    case 'begin':
      cursor.accept('work')
      return transaction('begin')
    case 'start':
      return cursor.accept('transaction') ? start(cursor) : undefined
    case 'commit':
      cursor.accept('work')
      return transaction('commit')
    case 'rollback':
      cursor.accept('work')
      if (!cursor.accept('to')) return transaction('rollback')
      cursor.accept('savepoint')
      return cursor.isName() && cursor.take() ? transaction('rollback to') : undefined
    case 'savepoint':
      return cursor.isName() && cursor.take() ? transaction('savepoint') : undefined
    case 'release':
      return cursor.accept('savepoint') && cursor.isName() && cursor.take()
        ? transaction('release')
        : undefined
    case 'set':
      return settings(cursor)
    case 'use':
      return cursor.isName() ? { kind: 'use', database: cursor.take().text } : undefined
    case 'kill':
      return kill(cursor)
    default:
      return undefined
  }
}

function transaction(verb: string, readWrite = true): CommandKind {
  return { kind: 'transaction', verb, readWrite }
}

/** A consistent snapshot is one for reads, too. */
function start(cursor: Cursor): CommandKind | undefined {
  let readWrite = true
  if (!cursor.is(';') && !cursor.atEnd()) {
    do {
      if (cursor.accept('with', 'consistent', 'snapshot') || cursor.accept('read', 'write')) continue
      if (!cursor.accept('read', 'only')) return undefined
      readWrite = false
    } while (cursor.accept(','))
  }
  return transaction('begin', readWrite)
}

function kill(cursor: Cursor): CommandKind | undefined {
  const statementOnly = cursor.accept('query')
  if (!statementOnly) cursor.accept('connection')
  const { kind, text } = cursor.peek()
  if (kind !== 'number' || !/^\d{1,10}$/.test(text)) return undefined
  cursor.take()
  return { kind: 'kill', statementOnly, connection: Number(text) }
}

function settings(cursor: Cursor): CommandKind | undefined {
  const found: SessionSetting[] = []
  do {
    const some = setting(cursor)
    if (some === undefined) return undefined
    found.push(...some)
  } while (cursor.accept(','))
  return { kind: 'settings', settings: found }
}

const SCOPES: ReadonlySet<string> = new Set(['session', 'local', 'global', 'persist', 'persist_only'])

function setting(cursor: Cursor): readonly SessionSetting[] | undefined {
  if (cursor.accept('names')) return charset(cursor, 'names')
  if (cursor.accept('charset') || cursor.accept('character', 'set')) return charset(cursor, 'character set')
  const scope = cursor.acceptAny(SCOPES)
  if (scope !== undefined && scope !== 'session' && scope !== 'local') return undefined
  if (cursor.accept('transaction')) return characteristics(cursor, scope === undefined ? 'next' : 'session')
  const name = settingName(cursor)
  if (name === undefined || !(cursor.accept('=') || cursor.accept(':='))) return undefined
  const value = plainValue(cursor)
  return value === undefined ? undefined : [{ name, value, scope: 'session' }]
}

function settingName(cursor: Cursor): string | undefined {
  const { kind, text } = cursor.peek()
  if (kind === 'system-variable') {
    const [, name] = /^(?:session\.|local\.)?([a-z0-9_]+)$/.exec(text) ?? []
    if (name !== undefined) cursor.take()
    return name
  }
  return cursor.isName() ? cursor.take().text.toLowerCase() : undefined
}

function charset(cursor: Cursor, name: string): readonly SessionSetting[] | undefined {
  const value = plainValue(cursor)
  if (value === undefined) return undefined
  if (!cursor.accept('collate')) return [{ name, value, scope: 'session' }]
  const collation = plainValue(cursor)
  return collation === undefined
    ? undefined
    : [
        { name, value, scope: 'session' },
        { name: 'collation', value: collation, scope: 'session' },
      ]
}

function characteristics(cursor: Cursor, scope: 'next' | 'session'): readonly SessionSetting[] | undefined {
  const found: SessionSetting[] = []
  do {
    if (cursor.accept('isolation', 'level')) {
      const level = LEVELS.find(words => cursor.accept(...words))
      if (level === undefined) return undefined
      found.push({ name: 'transaction isolation', value: level.join(' '), scope })
    } else if (cursor.accept('read', 'only')) {
      found.push({ name: 'transaction access', value: 'read only', scope })
    } else if (cursor.accept('read', 'write')) {
      found.push({ name: 'transaction access', value: 'read write', scope })
    } else return undefined
  } while (cursor.accept(','))
  return found
}

const LEVELS = [
  ['read', 'uncommitted'],
  ['read', 'committed'],
  ['repeatable', 'read'],
  ['serializable'],
] as const

/** A constant, or a word that stands for one; null: the default. */
function plainValue(cursor: Cursor): string | null | undefined {
  const negative = cursor.accept('-')
  const { kind, text, word } = cursor.peek()
  if (kind !== 'string' && kind !== 'number' && kind !== 'word' && kind !== 'name') return undefined
  if (negative && kind !== 'number') return undefined
  cursor.take()
  if (word === 'default') return null
  return negative ? `-${text}` : text
}
