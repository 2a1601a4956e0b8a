/** One statement for people: what was asked, what was decided and why, and what came back. */
import { linesOf, numberedLines } from '../../approval/providers/plain-text.js'
import type { Found } from '../../audit/search.js'
import type { OutcomeDetail, StatementRecord } from '../../model/record.js'
import { nameWords, outcomeWords, whoWords } from '../record-lines.js'
import { table } from './width.js'

export type FoundStatement = Found & { readonly kind: 'statement' }

/** Rows of a payload that are shown; `--json` has all that were recorded. */
const ROWS = 20
const CELL_CHARACTERS = 60

/** @param show what a text looks like where it is printed. */
export function statementLines(found: FoundStatement, show: (text: string) => string): readonly string[] {
  const { outcome, statement } = found
  const { decision } = statement
  return [
    ...numberedLines(statement.statement).map(line => `  ${line}`),
    ...(statement.statementTruncated === true ? ['    (the recorded text ends here; there was more)'] : []),
    ...(statement.bindings.length === 0 ? [] : [`  bound: ${statement.bindings.map(quoted).join(', ')}`]),
    `  decision: ${decision.effect} [${decision.rule}] ${quoted(decision.reason)}`,
    ...approvalLines(statement),
    `  outcome: ${outcome === undefined ? 'none on record so far' : outcomeWords(outcome)}`,
    ...(outcome === undefined ? [] : outcomeLines(outcome, show)),
  ]
}

/** Who, when, from where, on what. */
export function circumstanceLines(found: FoundStatement): readonly string[] {
  const { statement } = found
  const { dataSource, labels, objects, principal } = statement
  const roles = principal?.roles ?? []
  return [
    `statement ${found.id}`,
    `  began ${found.time}${found.endedAt === undefined ? '' : `, ended ${found.endedAt}`}`,
    `  asked by ${whoWords(statement)}${behalf(principal?.onBehalfOf)}`,
    ...(principal === null ? [] : [`  known from ${quoted(principal.issuer)}`]),
    ...(roles.length === 0 ? [] : [`  roles: ${roles.map(nameWords).join(', ')}`]),
    `  session ${nameWords(statement.session)}, ${nameWords(statement.point)}, from ${quoted(statement.origination)}`,
    `  data source ${nameWords(dataSource.id)} (${nameWords(dataSource.environment)}, ${nameWords(dataSource.dialect)})`,
    ...(objects.length === 0
      ? []
      : [`  touches: ${objects.map(({ access, name }) => `${access} ${nameWords(name)}`).join(', ')}`]),
    ...(labels.length === 0 ? [] : [`  labels: ${labels.map(nameWords).join(', ')}`]),
    `  decision id ${nameWords(statement.decision.id)}, policy ${nameWords(statement.decision.policyHash)}`,
  ]
}

function behalf(principal: StatementRecord['principal'] | undefined): string {
  if (principal === undefined || principal === null) return ''
  return ` on behalf of ${nameWords(principal.subject)}${behalf(principal.onBehalfOf)}`
}

function approvalLines({ approval }: StatementRecord): readonly string[] {
  if (approval === undefined) return []
  const { approvers, grant, kind, reasons, request } = approval
  return [
    `  approval: ${kind}, request ${nameWords(request)}, grant ${nameWords(grant)}`,
    ...approvers.map(
      ({ subject }, at) =>
        `    by ${nameWords(subject)}${reasons[at] === undefined ? '' : `: ${quoted(reasons[at])}`}`,
    ),
  ]
}

function outcomeLines(outcome: OutcomeDetail, show: (text: string) => string): readonly string[] {
  const masked = Object.entries(outcome.masked ?? {}).map(([label, cells]) => `${cells} ${nameWords(label)}`)
  return [
    ...(outcome.error === undefined ? [] : [`  error: ${quoted(outcome.error.message)}`]),
    ...(masked.length === 0 ? [] : [`  masked cells: ${masked.join(', ')}`]),
    ...payloadLines(outcome, show).map(line => `    ${line}`),
  ]
}

/** The masked rows as they went out, one line each. */
function payloadLines(outcome: OutcomeDetail, show: (text: string) => string): readonly string[] {
  const { columns = [], payload = [], payloadTruncated } = outcome
  if (payload.length === 0) return []
  const rows = payload
    .slice(0, ROWS)
    .map(row => (Array.isArray(row) ? row : [row]).map(cell => show(cellText(cell))))
  const more = payload.length - rows.length
  return [
    ...table(
      columns.map(name => show(nameWords(name))),
      rows,
    ),
    ...(more > 0 ? [`and ${more} more on record: --json`] : []),
    ...(payloadTruncated === true ? ['and more that were not recorded'] : []),
  ]
}

function cellText(cell: unknown): string {
  if (cell === null) return 'NULL'
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell)
  const oneLine = linesOf(text).length > 1 || text === 'NULL' ? JSON.stringify(text) : text
  return oneLine.length > CELL_CHARACTERS ? `${oneLine.slice(0, CELL_CHARACTERS)}…` : oneLine
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
