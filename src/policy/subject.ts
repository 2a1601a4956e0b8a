/**
 * What a rule looks at: the evaluation input, and the parts of the statement a condition can name.
 * A baseline rule's finding narrows the parts to what it found, so that an exception is judged
 * against that and not against the rest of the statement.
 */
import type { ColumnRef, Label } from '../model/catalog.js'
import type { AnalyzedFacts, ColumnUse, RelationUse, StatementEffect } from '../model/facts.js'
import { lineageLabels } from '../model/lineage.js'
import type { PolicyInput } from './policy-engine.js'

/** The parts of a statement that conditions quantify over. */
export interface Parts {
  readonly effects: readonly StatementEffect[]
  readonly relations: readonly RelationUse[]
  readonly columns: readonly ColumnRef[]
  /** Every function but the reviewed built-ins, or the names alone where all count. */
  readonly functions: readonly { readonly name: string; readonly listed: boolean }[]
  readonly outputLabels: readonly Label[]
  readonly predicateLabels: readonly Label[]
  readonly writtenLabels: readonly Label[]
}

export interface Subject {
  readonly input: PolicyInput
  /** Null where analysis failed. */
  readonly facts: AnalyzedFacts | null
  readonly parts: Parts | null
  /** False as well where the lineage of an output column is unknown. */
  readonly understood: boolean
}

export function subjectOf(input: PolicyInput): Subject {
  const facts = input.facts.analyzable ? input.facts : null
  return {
    input,
    facts,
    parts: facts === null ? null : partsOf(facts),
    understood: facts?.output.every(column => column.lineage.kind !== 'unknown') ?? false,
  }
}

/** The same subject seen through one finding. */
export function focused(subject: Subject, focus: Partial<Parts>): Subject {
  return subject.parts === null ? subject : { ...subject, parts: { ...subject.parts, ...focus } }
}

/** What tells something about a column's content other than by showing it; a null test does not. */
export function isRevealingUse(use: ColumnUse): boolean {
  if (use.comparison === 'null-test') return false
  return use.use !== 'output' && use.use !== 'returning' && use.use !== 'assignment'
}

function partsOf(facts: AnalyzedFacts): Parts {
  const labelsOf = (uses: readonly ColumnUse[]) => unique(uses.flatMap(use => use.column.labels))
  return {
    effects: facts.effects,
    relations: facts.relations,
    columns: facts.columns.map(use => use.column),
    functions: facts.functions.map(({ name, standing }) => ({ name, listed: standing === 'listed' })),
    outputLabels: unique(
      facts.output.flatMap(({ lineage }) => (lineage.kind === 'aggregate' ? [] : lineageLabels(lineage))),
    ),
    predicateLabels: labelsOf(facts.columns.filter(isRevealingUse)),
    writtenLabels: labelsOf(facts.columns.filter(use => use.use === 'assignment')),
  }
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)]
}
