import {
  SQLITE_FUNCTIONS,
  SQLITE_OPERATORS,
  SQLITE_TYPES,
  sqliteRefusal,
} from '../../functions/sqlite.data.js'
import {
  SQLITE_STEADY_OPERATORS,
  SQLITE_STEADY_TYPES,
  sqliteMayFail,
} from '../../functions/sqlite-failures.js'
import type { Expression } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import type { DialectReader, DialectRules, ReadStatement } from '../dialect.js'
import type { ReadingLimits } from '../postgres/postgres.js'
import { refuseUnreadable } from '../unreadable.js'
import { type Affinity, affinityOf } from './affinity.js'
import { textTruth } from './literals.js'
import { lowerCommands, lowerViewDefinition } from './lower.js'
import { fold } from './names.js'
import { attempt, loadSqliteParser } from './parser.js'
import { type Scanned, scan } from './scan.js'

const SQLITE_RULES: DialectRules = {
  systemSchema: '',
  fold,
  systemColumns: new Set(),
  rowNumbers: new Set(['rowid', 'oid', '_rowid_']),
  proposedRow: 'excluded',
  outputNamesIn: new Set(['where', 'group', 'having', 'order']),
  valuesColumn: at => ({ key: `column${at + 1}`, name: `column${at + 1}` }),
  textTruth,
  exactText: true,
  viewsLookHomeFirst: true,
  nameScopes: 'sqlite',
  forwardTables: 'seen',
  mergedColumns: 'in-place',
  bindingsMatter: false,
  pins,
  functions: SQLITE_FUNCTIONS,
  showsRowNumbers: new Set(['last_insert_rowid']),
  refusal: sqliteRefusal,
  operators: SQLITE_OPERATORS,
  types: SQLITE_TYPES,
  mayFail: sqliteMayFail,
  steadyOperators: SQLITE_STEADY_OPERATORS,
  steadyTypes: SQLITE_STEADY_TYPES,
  plainText: new Set(['text', 'varchar', 'char', 'character', 'nvarchar', 'nchar', 'clob']),
}

/** Characters in which the parser and the engine see different tokens: a byte order mark, and what looks like one. */
const ORDER_MARK = /\uFEFF|\u00EF\u00BB\u00BF/

export function loadSqlite(limits: ReadingLimits): DialectReader {
  const parser = loadSqliteParser()

  function prepare(text: string): Scanned {
    refuseUnreadable(text, limits.maxLength)
    if (ORDER_MARK.test(text))
      throw new AnalysisStop('ill_formed', 'The statement holds a byte order mark. Remove it.')
    return scan(text, parser.tokens(text), limits.maxDepth)
  }

  function read(text: string): ReadStatement {
    const { fingerprint, reading } = prepare(text)
    return { statement: attempt(() => lowerCommands(parser.parse(text), reading)), fingerprint }
  }

  return {
    rules: SQLITE_RULES,
    read,
    readView: definition => {
      const { reading } = prepare(definition)
      return attempt(() => lowerViewDefinition(parser.parse(definition), reading))
    },
  }
}

/**
 * A unique column holds any value once, and `=` without a collation of its own asks for that value. Only a
 * number by CAST makes the engine turn a column of text into numbers, where '1' and '01' are the same.
 */
function pins(columnType: string, value: Expression): boolean {
  if (value.type !== 'cast' || isNumeric(affinityOf(columnType))) return true
  return !isNumeric(affinityOf(value.to.name))
}

function isNumeric(affinity: Affinity): boolean {
  return affinity === 'integer' || affinity === 'real' || affinity === 'numeric'
}
