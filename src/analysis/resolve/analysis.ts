/** What every part of one statement's analysis shares. */
import type { CatalogRelation } from '../../model/catalog.js'
import type { BindingKind, DialectReader, DialectRules } from '../dialects/dialect.js'
import type { Expression, QualifiedName } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import type { CatalogIndex, IndexedRelation } from './catalog-index.js'
import type { CommonScope } from './common-tables.js'
import type { Findings } from './findings.js'
import type { Scope, Shape } from './scope.js'

/** Bounds the work on one statement, against queries that are small to write and vast to resolve. */
const MAX_STEPS = 400_000

export class Analysis {
  readonly index: CatalogIndex
  readonly reader: DialectReader
  readonly findings: Findings
  readonly bindings: readonly BindingKind[]
  /** Views being resolved, outermost first. */
  readonly within: readonly CatalogRelation[]
  private readonly budget: { steps: number }

  constructor(
    index: CatalogIndex,
    reader: DialectReader,
    findings: Findings,
    bindings: readonly BindingKind[] = [],
    within: readonly CatalogRelation[] = [],
    budget = { steps: MAX_STEPS },
  ) {
    this.index = index
    this.reader = reader
    this.findings = findings
    this.bindings = bindings
    this.within = within
    this.budget = budget
  }

  get rules(): DialectRules {
    return this.reader.rules
  }

  /** The same statement's analysis continued inside a view's definition. */
  inView(view: CatalogRelation, findings: Findings): Analysis {
    return new Analysis(this.index, this.reader, findings, [], [...this.within, view], this.budget)
  }

  find(name: QualifiedName): IndexedRelation | undefined {
    const home = this.rules.viewsLookHomeFirst ? this.within.at(-1)?.schema : undefined
    const atHome =
      home === undefined || name.schema !== undefined
        ? undefined
        : this.index.find({ schema: home, name: name.name })
    return atHome ?? this.index.find(name)
  }

  /** @throws AnalysisStop `unknown_relation`. */
  relation(name: QualifiedName): IndexedRelation {
    const found = this.find(name)
    if (found !== undefined) return found
    const shown =
      name.schema === undefined ? quoted(name.name) : `${quoted(name.schema)}.${quoted(name.name)}`
    throw new AnalysisStop(
      'unknown_relation',
      `The catalog has no relation ${shown}. Check the name, or reload the catalog if it is new.`,
    )
  }

  spend(steps: number): void {
    this.budget.steps -= steps
    if (this.budget.steps < 0) {
      throw new AnalysisStop('too_deep', 'The statement takes too much work to analyse. Make it simpler.')
    }
  }
}

/** Where a query or expression stands: the rows outside it, and the WITH tables in sight. */
export interface Place {
  readonly analysis: Analysis
  readonly outer: Scope | null
  readonly common: CommonScope | null
  /** Tables of WITH that some servers show here, and others only further on. */
  readonly ahead?: readonly CommonScope[]
  /** Where ON sees all of FROM: the clause being put together. */
  readonly from?: FromClause
}

export interface FromClause {
  /** Conditions of joins, to be evaluated when all of FROM is in sight. */
  readonly conditions: Expression[]
  /** Entries that are not in sight yet. */
  ahead: number
}

export function scopeAt(place: Place, shape: Shape): Scope {
  return { shape, outer: place.outer, rules: place.analysis.rules }
}
