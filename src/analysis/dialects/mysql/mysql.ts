import { AnalysisStop } from '../../stop.js'
import { type DialectReader, queryOf, type ReadStatement } from '../dialect.js'
import type { ReadingLimits } from '../postgres/postgres.js'
import { Cursor } from './cursor.js'
import { fingerprintOf } from './fingerprint.js'
import { tokenize } from './lexer.js'
import { parseStatements } from './parse-statement.js'
import { MYSQL_RULES } from './rules.js'

const LONE_SURROGATE = /\p{Surrogate}/u

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

function refuseUnreadable(text: string, maxLength: number): void {
  if (text.length > maxLength)
    throw new AnalysisStop('too_long', `The statement is longer than ${maxLength} characters. Split it.`)
  if (text.includes('\0'))
    throw new AnalysisStop('ill_formed', 'The statement holds a NUL character. Remove it.')
  if (LONE_SURROGATE.test(text))
    throw new AnalysisStop('ill_formed', 'The statement is not well-formed Unicode. Send valid text.')
}
