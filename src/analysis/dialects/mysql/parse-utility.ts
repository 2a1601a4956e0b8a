/** Statements by kind. Their insides are not followed: every one of them is judged by what it is. */
import type { QualifiedName, UtilityStatement } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import { utility } from '../utility.js'
import type { Cursor } from './cursor.js'
import { parseTableMaintenance } from './parse-maintenance.js'
import { skipRest } from './skip.js'
import { UTILITIES } from './utilities.data.js'
import { written } from './utility.js'

const MAINTAINED = new Set(['check', 'checksum', 'optimize', 'repair'])

export function parseUtility(cursor: Cursor): UtilityStatement {
  const known = UTILITIES.get(cursor.peek().word)?.find(({ words }) =>
    words.every((word, at) => cursor.is(word, at)),
  )
  if (known === undefined) {
    if (!cursor.isName()) throw cursor.unexpected()
    throw new AnalysisStop(
      'unknown_node',
      'Cardea does not know statements of this kind, so it refuses them.',
    )
  }
  cursor.accept(...known.words)
  if (MAINTAINED.has(known.verb)) return parseTableMaintenance(cursor, known.verb)
  const relations = known.tables === true ? writtenTables(cursor) : []
  const locks = known.verb.startsWith('lock table') ? [known.verb] : []
  const { kind } = known
  const verb = kind === 'transaction' ? `${known.verb}${transactionOptions(cursor)}` : known.verb
  skipRest(cursor)
  return utility(kind, verb, {
    relations: written(relations),
    locks,
    result: known.opaque === true ? 'opaque' : 'none',
  })
}

/** `drop table if exists a, b`: names of the first list alone, where it is one. */
function writtenTables(cursor: Cursor): readonly QualifiedName[] {
  cursor.accept('if', 'exists')
  const names: QualifiedName[] = []
  while (cursor.isName()) {
    names.push(cursor.relation())
    if (!cursor.accept(',')) break
  }
  return names
}

const TOLD = [
  ['read', 'write'],
  ['and', 'chain'],
] as const

/** Options that make more of a statement than its verb tells: ` read write`, ` and chain`, ` release`. */
function transactionOptions(cursor: Cursor): string {
  let told = ''
  while (!cursor.atEnd() && !cursor.is(';')) {
    const found = TOLD.find(words => cursor.accept(...words))
    if (found !== undefined) told += ` ${found.join(' ')}`
    else if (cursor.accept('release')) told += ' release'
    else if (!cursor.accept('no', 'release')) cursor.take()
  }
  return told
}
