/** What must hold when a statement runs: masks by lineage (DESIGN §7), row and time limits, error text. */
import type { ColumnRef, Label } from '../model/catalog.js'
import type { ColumnMask, Obligations } from '../model/decision.js'
import type { AnalyzedFacts } from '../model/facts.js'
import { type Lineage, lineageLabels } from '../model/lineage.js'
import { stricter } from '../model/mask-order.js'
import type { Principal } from '../model/principal.js'
import { columnName } from './fact-conditions.js'
import { partsGlob } from './glob.js'
import type { Policy } from './policy.js'
import { isRedactedColumn } from './presets/system-catalog.js'
import type { Subject } from './subject.js'

/** An unmask entry that took effect on a column. */
export interface Unmasked {
  readonly id: string
  readonly because: string
}

export interface Masking {
  readonly masks: readonly ColumnMask[]
  readonly unmasked: readonly Unmasked[]
}

export type MaskPlanner = (facts: AnalyzedFacts, principal: Principal) => Masking

/** How a policy shows a directly selected column with this label. */
export function labelMask(policy: Policy, label: Label): ColumnMask {
  if (label === 'sad') return { method: 'redact', label }
  const own = Object.hasOwn(policy.maskers, label) ? policy.maskers[label] : undefined
  const masker = own ?? (label === 'pan' ? 'partial' : 'redact')
  return typeof masker === 'string'
    ? { method: masker, label }
    : { method: 'generalise', label, to: masker.generalise }
}

/** The labels whose maskers need a key. */
export function keyedLabels({ maskers }: Pick<Policy, 'maskers'>): readonly Label[] {
  return Object.keys(maskers).filter(label => maskers[label] === 'hash' || maskers[label] === 'tokenise')
}

export function compileMasks(policy: Policy): MaskPlanner {
  const unmasks = policy.unmask.map(entry => ({
    ...entry,
    globs: entry.columns.map(pattern => partsGlob(pattern, 3)),
  }))
  const unmaskFor = (column: ColumnRef, principal: Principal): Unmasked | undefined => {
    if (column.labels.length === 0 || column.labels.includes('sad')) return undefined
    const parts = [column.schema, column.relation, column.column]
    const entry = unmasks.find(
      candidate =>
        candidate.roles.some(role => principal.roles?.includes(role)) &&
        candidate.globs.some(matches => matches(parts)),
    )
    const because = `${columnName(column)} is shown in clear: ${entry?.reason}`
    return entry === undefined ? undefined : { id: entry.id, because }
  }
  return (facts, principal) => {
    const unmasked: Unmasked[] = []
    const masks = facts.output.map(({ lineage }) => {
      if (policy.extends !== undefined && showsRedacted(facts, lineage)) return { method: 'redact' as const }
      if (lineage.kind !== 'direct') return indirectMask(policy, lineage)
      const cleared = lineage.sources.map(source => unmaskFor(source, principal))
      for (const entry of cleared) if (entry !== undefined) unmasked.push(entry)
      return strongest(
        lineage.sources.map((source, index) =>
          cleared[index] === undefined ? directMask(policy, source) : keptMask(source),
        ),
      )
    })
    return { masks, unmasked }
  }
}

/** Computed from a system column that the baseline shows redacted only. */
function showsRedacted(facts: AnalyzedFacts, lineage: Lineage): boolean {
  if (lineage.kind !== 'direct' && lineage.kind !== 'derived') return false
  return lineage.sources.some(source => isRedactedColumn(facts.dialect, source))
}

function directMask(policy: Policy, source: ColumnRef): ColumnMask {
  return strongest(source.labels.map(label => labelMask(policy, label)))
}

function keptMask(source: ColumnRef): ColumnMask {
  const [label] = source.labels
  return label === undefined ? { method: 'scan' } : { method: 'keep', label }
}

function indirectMask(policy: Policy, lineage: Lineage): ColumnMask {
  if (lineage.kind === 'aggregate') return { method: 'keep' }
  const label = lineageLabels(lineage).find(candidate => labelMask(policy, candidate).method !== 'keep')
  return label === undefined ? { method: 'scan' } : { method: 'redact', label }
}

/** An unlabelled column is scanned, so a mixture is never shown less guarded than that. */
function strongest(masks: readonly ColumnMask[]): ColumnMask {
  return (
    masks.reduce<ColumnMask | undefined>(
      (best, mask) => (best === undefined ? mask : stricter(best, mask)),
      undefined,
    ) ?? { method: 'scan' }
  )
}

type Limits = Required<Pick<Obligations, 'maxRows' | 'maxAffectedRows' | 'timeoutMs'>> &
  Pick<Obligations, 'budgets'>

const WRITES = new Set(['insert', 'update', 'delete', 'merge', 'import'])

/** The parts of the obligations that do not depend on who asks. */
export function obligationsOf(subject: Subject, masks: readonly ColumnMask[], limits: Limits): Obligations {
  const { facts } = subject
  if (facts === null) {
    return { mask: 'scan-all', errors: 'redact', readOnly: false, ...limits }
  }
  if (facts.effects.every(effect => effect.kind === 'transaction')) {
    // A deferred constraint that fails at COMMIT quotes rows that other statements wrote.
    return { mask: masks, errors: 'redact', readOnly: false }
  }
  const errors = touchesLabels(facts) ? 'redact' : 'scan'
  const writes = facts.effects.some(effect => WRITES.has(effect.kind))
  const returns = facts.output.length > 0 || !writes
  return {
    mask: masks,
    errors,
    ...(returns ? { maxRows: limits.maxRows } : {}),
    ...(returns && limits.budgets !== undefined ? { budgets: limits.budgets } : {}),
    ...(writes ? { maxAffectedRows: limits.maxAffectedRows } : {}),
    timeoutMs: limits.timeoutMs,
    readOnly: facts.readOnly,
  }
}

/** For a statement that will not run. */
export const NOTHING_RUNS: Obligations = Object.freeze({ mask: 'scan-all', errors: 'redact', readOnly: true })

function touchesLabels(facts: AnalyzedFacts): boolean {
  return (
    facts.columns.some(use => use.column.labels.length > 0) ||
    facts.flows.length > 0 ||
    facts.output.some(column => lineageLabels(column.lineage).length > 0)
  )
}
