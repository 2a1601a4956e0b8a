/** From a statement's text to its facts. Whatever goes wrong on the way becomes `Unanalyzable`. */
import type { Dialect } from '../model/dialect.js'
import type { AnalyzedFacts, Facts, StatementEffect, Unanalyzable } from '../model/facts.js'
import type { BindingKind, DialectReader } from './dialects/dialect.js'
import { sightings } from './observed-constant.js'
import type { Statement } from './relational.js'
import { Analysis } from './resolve/analysis.js'
import type { CatalogIndex } from './resolve/catalog-index.js'
import { Findings } from './resolve/findings.js'
import { toLineage } from './resolve/provenance.js'
import { analyzeStatement, type StatementResult } from './resolve/statements.js'
import { AnalysisStop } from './stop.js'

/** Columns of a result: as many as the most generous engine returns (MySQL 4096, PostgreSQL 1664, SQLite 2000). */
const MAX_OUTPUT = 4096

export function establishFacts(
  text: string,
  dialect: Dialect,
  reader: DialectReader,
  index: CatalogIndex,
  bindings: readonly BindingKind[],
): Established {
  try {
    const { statement, fingerprint } = reader.read(text)
    const findings = new Findings()
    const analysis = new Analysis(index, readerFor(statement, reader), findings, bindings)
    const result = analyzeStatement(statement, { analysis, outer: null, common: null })
    const facts = frozen(compose(dialect, index.catalog.version, fingerprint, findings, result))
    return { facts, unseen: () => unseen(statement) }
  } catch (error) {
    return { facts: frozen(unanalyzable(error, dialect, index.catalog.version)), unseen: () => NOWHERE }
  }
}

export interface Established {
  readonly facts: Facts
  /** Where the constants stand, in bytes of the text, whose values have had no say. */
  unseen(): ReadonlySet<number>
}

const NOWHERE: ReadonlySet<number> = new Set()

function unseen(statement: Statement): ReadonlySet<number> {
  const all = [...sightings(statement)]
  const places = new Set(all.map(({ at }) => at))
  for (const { at, seen } of all) if (seen) places.delete(at)
  return places
}

const WRITES: ReadonlySet<Statement['type']> = new Set([
  ...(['insert', 'update', 'delete', 'merge', 'multi-update', 'multi-delete'] as const),
])

/** With the rules that hold for a statement of this kind. */
function readerFor(statement: Statement, reader: DialectReader): DialectReader {
  const inner = statement.type === 'explain' ? statement.statement : statement
  const { inWrites, ...rules } = reader.rules
  return inWrites === undefined || !WRITES.has(inner.type)
    ? reader
    : { ...reader, rules: { ...rules, ...inWrites } }
}

function compose(
  dialect: Dialect,
  catalogVersion: string,
  fingerprint: string,
  findings: Findings,
  result: StatementResult,
): AnalyzedFacts {
  const [first] = findings.effects
  if (first === undefined)
    throw new AnalysisStop('unknown_node', 'The statement has no effect that Cardea knows.')
  if (first.kind !== 'explain') for (const column of result.columns) findings.show(column.provenance)
  const spread = result.spread === true ? { spread: true as const } : {}
  if (result.columns.length > MAX_OUTPUT) {
    throw new AnalysisStop('too_deep', `The result has more than ${MAX_OUTPUT} columns. Select fewer.`)
  }
  const output = result.columns.map(({ name, provenance }) => ({
    name,
    lineage: toLineage(provenance),
    ...spread,
  }))
  const maxRowsReturned = output.length === 0 ? undefined : result.maxRows
  return {
    analyzable: true,
    dialect,
    kind: first.kind,
    effects: findings.effects,
    relations: findings.relations,
    columns: findings.columns,
    functions: findings.functions,
    output,
    flows: findings.flows,
    locks: findings.locks,
    readOnly: isReadOnly(findings, result),
    fingerprint,
    catalogVersion,
    ...(maxRowsReturned === undefined ? {} : { maxRowsReturned }),
  }
}

function isReadOnly(findings: Findings, result: StatementResult): boolean {
  return (
    result.harmless &&
    findings.locks.length === 0 &&
    findings.effects.every(isReading) &&
    findings.functions.every(use => use.standing === 'listed')
  )
}

function isReading(effect: StatementEffect): boolean {
  return (
    effect.kind === 'select' ||
    effect.kind === 'explain' ||
    effect.kind === 'export' ||
    effect.verb === 'show'
  )
}

function unanalyzable(error: unknown, dialect: Dialect, catalogVersion: string): Unanalyzable {
  const stop = asStop(error)
  return { analyzable: false, dialect, code: stop.code, reason: stop.message, catalogVersion }
}

function asStop(error: unknown): AnalysisStop {
  if (error instanceof AnalysisStop) return error
  if (error instanceof RangeError) {
    return new AnalysisStop('too_deep', 'The statement nests too deeply to analyse. Make it simpler.')
  }
  return new AnalysisStop(
    'parser_failure',
    'Analysis failed on this statement, so it is refused. Report the statement’s shape.',
  )
}

/** Facts are shared by every submission of the same text. */
function frozen<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) frozen(part)
  }
  return Object.freeze(value)
}
