import type { Expression, QualifiedName, UtilityStatement } from '../../relational.js'
import { utility } from '../utility.js'
import { lowerCall } from './lower-call.js'
import { constantValue, lowerExpressions } from './lower-expression.js'
import { lowerRelationName, qualified } from './lower-names.js'
import {
  type Body,
  childBody,
  childNode,
  childNodes,
  expectFields,
  fieldSet,
  flag,
  requiredBody,
  type TreeNode,
  unknownNode,
  whole,
  word,
  words,
} from './tree.js'
import { CLIENT_SETTINGS, LOCK_MODES, TRANSACTION_VERBS, UTILITIES } from './utilities.data.js'

const TRANSACTION = fieldSet('kind', 'options', 'savepoint_name', 'gid', 'chain')
const DEF_ELEM = fieldSet('defnamespace', 'defname', 'arg', 'defaction')
const SHOW = fieldSet('name')
const EXECUTE = fieldSet('name', 'params')
const CALL = fieldSet('funccall')

const SPECIAL: ReadonlyMap<string, (body: Body) => UtilityStatement> = new Map([
  ['TransactionStmt', lowerTransaction],
  ['VariableSetStmt', lowerSet],
  ['VariableShowStmt', lowerShow],
  ['ExecuteStmt', lowerExecute],
  ['CallStmt', lowerCallStatement],
  ['LockStmt', lowerLock],
  [
    'FetchStmt',
    (body: Body) => utility('cursor', flag(body, 'ismove') ? 'move' : 'fetch', { result: 'opaque' }),
  ],
  ['VacuumStmt', lowerVacuum],
  ['GrantStmt', (body: Body) => utility('privilege', flag(body, 'is_grant') ? 'grant' : 'revoke')],
  [
    'GrantRoleStmt',
    (body: Body) => utility('privilege', flag(body, 'is_grant') ? 'grant role' : 'revoke role'),
  ],
  [
    'CreateFunctionStmt',
    (body: Body) => utility('ddl', flag(body, 'is_procedure') ? 'create procedure' : 'create function'),
  ],
  ['DropStmt', lowerDrop],
  ['AlterTableStmt', (body: Body) => utility('ddl', `alter ${objectWord(body, 'objtype')}`, named(body))],
  ['RenameStmt', (body: Body) => utility('ddl', `rename ${objectWord(body, 'renameType')}`, named(body))],
  ['DefineStmt', (body: Body) => utility('ddl', `create ${objectWord(body, 'kind')}`)],
])

export const UTILITY_NODES: ReadonlySet<string> = new Set([...SPECIAL.keys(), ...Object.keys(UTILITIES)])

export function lowerUtility(node: TreeNode): UtilityStatement {
  const special = SPECIAL.get(node.type)
  if (special !== undefined) return special(node.body)
  const known = UTILITIES[node.type]
  return known === undefined ? unknownNode(node.type) : utility(known.kind, known.verb, named(node.body))
}

/** The relations that a statement names in the usual places. */
function named(body: Body): Pick<UtilityStatement, 'relations'> {
  const single = ['relation', 'view', 'sequence'].flatMap(field => {
    const value = body[field]
    const isRangeVar = typeof value === 'object' && value !== null && 'relname' in value
    return isRangeVar ? [lowerRelationName(requiredBody(body, field))] : []
  })
  const many = Array.isArray(body['relations']) ? rangeVars(childNodes(body, 'relations')) : []
  return { relations: written([...single, ...many]) }
}

function rangeVars(nodes: readonly TreeNode[]): readonly QualifiedName[] {
  return nodes.flatMap(node => (node.type === 'RangeVar' ? [lowerRelationName(node.body)] : []))
}

function written(names: readonly QualifiedName[]): UtilityStatement['relations'] {
  return names.map(name => ({ name, access: 'write' as const }))
}

/** `OBJECT_MATVIEW` → `materialized view`. */
export function objectWord(body: Body, field: string): string {
  const object = word(body, field)
    .replace(/^OBJECT_/, '')
    .toLowerCase()
  const spelled: Readonly<Record<string, string>> = {
    matview: 'materialized view',
    fdw: 'foreign data wrapper',
    opclass: 'operator class',
    opfamily: 'operator family',
    tabconstraint: 'table constraint',
    domconstraint: 'domain constraint',
    tsconfiguration: 'text search configuration',
    tsdictionary: 'text search dictionary',
    tsparser: 'text search parser',
    tstemplate: 'text search template',
    statistic_ext: 'statistics',
  }
  return spelled[object] ?? object.replace(/_/g, ' ')
}

function lowerTransaction(body: Body): UtilityStatement {
  expectFields('TransactionStmt', body, TRANSACTION)
  const verb = TRANSACTION_VERBS[word(body, 'kind')] ?? unknownNode('TransactionStmt.kind')
  const writable = childNodes(body, 'options').some(option => {
    if (option.type !== 'DefElem') return unknownNode(option.type)
    expectFields('DefElem', option.body, DEF_ELEM)
    return word(option.body, 'defname') === 'transaction_read_only' && !isOn(option.body)
  })
  const chain = flag(body, 'chain') ? ' and chain' : ''
  return utility('transaction', `${verb}${writable ? ' read write' : ''}${chain}`)
}

/** A boolean option without a value is on; one whose value is not plainly off counts as on. */
export function isOn(option: Body): boolean {
  const arg = childNode(option, 'arg')
  if (arg === undefined) return true
  switch (arg.type) {
    case 'A_Const':
      return !isOff(constantValue(arg.body))
    case 'String':
      return !isOff(word(arg.body, 'sval'))
    case 'Integer':
      return whole(arg.body, 'ival') !== 0
    case 'Boolean':
      return flag(arg.body, 'boolval')
    default:
      return true
  }
}

function isOff(value: string | number | boolean | null): boolean {
  if (typeof value !== 'string') return value === 0 || value === false
  return value.toLowerCase() === 'off' || value.toLowerCase() === 'false'
}

function lowerSet(body: Body): UtilityStatement {
  const kind = word(body, 'kind')
  const name = word(body, 'name').toLowerCase()
  if (kind === 'VAR_RESET') return utility('session', 'reset')
  if (kind === 'VAR_RESET_ALL') return utility('session', 'reset all')
  if (kind === 'VAR_SET_MULTI') {
    const session = name === 'session characteristics'
    return utility(session ? 'session' : 'transaction', `set ${name}`)
  }
  if (name === 'role') return utility('session', 'set role')
  if (name === 'session_authorization') return utility('session', 'set session authorization')
  return utility('session', flag(body, 'is_local') ? 'set local' : 'set')
}

function lowerShow(body: Body): UtilityStatement {
  expectFields('VariableShowStmt', body, SHOW)
  const verb = CLIENT_SETTINGS.has(word(body, 'name').toLowerCase()) ? 'show client setting' : 'show'
  return utility('session', verb, { result: 'setting', harmless: true })
}

function lowerExecute(body: Body): UtilityStatement {
  expectFields('ExecuteStmt', body, EXECUTE)
  return utility('procedural', 'execute', {
    expressions: lowerExpressions(childNodes(body, 'params')),
    result: 'opaque',
  })
}

function lowerCallStatement(body: Body): UtilityStatement {
  expectFields('CallStmt', body, CALL)
  const call: Expression = lowerCall(requiredBody(body, 'funccall'))
  return utility('procedural', 'call', { expressions: [call], result: 'opaque' })
}

function lowerLock(body: Body): UtilityStatement {
  const mode = LOCK_MODES[whole(body, 'mode')] ?? 'unknown'
  return utility('transaction', 'lock table', { ...named(body), locks: [`lock table in ${mode} mode`] })
}

function lowerVacuum(body: Body): UtilityStatement {
  const relations = childNodes(body, 'rels').flatMap(node => {
    const relation = node.type === 'VacuumRelation' ? childBody(node.body, 'relation') : undefined
    return relation === undefined ? [] : [lowerRelationName(relation)]
  })
  const verb = flag(body, 'is_vacuumcmd') ? 'vacuum' : 'analyze'
  return utility('maintenance', verb, { relations: written(relations) })
}

const DROPPED_RELATIONS = new Set(['table', 'view', 'materialized view', 'foreign table', 'sequence'])

function lowerDrop(body: Body): UtilityStatement {
  const object = objectWord(body, 'removeType')
  if (!DROPPED_RELATIONS.has(object)) return utility('ddl', `drop ${object}`)
  const names = childNodes(body, 'objects').map(node => qualified(words(node.body, 'items')))
  return utility('ddl', `drop ${object}`, { relations: written(names) })
}
