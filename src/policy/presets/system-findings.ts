/** What a statement reads of the engine's own relations that it may not. */
import type { AnalyzedFacts, ColumnUse } from '../../model/facts.js'
import type { Finding } from '../compiled-rule.js'
import { columnName } from '../fact-conditions.js'
import { isRevealingUse } from '../subject.js'
import { isReadable, isRedactedColumn, refusedColumn } from './system-catalog.js'

const READS = new Set(['select', 'explain'])

export function systemFindings(facts: AnalyzedFacts): readonly Finding[] {
  const uses = facts.relations.filter(use => use.system)
  if (uses.length === 0) return []
  const relations = uses
    .filter(use => !isReadable(facts.dialect, use))
    .map(use => ({
      because: `${use.access === 'write' ? 'writes' : 'reads'} system relation ${use.schema}.${use.relation}`,
      focus: { relations: [use] },
    }))
  const columns = facts.columns.flatMap(use => {
    const because = systemColumnWords(facts, use)
    return because === undefined ? [] : [{ because, focus: { columns: [use.column] } }]
  })
  return [...relations, ...columns]
}

/** Redacting works on what is shown by a read, not on what a condition tells or a write copies. */
function systemColumnWords(facts: AnalyzedFacts, use: ColumnUse): string | undefined {
  const refused = refusedColumn(facts.dialect, use.column)
  if (refused !== undefined) return `reads system column ${columnName(use.column)}: ${refused}`
  if (!isRedactedColumn(facts.dialect, use.column)) return undefined
  const isShown = !isRevealingUse(use) && facts.effects.every(effect => READS.has(effect.kind))
  return isShown ? undefined : `uses system column ${columnName(use.column)} where it cannot be redacted`
}
