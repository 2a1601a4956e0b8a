/** What a statement is to a session, by the node that PostgreSQL's grammar makes of it. */
import type { CommandKind } from '../../../../model/session.js'
import type { PostgresParser } from '../parser.js'
import {
  type Body,
  childNodes,
  expectFields,
  fieldSet,
  flag,
  requiredNode,
  type TreeNode,
  text,
  whole,
  word,
} from '../tree.js'
import { TRANSACTION_VERBS } from '../utilities.data.js'
import { innerQuery } from './inner-query.js'
import { asksToWrite, settingCommand } from './settings.js'

/** A statement as it is written, and where in the client's text that begins. */
export interface Place {
  readonly text: string
  readonly at: number
  readonly parser: PostgresParser
}

/** Null: governed as it stands. */
type Reading = (body: Body, place: Place) => CommandKind | null

const EXECUTE = fieldSet('name', 'params')
const PREPARE = fieldSet('name', 'argtypes', 'query')
const DECLARE = fieldSet('portalname', 'options', 'query')
const FETCH = fieldSet('direction', 'howMany', 'portalname', 'ismove', 'direction_keyword', 'location')

/** Bits of DECLARE's options, as PostgreSQL's `parsenodes.h` numbers them. */
const BINARY = 0x0001
const HOLD = 0x0020

const READINGS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ['TransactionStmt', transaction],
  ['VariableSetStmt', settingCommand],
  ['DiscardStmt', discard],
  ['PrepareStmt', prepare],
  ['ExecuteStmt', execute],
  ['DeallocateStmt', body => ({ kind: 'deallocate', name: nameOrAll(body, 'name') })],
  ['DeclareCursorStmt', declare],
  ['FetchStmt', fetch],
  ['ClosePortalStmt', body => ({ kind: 'close', name: nameOrAll(body, 'portalname') })],
  ['CopyStmt', copy],
])

const STATEMENT: CommandKind = Object.freeze({ kind: 'statement' })

/** @throws AnalysisStop for a node of an unexpected shape. */
export function commandKind(node: TreeNode, place: Place): CommandKind {
  return READINGS.get(node.type)?.(node.body, place) ?? STATEMENT
}

/** Two-phase commit outlives the session, so it is no affair of the session's own. */
const OWN_TRANSACTION: ReadonlySet<string> = new Set([
  ...['begin', 'commit', 'rollback', 'savepoint', 'release', 'rollback to'],
])

function transaction(body: Body): CommandKind | null {
  const verb = TRANSACTION_VERBS[word(body, 'kind')]
  if (verb === undefined || !OWN_TRANSACTION.has(verb)) return null
  return { kind: 'transaction', verb, readWrite: asksToWrite(childNodes(body, 'options')) }
}

function discard(body: Body): CommandKind | null {
  switch (word(body, 'target')) {
    case 'DISCARD_ALL':
      return { kind: 'discard', what: 'all' }
    case 'DISCARD_PLANS':
      return { kind: 'discard', what: 'plans' }
    case 'DISCARD_SEQUENCES':
      return { kind: 'discard', what: 'sequences' }
    case 'DISCARD_TEMP':
      return { kind: 'discard', what: 'temp' }
    default:
      return null
  }
}

function prepare(body: Body, { text, at, parser }: Place): CommandKind | null {
  expectFields('PrepareStmt', body, PREPARE)
  const opened = innerQuery(text, at, 'as', requiredNode(body, 'query'), parser)
  return opened === null ? null : { kind: 'prepare', name: word(body, 'name'), ...opened }
}

function declare(body: Body, { text, at, parser }: Place): CommandKind | null {
  expectFields('DeclareCursorStmt', body, DECLARE)
  const opened = innerQuery(text, at, 'for', requiredNode(body, 'query'), parser)
  if (opened === null) return null
  const options = whole(body, 'options')
  const name = word(body, 'portalname')
  const binary = (options & BINARY) !== 0
  return { kind: 'declare', name, query: opened.query, binary, hold: (options & HOLD) !== 0 }
}

function execute(body: Body): CommandKind {
  expectFields('ExecuteStmt', body, EXECUTE)
  const values: (string | number | boolean | null)[] = []
  for (const { type, body: given } of childNodes(body, 'params')) {
    const value = type === 'A_Const' ? plainConstant(given) : undefined
    if (value === undefined) return { kind: 'execute', name: word(body, 'name'), values: null }
    values.push(value)
  }
  return { kind: 'execute', name: word(body, 'name'), values }
}

/** A number that JavaScript cannot hold stays text; a bit string is no plain constant. */
function plainConstant(body: Body): string | number | boolean | null | undefined {
  if (flag(body, 'isnull')) return null
  for (const field of ['ival', 'fval', 'sval', 'boolval']) {
    const value = body[field]
    if (typeof value !== 'object' || value === null) continue
    const inside = value as Body
    if (field === 'ival') return whole(inside, 'ival')
    if (field === 'boolval') return flag(inside, 'boolval')
    const written = word(inside, field)
    return field === 'fval' && String(Number(written)) === written ? Number(written) : written
  }
  return undefined
}

function fetch(body: Body): CommandKind {
  expectFields('FetchStmt', body, FETCH)
  return { kind: 'fetch', name: word(body, 'portalname'), move: flag(body, 'ismove') }
}

function copy(body: Body): CommandKind | null {
  const elsewhere = flag(body, 'is_program') || text(body, 'filename') !== undefined
  return elsewhere ? null : { kind: 'copy', direction: flag(body, 'is_from') ? 'in' : 'out' }
}

/** ALL has no name. */
function nameOrAll(body: Body, field: string): string | null {
  return text(body, field) ?? null
}
