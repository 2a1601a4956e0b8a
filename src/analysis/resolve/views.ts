/** Views, resolved to the columns that they show by analysing their definitions. */
import type { CatalogRelation, ColumnRef } from '../../model/catalog.js'
import type { ColumnUse, ColumnUseKind, Comparison, FunctionUse } from '../../model/facts.js'
import { AnalysisStop, quoted } from '../stop.js'
import type { Analysis } from './analysis.js'
import type { CatalogIndex, IndexedRelation } from './catalog-index.js'
import { Findings } from './findings.js'
import { type Provenance, typed } from './provenance.js'
import { analyzeQuery } from './queries.js'
import { ofColumnType } from './rows.js'
import { type NamedColumn, named } from './scope.js'

export interface ResolvedView {
  readonly columns: readonly NamedColumn[]
  /** Read through the view, at any depth. */
  readonly relations: readonly CatalogRelation[]
  readonly functions: readonly FunctionUse[]
  /** Of labelled columns, on which the rows or their order depend. */
  readonly uses: readonly ColumnUse[]
}

/** Views inside views. */
const MAX_DEPTH = 24

/** The columns of a relation with their origins. The engine's own views count as tables. */
export function relationColumns(found: IndexedRelation, analysis: Analysis): readonly NamedColumn[] {
  if (!isResolvable(found.relation)) return ownColumns(found, analysis.index)
  const view = resolveView(found, analysis)
  for (const relation of view.relations) analysis.findings.relation(relation, 'read')
  for (const use of view.functions) analysis.findings.function(use)
  for (const { column, use, comparison, against } of view.uses)
    analysis.findings.column(column, use, comparison, against)
  return view.columns
}

export function isResolvable(relation: CatalogRelation): boolean {
  return !relation.system && (relation.kind === 'view' || relation.kind === 'materialized-view')
}

/** @throws AnalysisStop where the definition is absent, too deep or not understood. */
export function resolveView(found: IndexedRelation, analysis: Analysis): ResolvedView {
  const known = analysis.index.views.get(found.relation)
  if (known !== undefined) return known
  const view = analyzeDefinition(found, analysis)
  analysis.index.views.set(found.relation, view)
  return view
}

function analyzeDefinition(found: IndexedRelation, analysis: Analysis): ResolvedView {
  const { relation } = found
  if (
    relation.definition === undefined ||
    analysis.within.includes(relation) ||
    analysis.within.length >= MAX_DEPTH
  ) {
    throw unresolved(relation, 'its definition is absent or too deep')
  }
  const findings = new CollectedRelations()
  const inner = analysis.inView(relation, findings)
  const { definition } = relation
  const query = orUnresolved(relation, 'its definition could not be parsed', () =>
    analysis.reader.readView(definition),
  )
  const { columns } = orUnresolved(relation, 'its definition does not fit the catalog', () =>
    analyzeQuery(query, { analysis: inner, outer: null, common: null }),
  )
  if (columns.length !== relation.columns.length)
    throw unresolved(relation, 'its definition has other columns')
  return {
    columns: relation.columns.map((column, at) =>
      named(column.name, labelledToo(columns[at]?.provenance, found, at), analysis.rules),
    ),
    relations: [...findings.touched],
    functions: findings.functions,
    uses: findings.columns,
  }
}

/** A reason inside a view means nothing to a caller who did not write it. */
function orUnresolved<Value>(relation: CatalogRelation, why: string, work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    if (error instanceof AnalysisStop && error.code !== 'too_deep') throw unresolved(relation, why)
    throw error
  }
}

/** A label put on the view's own column counts beside those of the columns under it. */
function labelledToo(under: Provenance | undefined, found: IndexedRelation, at: number): Provenance {
  const own = found.columns[at]
  if (under === undefined || own === undefined)
    throw unresolved(found.relation, 'its definition has other columns')
  if (own.labels.length === 0) return under
  if (under.kind === 'direct') return { ...under, sources: [...under.sources, own] }
  const kind = under.kind === 'unknown' ? 'unknown' : 'derived'
  const labelled = { kind, sources: [...under.sources, own] } as const
  return typed(under.why === undefined ? labelled : { ...labelled, why: under.why }, under.ownType === true)
}

function ownColumns(found: IndexedRelation, index: CatalogIndex): readonly NamedColumn[] {
  return found.relation.columns.map((column, at) => {
    const source = found.columns[at]
    const sources = source === undefined ? [] : [source]
    const provenance: Provenance = { kind: 'direct', sources, type: column.type }
    const own = {
      name: column.name,
      key: found.keys[at] ?? column.name,
      provenance: ofColumnType(typed(provenance, index.hasOwnType(column)), column.type, index),
    }
    return column.hidden === true ? { ...own, hidden: true as const } : own
  })
}

function unresolved(relation: CatalogRelation, why: string): AnalysisStop {
  return new AnalysisStop(
    'unknown_relation',
    `The view ${quoted(relation.schema)}.${quoted(relation.name)} cannot be resolved: ${why}. Query the tables under it.`,
  )
}

/**
 * What a view shows its author chose, and the caller asks for by name. What it compares and sorts by decides
 * which rows come back all the same, and they tell of it.
 */
class CollectedRelations extends Findings {
  readonly touched = new Set<CatalogRelation>()

  override relation(relation: CatalogRelation): void {
    this.touched.add(relation)
  }

  override column(column: ColumnRef, use: ColumnUseKind, comparison?: Comparison, against?: ColumnRef): void {
    if (column.labels.length > 0 && use !== 'output') super.column(column, use, comparison, against)
  }

  override cast(): void {}
}
