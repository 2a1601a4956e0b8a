/** Whole statements: their effects from the outside in, and what they show. */
import type { EffectKind, StatementEffect } from '../../model/facts.js'
import type { CopyStatement, QualifiedName, Statement, UtilityStatement } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { type Place, scopeAt } from './analysis.js'
import { evaluate, evaluateCondition } from './expressions.js'
import { frameAt } from './frame.js'
import { computedFrom, derived, NONE, type Provenance, unknown } from './provenance.js'
import { analyzeQuery, type QueryResult } from './queries.js'
import { EMPTY_SHAPE, itemShape, type NamedColumn, SPREAD } from './scope.js'
import { tableItem } from './sources.js'
import { analyzeWrite } from './writes.js'

export interface StatementResult extends QueryResult {
  /** False where the statement itself changes data, schema or session, whatever it holds inside. */
  readonly harmless: boolean
  /** Its one column stands for any number of them. */
  readonly spread?: true
}

const NOTHING: StatementResult = { columns: [], harmless: false }

export function analyzeStatement(statement: Statement, place: Place): StatementResult {
  const { findings } = place.analysis
  switch (statement.type) {
    case 'query':
      findings.effects.push({ kind: 'select', verb: 'select' })
      return { ...analyzeQuery(statement.query, place), harmless: true }
    case 'insert':
    case 'update':
    case 'delete':
    case 'merge':
      return outermostFirst(statement.type, place, () => ({
        ...analyzeWrite(statement, place),
        harmless: false,
      }))
    case 'multi-update':
    case 'multi-delete':
      return outermostFirst(statement.type === 'multi-update' ? 'update' : 'delete', place, () => ({
        ...analyzeWrite(statement, place),
        harmless: false,
      }))
    case 'create-as':
      return analyzeCreateAs(statement, place)
    case 'copy':
      return analyzeCopy(statement, place)
    case 'explain':
      return analyzeExplain(statement, place)
    case 'cursor':
      return analyzeCursor(statement, place)
    case 'prepare':
      findings.effects.push({ kind: 'procedural', verb: 'prepare' })
      analyzeStatement(statement.statement, place)
      return NOTHING
    case 'utility':
      return analyzeUtility(statement, place)
  }
}

/** A write's WITH is analysed before it; its own effect still comes first. */
function outermostFirst(kind: EffectKind, place: Place, analyze: () => StatementResult): StatementResult {
  const { effects } = place.analysis.findings
  const start = effects.length
  const result = analyze()
  const own = effects.findLastIndex((effect, at) => at >= start && effect.kind === kind && isOwn(effect))
  if (own > start) effects.splice(start, 0, ...effects.splice(own, 1))
  return result
}

/** Not an effect that comes with another: what stands in the way of a REPLACE, what a MERGE does. */
function isOwn({ kind, verb }: StatementEffect): boolean {
  return verb === kind || (kind === 'insert' && verb === 'replace')
}

function analyzeCreateAs(
  statement: Extract<Statement, { type: 'create-as' }>,
  place: Place,
): StatementResult {
  const { findings, index } = place.analysis
  findings.effects.push({ kind: 'ddl', verb: statement.verb })
  const { columns } = analyzeStatement(statement.source, place)
  const table = newTable(statement.target, index.defaultSchema)
  columns.forEach((column, at) => {
    const name = statement.columns[at] ?? column.name
    findings.consume(column.provenance, 'assignment')
    findings.flow(column.provenance, `${table}.${name}`, [])
  })
  return NOTHING
}

function newTable(name: QualifiedName, schema: string): string {
  return `${name.schema ?? schema}.${name.name}`
}

function analyzeCursor(statement: Extract<Statement, { type: 'cursor' }>, place: Place): StatementResult {
  const { findings } = place.analysis
  findings.effects.push({ kind: 'cursor', verb: statement.verb })
  const { columns } = analyzeStatement(statement.statement, place)
  for (const column of columns) {
    findings.show(column.provenance)
    findings.flow(column.provenance, 'session', [])
  }
  return NOTHING
}

/**
 * Without ANALYZE nothing inside runs, so its effects do not count; a plan still tells of its predicates. MySQL reads
 * rows that a key finds while it plans, and writes their values out in place of the columns, `count('…')` included.
 * EXECUTE is no statement of the caller's: its plan would show somebody else's.
 */
function analyzeExplain(statement: Extract<Statement, { type: 'explain' }>, place: Place): StatementResult {
  const { findings } = place.analysis
  findings.effects.push({ kind: 'explain', verb: statement.analyze ? 'explain analyze' : 'explain' })
  const kept = findings.effects.length
  const { harmless } = analyzeStatement(statement.statement, place)
  if (!statement.analyze && statement.statement.type !== 'utility') findings.effects.length = kept
  const compared = findings.columns.filter(({ use }) => use !== 'output').map(({ column }) => column)
  const isMysql = place.analysis.index.catalog.dialect === 'mysql'
  const written = isMysql && statement.tabular !== true ? findings.listed : []
  const plan = computedFrom([...new Set([...compared, ...written])])
  // MySQL plans a write in no read-only transaction.
  const plansOnly = !statement.analyze && !isMysql
  return { columns: opaqueResult('QUERY PLAN', plan), harmless: harmless || plansOnly, spread: true }
}

function analyzeCopy(statement: CopyStatement, place: Place): StatementResult {
  const { findings } = place.analysis
  if (statement.direction === 'from') return analyzeCopyFrom(statement, place)
  const isVariable = statement.place === 'variable'
  findings.effects.push({ kind: isVariable ? 'session' : 'export', verb: statement.verb })
  const columns = copiedColumns(statement, place)
  const to = statement.place === 'client' ? 'client' : isVariable ? 'session' : 'file'
  for (const column of columns) {
    findings.show(column.provenance)
    findings.flow(column.provenance, to, [])
  }
  const isClient = statement.place === 'client'
  return { columns: isClient ? columns : [], harmless: isClient }
}

function copiedColumns(statement: CopyStatement, place: Place): readonly NamedColumn[] {
  const { source } = statement
  if (!('table' in source)) return analyzeQuery(source, place).columns
  const { findings } = place.analysis
  const found = place.analysis.relation(source.table)
  findings.relation(found.relation, 'read')
  const { columns } = tableItem(
    { type: 'table', name: source.table, alias: { columns: [] }, sample: [] },
    found,
    place,
  )
  return source.columns.length === 0 ? columns : source.columns.map(name => namedColumn(columns, name, place))
}

function analyzeCopyFrom(statement: CopyStatement, place: Place): StatementResult {
  const { findings } = place.analysis
  const { source } = statement
  if (!('table' in source)) throw new AnalysisStop('unknown_node', 'COPY FROM into a query is refused.')
  const found = place.analysis.relation(source.table)
  const { schema, name } = found.relation
  findings.effects.push({ kind: 'import', verb: statement.verb, target: { schema, relation: name } })
  findings.relation(found.relation, 'write')
  const item = tableItem(
    { type: 'table', name: source.table, alias: { columns: [] }, sample: [] },
    found,
    place,
  )
  const written =
    source.columns.length === 0
      ? item.columns
      : source.columns.map(each => namedColumn(item.columns, each, place))
  for (const column of written) findings.consume(column.provenance, 'assignment')
  if (statement.where !== undefined) {
    evaluateCondition(statement.where, frameAt(place, scopeAt(place, itemShape(item))))
  }
  return NOTHING
}

function namedColumn(columns: readonly NamedColumn[], name: string, place: Place): NamedColumn {
  const key = place.analysis.rules.fold(name)
  const found = columns.find(column => column.key === key)
  if (found === undefined)
    throw new AnalysisStop('unknown_column', `There is no column ${quoted(name)} to copy.`)
  return found
}

function analyzeUtility(statement: UtilityStatement, place: Place): StatementResult {
  const { findings } = place.analysis
  findings.effects.push({ kind: statement.kind, verb: statement.verb })
  for (const { name, access } of statement.relations) {
    const found = place.analysis.find(name)
    if (found !== undefined) findings.relation(found.relation, access)
  }
  for (const lock of statement.locks) findings.lock(lock)
  const frame = frameAt(place, scopeAt(place, EMPTY_SHAPE))
  const given = derived(statement.expressions.map(expression => evaluate(expression, frame)))
  findings.flow(given, 'session', [])
  const opaque = unknown(`the result of ${statement.verb} cannot be told from the statement`, [given])
  if (statement.result === 'none') return { columns: [], harmless: statement.harmless }
  const columns = opaqueResult(SPREAD, statement.result === 'setting' ? NONE : opaque)
  return { columns, harmless: statement.harmless, spread: true }
}

/** However many columns there are, all come from the same. */
function opaqueResult(name: string, provenance: Provenance): readonly NamedColumn[] {
  return [{ name, key: name, provenance }]
}
