import { type DialectReader, queryOf, type ReadStatement } from '../dialect.js'
import type { ReadingLimits } from '../postgres/postgres.js'
import { refuseUnreadable } from '../unreadable.js'
import { Cursor } from './cursor.js'
import { fingerprintOf } from './fingerprint.js'
import { tokenize } from './lexer.js'
import { parseStatements } from './parse-statement.js'
import { MYSQL_RULES } from './rules.js'

/**
 * MySQL 8 and MariaDB 10.11, by a lexer and parser of our own. What either server takes and the other does
 * not is read as the one that takes it; what they read in different ways is refused.
 */
export function loadMysql(limits: ReadingLimits): DialectReader {
  function read(text: string): ReadStatement {
    refuseUnreadable(text, limits.maxLength)
    const tokens = tokenize(text, limits.maxDepth)
    const statement = parseStatements(new Cursor(tokens, limits.maxDepth))
    return { statement, fingerprint: fingerprintOf(tokens.list, text) }
  }
  return { rules: MYSQL_RULES, read, readView: definition => queryOf(read(definition).statement) }
}
