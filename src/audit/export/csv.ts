/**
 * RFC 4180, a header first, every text quoted. Line breaks, control and hidden characters and backslashes are
 * written as JSON writes them, so that one record is one line. A text that a spreadsheet would take for a formula
 * has an apostrophe before it, as has one that begins with an apostrophe; behind a semicolon its first character is
 * written as JSON may, `\u003d` (CWE-1236, OWASP CSV injection).
 */
import type { RecordedPrincipal } from '../../model/record.js'
import type { Found } from '../search.js'
import { escapeHidden } from '../trail-line.js'
import type { ExportFormat } from './export-format.js'
import { weightOf } from './weight.js'

type Cell = string | number | undefined
type Asked = Found & { kind: 'statement' }

/** What an event has of it, and what a statement has. */
interface Column {
  readonly name: string
  readonly event?: (found: Found & { kind: 'event' }) => Cell
  readonly statement: (found: Asked) => Cell
}

const EOL = '\r\n'
/** What spreadsheets begin a formula with, wide forms included; and the guard itself. */
const FORMULA = /^['=+\-@\uff1d\uff0b\uff0d\uff20]/
/** Where cells are told apart by semicolons, as in much of Europe, one within a text begins a cell, quotes or no. */
const LATER_FORMULA = /(;(?:\s|'|\\")*)([=+\-@\uff1d\uff0b\uff0d\uff20])/g

const COLUMNS: readonly Column[] = [
  { name: 'time', event: ({ record }) => record.time, statement: ({ time }) => time },
  { name: 'ended', statement: ({ endedAt }) => endedAt },
  { name: 'seq', event: ({ seq }) => seq, statement: ({ seq }) => seq },
  { name: 'id', event: ({ record }) => record.id, statement: ({ id }) => id },
  { name: 'event', event: ({ record }) => record.event, statement: () => 'statement' },
  { name: 'severity', event: weightOf, statement: weightOf },
  { name: 'status', statement: ({ outcome }) => outcome?.status },
  { name: 'subject', statement: ({ statement }) => statement.principal?.subject },
  { name: 'issuer', statement: ({ statement }) => statement.principal?.issuer },
  { name: 'kind', statement: ({ statement }) => statement.principal?.kind },
  { name: 'on_behalf_of', statement: ({ statement }) => behind(statement.principal) },
  { name: 'agent', statement: ({ statement }) => statement.agent?.id },
  { name: 'framework', statement: ({ statement }) => statement.agent?.framework },
  { name: 'session', statement: ({ statement }) => statement.session },
  { name: 'origination', statement: ({ statement }) => statement.origination },
  { name: 'point', statement: ({ statement }) => statement.point },
  { name: 'data_source', statement: ({ statement }) => statement.dataSource.id },
  { name: 'environment', statement: ({ statement }) => statement.dataSource.environment },
  { name: 'verbs', statement: ({ statement }) => list(statement.analysis?.verbs) },
  {
    name: 'objects',
    statement: ({ statement }) => list(statement.objects.map(({ access, name }) => `${access} ${name}`)),
  },
  { name: 'labels', statement: ({ statement }) => list(statement.labels) },
  { name: 'columns', statement: ({ statement }) => list(statement.analysis?.columns) },
  { name: 'effect', statement: ({ statement }) => statement.decision.effect },
  { name: 'rule', statement: ({ statement }) => statement.decision.rule },
  { name: 'reason', statement: ({ statement }) => statement.decision.reason },
  { name: 'policy', statement: ({ statement }) => statement.decision.policyHash },
  { name: 'approval', statement: ({ statement }) => statement.approval?.request },
  {
    name: 'approvers',
    statement: ({ statement }) => list(statement.approval?.approvers.map(({ subject }) => subject)),
  },
  { name: 'rows', statement: ({ outcome }) => outcome?.rows },
  { name: 'affected', statement: ({ outcome }) => outcome?.affected },
  { name: 'masked', statement: ({ outcome }) => sum(outcome?.masked) },
  { name: 'duration_ms', statement: ({ outcome }) => outcome?.durationMs },
  { name: 'error', statement: ({ outcome }) => outcome?.error?.code },
  { name: 'digest', statement: ({ outcome }) => outcome?.digest },
  { name: 'statement', statement: ({ statement }) => statement.statement },
  { name: 'bindings', statement: ({ statement }) => list(statement.bindings) },
  { name: 'detail', event: ({ record }) => JSON.stringify(record.detail), statement: () => undefined },
]

export const csv: ExportFormat = Object.freeze<ExportFormat>({
  head: `${['trail', ...COLUMNS.map(({ name }) => name)].map(cell).join()}${EOL}`,
  lines: ({ found, trail }) =>
    `${[trail, ...COLUMNS.map(column => valueIn(column, found))].map(cell).join()}${EOL}`,
})

function valueIn({ event, statement }: Column, found: Found): Cell {
  return found.kind === 'event' ? event?.(found) : statement(found)
}

function cell(value: Cell): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = escapeHidden(JSON.stringify(value))
    .slice(1, -1)
    .replace(LATER_FORMULA, (_, before: string, sign: string) => before + escaped(sign))
    .replaceAll('\\"', '""')
  return `"${FORMULA.test(text) ? "'" : ''}${text}"`
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Names that hold the separator stay apart: each is quoted as JSON where there is more than a plain word. */
function list(values: readonly string[] | undefined): string | undefined {
  if (values === undefined || values.length === 0) return undefined
  return values.every(value => /^[\w.@ -]+$/.test(value)) ? values.join('; ') : JSON.stringify(values)
}

function behind(principal: RecordedPrincipal | null): string | undefined {
  const names: string[] = []
  for (let who = principal?.onBehalfOf; who !== undefined; who = who.onBehalfOf) names.push(who.subject)
  return list(names)
}

function sum(counts: Readonly<Record<string, number>> | undefined): number | undefined {
  return counts === undefined ? undefined : Object.values(counts).reduce((all, one) => all + one, 0)
}
