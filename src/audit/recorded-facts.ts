/** What a record says of a statement's facts: the same for all texts that share them. */
import type { ColumnRef, Label } from '../model/catalog.js'
import { type AnalyzedFacts, type Facts, type Scope, touchedLabels } from '../model/facts.js'
import type { RecordedAnalysis, StatementRecord } from '../model/record.js'
import { type Reserve, reserveFor } from '../model/scrub.js'

export interface FactsParts {
  readonly reserve: Reserve
  readonly analysis: RecordedAnalysis | undefined
  readonly fingerprint: string | undefined
  readonly labels: readonly Label[]
  readonly objects: StatementRecord['objects']
}

type Text = (text: string) => string

/** Objects, and columns, that one record names. */
const NAMES_CAP = 500
/** From the widest. */
const SCOPES: readonly Scope[] = ['none', 'tautology', 'open', 'bounded', 'keyed']

export function factsParts(facts: Facts | undefined, text: Text): FactsParts {
  const labels = facts === undefined ? [] : touchedLabels(facts)
  return Object.freeze({
    reserve: reserveFor(facts),
    analysis: facts === undefined ? undefined : recordedAnalysis(facts, text),
    fingerprint: facts?.analyzable ? text(facts.fingerprint) : undefined,
    labels: Object.freeze(labels.map(text)),
    objects: Object.freeze(recordedObjects(facts, text)),
  })
}

/** Members in canonical order: see orderedJson. */
function recordedAnalysis(facts: Facts, text: Text): RecordedAnalysis {
  if (!facts.analyzable) return Object.freeze({ problem: facts.code })
  const columns = labelledColumns(facts)
  const scope = SCOPES.find(wide => facts.effects.some(effect => effect.scope === wide))
  return Object.freeze({
    ...(columns.length === 0 ? undefined : { columns: Object.freeze(cappedNames(columns.map(text))) }),
    kind: facts.kind,
    ...(scope === undefined ? undefined : { scope }),
    verbs: Object.freeze([...new Set(facts.effects.map(({ verb }) => text(verb)))]),
  })
}

function labelledColumns({ columns, output, flows }: AnalyzedFacts): readonly string[] {
  const touched: readonly ColumnRef[] = [
    ...columns.map(({ column }) => column),
    ...output.flatMap(({ lineage }) => ('sources' in lineage ? lineage.sources : [])),
    ...flows.map(({ from }) => from),
  ]
  const labelled = touched.filter(({ labels }) => labels.length > 0)
  return [
    ...new Set(
      labelled.map(({ schema, relation, column }) => `${relationName({ schema, relation })}.${column}`),
    ),
  ].sort()
}

function cappedNames(names: readonly string[]): readonly string[] {
  if (names.length <= NAMES_CAP) return names
  return [...names.slice(0, NAMES_CAP), `…[more than ${NAMES_CAP} columns]`]
}

function recordedObjects(facts: Facts | undefined, text: Text): StatementRecord['objects'] {
  if (!facts?.analyzable) return []
  const seen = new Set<string>()
  const objects: { access: 'read' | 'write'; name: string }[] = []
  for (const { access, ...relation } of facts.relations) {
    const name = text(relationName(relation))
    if (seen.has(`${access} ${name}`)) continue
    seen.add(`${access} ${name}`)
    if (objects.length === NAMES_CAP)
      return [...objects, { access, name: `…[more than ${NAMES_CAP} objects]` }]
    objects.push(Object.freeze({ access, name }))
  }
  return objects
}

function relationName({ schema, relation }: Pick<ColumnRef, 'schema' | 'relation'>): string {
  return schema === '' ? relation : `${schema}.${relation}`
}
