/** Facts in words, one sentence each, so that an approver can judge without reading SQL. */
import type { AnalyzedFacts, Facts, Scope, StatementEffect } from '../../model/facts.js'
import { type Lineage, lineageLabels } from '../../model/lineage.js'
import type { DecidedSubmission } from '../../model/progress.js'

const REACH: Readonly<Record<Scope, string>> = {
  none: 'every row, because there is no WHERE clause',
  tautology: 'every row, because the WHERE clause is always true',
  keyed: 'rows picked by a unique key',
  bounded: 'rows picked by listed values',
  open: 'rows picked by a condition of unknown reach',
}

const WRITES: Readonly<Record<string, string>> = {
  insert: 'Inserts into',
  update: 'Updates',
  delete: 'Deletes from',
  merge: 'Merges into',
}

export function summaryOf({ facts, decision }: DecidedSubmission): readonly string[] {
  if (!facts.analyzable) {
    return [`Cardea cannot analyse this statement: ${facts.reason}`, 'What it reads or changes is not known.']
  }
  const { maxRows, maxAffectedRows, mask } = decision.obligations
  const masked =
    typeof mask === 'string'
      ? []
      : facts.output
          .filter((_, at) => !['keep', 'scan', undefined].includes(mask[at]?.method))
          .map(({ name }) => name)
  return [
    ...facts.effects.flatMap(effectSentence),
    ...reactionSentences(facts),
    ...listed('Reads', unique(facts.relations.filter(use => use.access === 'read').map(relationName))),
    ...outputSentences(facts),
    ...useSentences(facts),
    ...facts.flows.map(
      flow => `Copies ${flow.labels.join(', ')} from ${columnName(flow.from)} to ${flow.to}.`,
    ),
    ...listed('Masked in the answer:', masked),
    ...rowSentences(facts, maxRows, maxAffectedRows),
  ]
}

/** The statement alone does not show what its tables set off; whoever approves it must know that there is more. */
function reactionSentences(facts: AnalyzedFacts): string[] {
  return facts.relations
    .filter(use => use.reacts)
    .map(
      use =>
        `A write to ${relationName(use)} sets off triggers, rules or cascades, which may change more than the statement names.`,
    )
}

/** Rows written where every write shows a bound, otherwise rows returned; absent when not known. */
export function estimatedRows(facts: Facts): number | undefined {
  if (!facts.analyzable) return undefined
  const writes = facts.effects.filter(effect => effect.kind in WRITES)
  if (writes.length === 0) return facts.maxRowsReturned
  return writes.reduce<number | undefined>(
    (sum, { maxRows }) => (sum === undefined || maxRows === undefined ? undefined : sum + maxRows),
    0,
  )
}

function effectSentence(effect: StatementEffect): readonly string[] {
  if (effect.kind === 'select') return []
  const target = effect.target === undefined ? '' : ` ${relationName(effect.target)}`
  const words = WRITES[effect.kind]
  if (words === undefined || target === '') return [`Runs ${effect.verb}${target}.`]
  const reach = effect.scope === undefined ? '' : `: ${REACH[effect.scope]}`
  const bound = effect.maxRows === undefined ? '' : `, at most ${rows(effect.maxRows)}`
  return [`${words}${target}${reach}${bound}.`]
}

function outputSentences(facts: AnalyzedFacts): readonly string[] {
  const unknown = facts.output.filter(column => column.lineage.kind === 'unknown').map(column => column.name)
  return [
    ...unique(facts.output.flatMap(column => shown(column.lineage))),
    ...listed('Shows values of unknown origin:', unknown),
  ]
}

function shown(lineage: Lineage): readonly string[] {
  if (lineage.kind !== 'direct' && lineage.kind !== 'derived') return []
  const from = lineage.sources.filter(source => source.labels.length > 0).map(columnName)
  if (from.length === 0) return []
  const what = lineageLabels(lineage).join(', ')
  const how = lineage.kind === 'direct' ? what : `values computed from ${what}`
  return [`Shows ${how} of ${unique(from).join(', ')}.`]
}

function useSentences(facts: AnalyzedFacts): readonly string[] {
  const uses = facts.columns.filter(({ column, use }) => column.labels.length > 0 && use !== 'output')
  const risky = facts.functions
    .filter(call => call.standing !== 'listed')
    .map(call => `${call.name} (${call.standing})`)
  return [
    ...unique(
      uses.map(({ column, use }) => `Uses ${column.labels.join(', ')} of ${columnName(column)} in: ${use}.`),
    ),
    ...listed('Calls functions that are not on the reviewed list:', unique(risky)),
    ...listed('Locks:', facts.locks),
  ]
}

function rowSentences(
  facts: AnalyzedFacts,
  most: number | undefined,
  mostAffected: number | undefined,
): string[] {
  const sentences: string[] = []
  if (facts.maxRowsReturned !== undefined) sentences.push(`Returns at most ${rows(facts.maxRowsReturned)}.`)
  else if (facts.output.length > 0) sentences.push('Sets no limit on the rows it returns.')
  if (most !== undefined) sentences.push(`Is refused if it returns more than ${rows(most)}.`)
  if (mostAffected !== undefined)
    sentences.push(`Is rolled back if it changes more than ${rows(mostAffected)}.`)
  return sentences
}

function listed(words: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${words} ${names.join(', ')}.`]
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}

function relationName(named: { readonly schema: string; readonly relation: string }): string {
  return `${named.schema}.${named.relation}`
}

function columnName(named: {
  readonly schema: string
  readonly relation: string
  readonly column: string
}): string {
  return `${relationName(named)}.${named.column}`
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)]
}
