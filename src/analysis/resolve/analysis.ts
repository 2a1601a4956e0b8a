/** What every part of one statement's analysis shares. */
import type { DialectReader, DialectRules } from '../dialects/dialect.js'
import { AnalysisStop } from '../stop.js'
import type { CatalogIndex } from './catalog-index.js'
import type { CommonScope } from './common-tables.js'
import type { Findings } from './findings.js'
import type { Scope, Shape } from './scope.js'

/** Bounds the work on one statement, against queries that are small to write and vast to resolve. */
const MAX_STEPS = 400_000

export class Analysis {
  readonly index: CatalogIndex
  readonly reader: DialectReader
  readonly findings: Findings
  /** Views being resolved, outermost first. */
  readonly within: readonly string[]
  private readonly budget: { steps: number }

  constructor(
    index: CatalogIndex,
    reader: DialectReader,
    findings: Findings,
    within: readonly string[] = [],
    budget = { steps: MAX_STEPS },
  ) {
    this.index = index
    this.reader = reader
    this.findings = findings
    this.within = within
    this.budget = budget
  }

  get rules(): DialectRules {
    return this.reader.rules
  }

  /** The same statement's analysis continued inside a view's definition. */
  inView(name: string, findings: Findings): Analysis {
    return new Analysis(this.index, this.reader, findings, [...this.within, name], this.budget)
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
}

export function scopeAt(place: Place, shape: Shape): Scope {
  return { shape, outer: place.outer, systemColumns: place.analysis.rules.systemColumns }
}
