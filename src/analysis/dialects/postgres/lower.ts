/**
 * From PostgreSQL's parse tree to the relational form. Exhaustive: every statement node of the grammar
 * is lowered here or recognised by kind in `lower-utility.ts`; anything else is refused.
 */
import type { CopyStatement, QualifiedName, Statement } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import { lowerOptional } from './lower-expression.js'
import { lowerRelationName, lowerType } from './lower-names.js'
import { lowerQuery, lowerSubselect } from './lower-query.js'
import { isOn, lowerUtility } from './lower-utility.js'
import { isWriteNode, lowerWrite } from './lower-write.js'
import {
  asNode,
  type Body,
  childBody,
  childNode,
  childNodes,
  expectFields,
  fieldSet,
  flag,
  requiredBody,
  requiredNode,
  type TreeNode,
  text,
  unknownNode,
  word,
  words,
} from './tree.js'

const RESULT = fieldSet('version', 'stmts')
const RAW = fieldSet('stmt', 'stmt_location', 'stmt_len')
const INTO = fieldSet('rel', 'colNames', 'accessMethod', 'options', 'onCommit', 'tableSpaceName', 'skipData')
const CREATE_AS = fieldSet('query', 'into', 'objtype', 'if_not_exists')
const EXPLAIN = fieldSet('query', 'options')
const CURSOR = fieldSet('portalname', 'options', 'query')
const PREPARE = fieldSet('name', 'argtypes', 'query')
const COPY = fieldSet(
  'relation',
  'query',
  'attlist',
  'is_from',
  'is_program',
  'filename',
  'options',
  'whereClause',
)
const DEF_ELEM = fieldSet('defname', 'arg', 'defaction')

/** Any other may make EXPLAIN do what is not known here. */
const EXPLAIN_OPTIONS: ReadonlySet<string> = new Set([
  ...['analyze', 'verbose', 'costs', 'settings', 'generic_plan', 'buffers', 'serialize', 'wal', 'timing'],
  ...['summary', 'memory', 'format'],
])

/** Statement nodes that are lowered with their insides. */
export const LOWERED_STATEMENTS: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CreateTableAsStmt',
  'CopyStmt',
  'ExplainStmt',
  'DeclareCursorStmt',
  'PrepareStmt',
])

/** @param tree what the parser returned. Exactly one statement, or the analysis ends. */
export function lowerParseTree(tree: unknown): Statement {
  const result = tree as Body
  expectFields('ParseResult', result, RESULT)
  const statements = result['stmts']
  const count = Array.isArray(statements) ? statements.length : 0
  if (!Array.isArray(statements) || count === 0) {
    throw new AnalysisStop('empty', 'There is no statement in the text. Submit one.')
  }
  if (count > 1) {
    throw new AnalysisStop(
      'multiple_statements',
      `The text holds ${count} statements. Submit them one at a time.`,
    )
  }
  const raw = statements[0] as Body
  expectFields('RawStmt', raw, RAW)
  return lowerStatement(asNode(raw['stmt']))
}

function lowerStatement(node: TreeNode): Statement {
  const { type, body } = node
  if (isWriteNode(type)) return lowerWrite(node)
  switch (type) {
    case 'SelectStmt':
      return lowerTopSelect(body)
    case 'CreateTableAsStmt':
      return lowerCreateAs(body)
    case 'CopyStmt':
      return lowerCopy(body)
    case 'ExplainStmt':
      return lowerExplain(body)
    case 'DeclareCursorStmt':
      expectFields(type, body, CURSOR)
      return {
        type: 'cursor',
        verb: 'declare cursor',
        statement: lowerStatement(requiredNode(body, 'query')),
      }
    case 'PrepareStmt':
      expectFields(type, body, PREPARE)
      for (const argument of childNodes(body, 'argtypes')) lowerType(argument.body)
      return { type: 'prepare', statement: lowerStatement(requiredNode(body, 'query')) }
    default:
      return lowerUtility(node)
  }
}

/** SELECT INTO keeps its target in the leftmost arm of the query. */
function lowerTopSelect(body: Body): Statement {
  const found = takeInto(body)
  if (found === null) return { type: 'query', query: lowerQuery(body) }
  const { target, columns } = lowerInto(found.into)
  return {
    type: 'create-as',
    verb: 'select into',
    target,
    columns,
    source: { type: 'query', query: lowerQuery(found.rest) },
  }
}

function takeInto(body: Body): { readonly into: Body; readonly rest: Body } | null {
  const { intoClause, ...rest } = body
  if (intoClause !== undefined) return { into: requiredBody(body, 'intoClause'), rest }
  const left = childBody(body, 'larg')
  const found = left === undefined ? null : takeInto(left)
  return found === null ? null : { into: found.into, rest: { ...body, larg: found.rest } }
}

function lowerInto(into: Body): { readonly target: QualifiedName; readonly columns: readonly string[] } {
  expectFields('IntoClause', into, INTO)
  const relation = requiredBody(into, 'rel')
  const name = lowerRelationName(relation)
  const temporary = word(relation, 'relpersistence') === 't' && name.schema === undefined
  return {
    target: temporary ? { schema: 'pg_temp', name: name.name } : name,
    columns: words(into, 'colNames'),
  }
}

function lowerCreateAs(body: Body): Statement {
  expectFields('CreateTableAsStmt', body, CREATE_AS)
  const verb = word(body, 'objtype') === 'OBJECT_MATVIEW' ? 'create materialized view' : 'create table as'
  const { target, columns } = lowerInto(requiredBody(body, 'into'))
  return { type: 'create-as', verb, target, columns, source: lowerStatement(requiredNode(body, 'query')) }
}

function lowerExplain(body: Body): Statement {
  expectFields('ExplainStmt', body, EXPLAIN)
  const analyze = childNodes(body, 'options').some(option => {
    if (option.type !== 'DefElem') return unknownNode(option.type)
    expectFields('DefElem', option.body, DEF_ELEM)
    const name = word(option.body, 'defname').toLowerCase()
    if (!EXPLAIN_OPTIONS.has(name)) unknownNode('an option of EXPLAIN')
    return name === 'analyze' && isOn(option.body)
  })
  return { type: 'explain', analyze, statement: lowerStatement(requiredNode(body, 'query')) }
}

function lowerCopy(body: Body): CopyStatement {
  expectFields('CopyStmt', body, COPY)
  const direction = flag(body, 'is_from') ? 'from' : 'to'
  const file = text(body, 'filename') !== undefined
  const place = flag(body, 'is_program') ? 'program' : file ? 'file' : 'client'
  const where = lowerOptional(body, 'whereClause')
  const query = childNode(body, 'query')
  return {
    type: 'copy',
    verb: `copy ${direction}${place === 'client' ? '' : ` ${place}`}`,
    direction,
    place,
    source:
      query === undefined
        ? { table: lowerRelationName(requiredBody(body, 'relation')), columns: words(body, 'attlist') }
        : copiedQuery(query),
    ...(where === undefined ? {} : { where }),
  }
}

/** COPY (INSERT … RETURNING) TO runs a write and exports what it returns. */
function copiedQuery(node: TreeNode): CopyStatement['source'] {
  if (!isWriteNode(node.type)) return lowerSubselect(node)
  return {
    with: {
      recursive: false,
      tables: [{ name: 'written', columns: [], body: lowerWrite(node), extra: [], tracked: [] }],
    },
    body: {
      type: 'select',
      distinct: 'none',
      targets: [{ name: '', expression: { type: 'column', path: [], star: true } }],
      from: [{ type: 'table', name: { name: 'written' }, alias: { columns: [] }, sample: [] }],
      group: [],
      windows: [],
    },
    order: [],
    ties: false,
    locks: [],
  }
}
