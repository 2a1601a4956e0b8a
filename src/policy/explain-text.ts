import { budgetMeasures, budgetScope } from '../model/budget.js'
import type { ColumnRef } from '../model/catalog.js'
import type { ApprovalRequirement, ColumnMask, Decision } from '../model/decision.js'
import type { AnalyzedFacts, StatementEffect } from '../model/facts.js'
import type { Explanation } from '../model/governor.js'
import type { OutputColumn } from '../model/lineage.js'
import { columnName } from './fact-conditions.js'
import { effectWords } from './presets/baseline-rule.js'

/**
 * An explanation as lines of text: the verdict, every rule that took part with its fact, what the
 * statement does, and each output column with its lineage and mask. For terminals; holds no value.
 */
export function explainText({ facts, decision }: Explanation): readonly string[] {
  return [
    `${VERDICTS[decision.effect]} by rule ${decision.rule}`,
    `  ${decision.reason}`,
    ...section('Rules, strongest first', decision.trace.map(traceLine)),
    ...(facts.analyzable
      ? factLines(facts)
      : section('Facts', [`not understood: ${facts.code}, ${facts.reason}`])),
    ...(facts.analyzable
      ? section(
          'Output',
          facts.output.map((column, index) => outputLine(column, index, decision)),
        )
      : []),
    ...section('If it runs', obligationLines(decision)),
    ...section('Approval', approvalLines(decision)),
  ]
}

const VERDICTS = { allow: 'ALLOW', deny: 'DENY', require_approval: 'REQUIRE APPROVAL' } as const

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `  ${line}`)]
}

function traceLine({ rule, effect, because }: Decision['trace'][number]): string {
  return `${effect.padEnd(16)} ${rule}: ${because}`
}

function factLines(facts: AnalyzedFacts): string[] {
  const relations = facts.relations.map(
    use => `${use.access}s ${use.schema}.${use.relation}${use.reacts ? ' (has triggers or rules)' : ''}`,
  )
  const functions = facts.functions
    .filter(use => use.standing !== 'listed')
    .map(use => `${use.name} (${use.because ?? use.standing})`)
  return section('Facts', [
    `effects: ${facts.effects.map(effectLine).join('; ')}`,
    ...(relations.length === 0 ? [] : [`relations: ${relations.join(', ')}`]),
    ...(functions.length === 0 ? [] : [`functions not reviewed: ${functions.join(', ')}`]),
    facts.maxRowsReturned === undefined
      ? 'rows: no limit in the text'
      : `rows: at most ${facts.maxRowsReturned}`,
    `read-only: ${facts.readOnly ? 'yes' : 'no'}`,
  ])
}

function effectLine(effect: StatementEffect): string {
  return `${effectWords(effect)}${effect.scope === undefined ? '' : `, scope ${effect.scope}`}`
}

function outputLine(column: OutputColumn, index: number, { effect, obligations }: Decision): string {
  const mask = Array.isArray(obligations.mask) ? maskWords(obligations.mask[index]) : 'not shown'
  return `${index + 1} ${column.name}: ${lineageWords(column)} -> ${effect === 'deny' ? 'not shown' : mask}`
}

function lineageWords({ lineage }: OutputColumn): string {
  if (lineage.kind === 'none') return 'no column'
  if (lineage.kind === 'unknown') return `unknown, ${lineage.why}`
  return `${lineage.kind} ${lineage.sources.map(sourceWords).join(', ')}`
}

function sourceWords(source: ColumnRef): string {
  return source.labels.length === 0
    ? columnName(source)
    : `${columnName(source)} [${source.labels.join(', ')}]`
}

function maskWords(mask: ColumnMask | undefined): string {
  if (mask === undefined) return 'not shown'
  const { method, label, to } = mask
  const words = method === 'generalise' ? generalised(to) : METHODS[method]
  return label === undefined ? words : `${words} (${label})`
}

function generalised(to: ColumnMask['to']): string {
  return typeof to === 'number' ? `generalised to ranges of ${to}` : `generalised to the ${to}`
}

const METHODS = {
  keep: 'as it is',
  scan: 'as it is, detectors watch',
  partial: 'BIN and last four',
  first8: 'eight-digit BIN and last four',
  last4: 'last four',
  hash: 'keyed hash',
  tokenise: 'token',
  redact: 'redacted',
  null: 'null',
} as const

function obligationLines({ effect, obligations, detect }: Decision): string[] {
  if (effect === 'deny') return []
  const { maxRows, maxAffectedRows, budgets = [], timeoutMs, readOnly, errors, mask } = obligations
  return [
    ...(mask === 'scan-all' ? ['every cell goes through the detectors'] : []),
    ...(maxRows === undefined ? [] : [`at most ${maxRows} rows returned`]),
    ...(maxAffectedRows === undefined ? [] : [`at most ${maxAffectedRows} rows written`]),
    ...budgets.map(budget => `counted against ${budgetMeasures(budget)} ${budgetScope(budget)}`),
    ...(timeoutMs === undefined ? [] : [`at most ${timeoutMs} ms in the database`]),
    ...(readOnly ? ['in a read-only transaction'] : []),
    `error text: ${errors}`,
    ...(detect === undefined ? [] : [`detectors look for ${detect.join(', ')} as well`]),
  ]
}

function approvalLines({ approval }: Decision): string[] {
  if (approval === undefined) return []
  const { approvers, quorum, decideWithinMs, useWithinMs, amr, window } = approval
  const who = approvers.length === 0 ? 'anyone whom the channel authenticates' : approvers.join(' or ')
  return [
    `${quorum} of: ${who}`,
    `to be decided within ${decideWithinMs} ms, used within ${useWithinMs} ms`,
    ...(amr === undefined ? [] : [`signed in with: ${amr.join(' and ')}`]),
    ...wordsLine(approval),
    ...paceLine(approval),
    ...(window === undefined
      ? []
      : [`a window may cover it: ${window.maxDurationMs} ms and ${window.maxRows} rows at most`]),
  ]
}

function wordsLine({ reasonRequired, ticketRequired }: ApprovalRequirement): string[] {
  const needed = [...(reasonRequired ? ['a reason'] : []), ...(ticketRequired === true ? ['a ticket'] : [])]
  return needed.length === 0 ? [] : [`either answer needs ${needed.join(' and ')}`]
}

/** What keeps approvers from being asked until they say yes. */
function paceLine({ coolDownMs, maxPending, maxPerHour }: ApprovalRequirement): string[] {
  const limits = [
    ...(coolDownMs === undefined ? [] : [`not again within ${coolDownMs} ms of a denial`]),
    ...(maxPending === undefined ? [] : [`${maxPending} open at once`]),
    ...(maxPerHour === undefined ? [] : [`${maxPerHour} an hour`]),
  ]
  return limits.length === 0 ? [] : [`requests of one requester: ${limits.join(', ')}`]
}
