/** Collects what the walk over a statement comes across, each thing once. */
import type { CatalogRelation, ColumnRef, Label } from '../../model/catalog.js'
import type {
  ColumnUse,
  ColumnUseKind,
  Comparison,
  DataFlow,
  FunctionUse,
  RelationUse,
  StatementEffect,
} from '../../model/facts.js'
import type { Provenance } from './provenance.js'

export type PredicateUse = 'predicate' | 'join' | 'having'

export class Findings {
  readonly effects: StatementEffect[] = []
  /** Labelled columns that select lists are made of, at any depth, whether or not anything of them is shown. */
  readonly listed = new Set<ColumnRef>()
  private readonly relationUses = new Map<CatalogRelation, Map<RelationUse['access'], RelationUse>>()
  private readonly columnUses = new Map<ColumnRef, ColumnUse[]>()
  private readonly functionUses = new Map<string, FunctionUse>()
  private readonly dataFlows = new Map<string, DataFlow>()
  private readonly rowLocks = new Set<string>()

  get relations(): readonly RelationUse[] {
    return [...this.relationUses.values()].flatMap(uses => [...uses.values()])
  }

  get columns(): readonly ColumnUse[] {
    return [...this.columnUses.values()].flat()
  }

  get functions(): readonly FunctionUse[] {
    return [...this.functionUses.values()]
  }

  get flows(): readonly DataFlow[] {
    return [...this.dataFlows.values()]
  }

  get locks(): readonly string[] {
    return [...this.rowLocks]
  }

  relation(relation: CatalogRelation, access: RelationUse['access']): void {
    const uses = this.relationUses.get(relation) ?? new Map<RelationUse['access'], RelationUse>()
    if (uses.has(access)) return
    this.relationUses.set(relation, uses)
    const { schema, name, system } = relation
    const reacts = access === 'write' && relation.hasTriggersOrRules ? { reacts: true as const } : {}
    uses.set(access, { schema, relation: name, access, system, ...reacts })
  }

  column(column: ColumnRef, use: ColumnUseKind, comparison?: Comparison, against?: ColumnRef): void {
    const known = this.columnUses.get(column)
    const isKnown = (seen: ColumnUse): boolean =>
      seen.use === use && seen.comparison === comparison && seen.against === against
    if (known?.some(isKnown)) return
    const plain: ColumnUse = comparison === undefined ? { column, use } : { column, use, comparison }
    const found = against === undefined ? plain : { ...plain, against }
    if (known === undefined) this.columnUses.set(column, [found])
    else known.push(found)
  }

  function(use: FunctionUse): void {
    this.functionUses.set(`${use.standing} ${use.name}`, use)
  }

  /** A cast to a type whose code is not a built-in's. */
  cast(name: string): void {
    this.function({ name: `cast to ${name}`, standing: 'unlisted' })
  }

  lock(strength: string): void {
    this.rowLocks.add(strength)
  }

  /** A value is used other than by comparing it. What only counts values gives nothing away here. */
  consume(part: Provenance, use: Exclude<ColumnUseKind, PredicateUse>): void {
    if (part.kind === 'aggregate') return
    for (const source of part.sources) this.column(source, use)
  }

  /**
   * A value decides which rows there are.
   * @param partners what it is compared with, where that is known.
   */
  compare(
    part: Provenance,
    use: PredicateUse,
    comparison: Comparison,
    partners: readonly Provenance[] = [],
  ): void {
    const effective = comparisonOf(part, comparison)
    const against = effective === 'equality-column' ? soleSource(partners) : undefined
    for (const source of part.sources) this.column(source, use, effective, against)
  }

  /** A value is given to an operation that can fail on it. */
  risk(part: Provenance): void {
    if (part.kind === 'aggregate') return
    for (const source of part.sources) if (source.labels.length > 0) this.column(source, 'fallible')
  }

  /** Stands in the list of a SELECT. */
  list(part: Provenance): void {
    for (const source of part.sources) if (source.labels.length > 0) this.listed.add(source)
  }

  /** A column of the result. */
  show(part: Provenance): void {
    if (part.kind === 'aggregate') this.compare(part, 'predicate', 'null-test')
    else this.consume(part, 'output')
  }

  /** Labelled data goes to a place that carries only `labels`. */
  flow(part: Provenance, to: string, labels: readonly Label[]): void {
    if (part.kind === 'aggregate') return
    for (const from of part.sources) {
      const lost = from.labels.filter(label => !labels.includes(label))
      const id = `${from.schema}\0${from.relation}\0${from.column}\0${to}`
      if (lost.length > 0) this.dataFlows.set(id, { from, to, labels: lost })
      else if (from.labels.length > 0 && part.kind !== 'direct' && !this.dataFlows.has(id))
        this.dataFlows.set(id, { from, to, labels: from.labels, changed: true })
    }
  }
}

/** The one column whose unchanged value is compared with, if that is all there is. */
function soleSource(partners: readonly Provenance[]): ColumnRef | undefined {
  const [partner] = partners
  const isPlain = partners.length === 1 && partner?.kind === 'direct' && partner.given !== true
  return isPlain && partner.sources.length === 1 ? partner.sources[0] : undefined
}

/** Only the column itself can be compared by equality; an expression over it is compared as something else. */
function comparisonOf(part: Provenance, comparison: Comparison): Comparison {
  if (part.kind === 'direct') return comparison
  if (part.kind === 'aggregate') return 'null-test'
  if (part.row === true && comparison === 'null-test') return comparison
  return comparison === 'pattern' || comparison === 'range' ? comparison : 'other'
}
