/** `pci-baseline`, second half: what may happen to protected columns (DESIGN §6, items 5 to 7). */
import type { ColumnRef, Label } from '../../model/catalog.js'
import type { AnalyzedFacts, ColumnUse } from '../../model/facts.js'
import type { Finding } from '../compiled-rule.js'
import { columnName } from '../fact-conditions.js'
import { isRevealingUse, type Subject } from '../subject.js'
import type { BaselineContext, BaselineRule } from './baseline-rule.js'

export const SAD_RULE: BaselineRule = {
  id: 'pci/sad',
  effect: 'deny',
  liftable: false,
  requirements: ['3.3.1', '3.3.2'],
  summary: 'Sensitive authentication data in an output, a condition, a copy or a write. Always in force.',
  reason:
    'Sensitive authentication data (card verification codes, track data, PIN blocks) may not be read, compared or stored. Leave the column out.',
  find: ({ facts }) => (facts === null ? [] : [...shown(facts, 'sad'), ...sadUses(facts)]),
}

export const DATA_RULES: readonly BaselineRule[] = [
  {
    id: 'pci/unknown-lineage',
    effect: 'deny',
    liftable: false,
    requirements: ['3.4.1'],
    summary: 'An output column whose origin analysis cannot establish.',
    reason:
      'It could not be established where an output column’s values come from, so it cannot be masked. Name the columns plainly.',
    find: ({ facts }) =>
      (facts?.output ?? []).flatMap(({ lineage }, index) =>
        lineage.kind === 'unknown' ? [{ because: `output column ${index + 1}: ${lineage.why}` }] : [],
      ),
  },
  {
    id: 'pci/data-flow',
    effect: 'deny',
    liftable: true,
    requirements: ['3.4.2', '3.5.1'],
    summary:
      'A labelled column copied to a place that does not carry the label, or changed into one that is shown in part.',
    reason:
      'Protected data would be copied to a place that is not protected. Leave the column out of the copy.',
    find: ({ facts }, context) =>
      (facts?.flows ?? [])
        .filter(({ labels, changed }) =>
          labels.some(label => (changed ? context.showsPart(label) : context.protects(label))),
        )
        .map(flow => ({
          because: `${columnName(flow.from)} (${flow.labels.join(', ')}) flows to ${flow.to}${flow.changed ? ', changed' : ''}`,
          focus: { columns: [flow.from] },
        })),
  },
  {
    id: 'pci/masked-where-useless',
    effect: 'deny',
    liftable: true,
    requirements: ['3.4.1', '7.2.6'],
    summary:
      'A labelled column in LIKE, range, ORDER BY, GROUP BY, DISTINCT, window, HAVING or a join to other data.',
    reason:
      'A protected column is used where masking cannot hide what it holds. Leave it out of conditions, joins, sorting and grouping.',
    find: (subject, context) => revealing(subject, context, use => !isLookup(use)),
  },
  {
    id: 'pci/pan-lookup',
    effect: 'deny',
    liftable: true,
    requirements: ['3.4.1', '7.2.6'],
    summary: 'A PAN column compared for equality with a given value.',
    reason:
      'Looking rows up by card number is not allowed. Use another key, such as the customer or the payment.',
    find: (subject, context) => revealing(subject, context, use => isLookup(use) && isPan(use)),
  },
  {
    id: 'pci/label-lookup',
    effect: 'deny',
    liftable: true,
    requirements: ['7.2.2', '7.2.6'],
    summary: 'A column with any other label compared for equality with a given value.',
    reason: 'Looking rows up by this protected column is not allowed. Use another key.',
    find: (subject, context) => revealing(subject, context, use => isLookup(use) && !isPan(use)),
  },
  {
    id: 'pci/pan-output',
    effect: 'require_approval',
    liftable: true,
    requirements: ['3.4.1', '7.2.3'],
    summary: 'A PAN column in the output, masked or not.',
    reason:
      'A person approves every read that returns card numbers, masked or not. Leave the column out if the task can do without it.',
    find: ({ facts }) => (facts === null ? [] : shown(facts, 'pan')),
  },
]

/** Output columns that show or are computed from a column with the label; counts and null tests show nothing. */
function shown(facts: AnalyzedFacts, label: Label): Finding[] {
  return facts.output.flatMap(({ lineage }, index) => {
    if (lineage.kind !== 'direct' && lineage.kind !== 'derived') return []
    const columns = lineage.sources.filter(source => source.labels.includes(label))
    if (columns.length === 0) return []
    const verb = lineage.kind === 'direct' ? 'shows' : 'is computed from'
    const because = `output column ${index + 1} ${verb} ${names(columns)} (${label})`
    return [{ because, focus: { columns, outputLabels: [label] } }]
  })
}

function sadUses(facts: AnalyzedFacts): Finding[] {
  const uses = facts.columns
    .filter(use => isRevealingUse(use) || use.use === 'assignment')
    .map(use => ({
      labels: use.column.labels,
      because: `${columnName(use.column)} (sad) ${useWords(use)}`,
    }))
  const flows = facts.flows.map(flow => ({
    labels: flow.labels,
    because: `${columnName(flow.from)} (sad) flows to ${flow.to}`,
  }))
  return [...uses, ...flows]
    .filter(({ labels }) => labels.includes('sad'))
    .map(({ because }) => ({ because }))
}

/** Uses of protected columns that tell something about their values. SAD has a rule of its own. */
function revealing(
  subject: Subject,
  context: BaselineContext,
  matches: (use: ColumnUse) => boolean,
): Finding[] {
  const found = (subject.facts?.columns ?? []).filter(
    use => isRevealingUse(use) && isProtected(use.column, context) && !joinsItsLike(use) && matches(use),
  )
  return found.map(use => {
    const labels = use.column.labels.filter(label => context.protects(label))
    return {
      because: `${columnName(use.column)} (${labels.join(', ')}) ${useWords(use)}`,
      focus: { columns: [use.column], predicateLabels: labels },
    }
  })
}

function isProtected(column: ColumnRef, context: BaselineContext): boolean {
  return column.labels.some(label => label !== 'sad' && context.protects(label))
}

function isLookup(use: ColumnUse): boolean {
  return use.comparison === 'equality-constant'
}

function isPan(use: ColumnUse): boolean {
  return use.column.labels.includes('pan')
}

/** Equality of two columns with the same protected labels tells nothing about either's values. */
function joinsItsLike(use: ColumnUse): boolean {
  const other = use.comparison === 'equality-column' ? use.against : undefined
  if (other === undefined) return false
  return use.column.labels.every(label => other.labels.includes(label))
}

function useWords(use: ColumnUse): string {
  if (use.comparison !== undefined) return `is in a ${COMPARISONS[use.comparison]} (${use.use})`
  if (use.use === 'fallible') return 'is used in a computation that masking cannot cover'
  return use.use === 'assignment' ? 'is written' : `is used in ${use.use}`
}

const COMPARISONS = {
  'equality-constant': 'comparison with a given value',
  'null-test': 'null test',
  'equality-column': 'comparison with another column',
  pattern: 'pattern match',
  range: 'range comparison',
  other: 'comparison',
} as const

function names(columns: readonly ColumnRef[]): string {
  return [...new Set(columns.map(columnName))].join(', ')
}
