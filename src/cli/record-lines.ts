/** Records as single lines for people; `--json` shows everything. */
import type { Found } from '../audit/search.js'
import type { TrailEntry } from '../audit/trail-line.js'
import type { OutcomeDetail, StatementRecord } from '../model/record.js'
import { padded } from './reading/width.js'

const STATEMENT_CHARACTERS = 200

/** One line of a trail. */
export function entryLine(entry: TrailEntry): string {
  const at = `${entry.time} #${entry.seq}`
  if (entry.phase === 'single') return `${at} ${entry.event} ${JSON.stringify(entry.detail)}`
  if (entry.phase === 'intent') return `${at} intent ${entry.id} ${statementWords(entry.body)}`
  const asked = entry.body === undefined ? '' : ` ${statementWords(entry.body)}`
  return `${at} outcome ${entry.id} ${outcomeWords(entry.outcome)}${asked}`
}

/** What stands over each column of `foundLine`, and how wide it is; longer texts are left whole. */
const COLUMNS: readonly (readonly [name: string, width: number, side?: 'right'])[] = [
  ['time', 24],
  ['id', 26],
  ['who', 34],
  ['decision', 30],
  ['outcome', 9],
  ['rows', 6, 'right'],
  ['ms', 7, 'right'],
  ['statement', 0],
]

/** @param show what a text looks like where it is printed. */
export function foundHeader(show: (text: string) => string): string {
  return row(
    COLUMNS.map(([name]) => name),
    show,
  )
}

/** One statement with its outcome, or one event. */
export function foundLine(found: Found, show: (text: string) => string): string {
  if (found.kind === 'event') {
    const { detail, event, id, time } = found.record
    return row([time, id, '', event, '', '', '', JSON.stringify(detail)], show)
  }
  const { outcome, statement } = found
  const { effect, rule } = statement.decision
  return row(
    [
      found.time,
      found.id,
      whoWords(statement),
      `${effect} [${rule}]`,
      outcome?.status ?? 'open',
      String(outcome?.rows ?? outcome?.affected ?? ''),
      String(outcome?.durationMs ?? ''),
      quotedStatement(statement),
    ],
    show,
  )
}

/** Padded by what is seen, so that a wide or an escaped character moves nothing behind it. */
function row(cells: readonly string[], show: (text: string) => string): string {
  return COLUMNS.map(([, width, side], at) => padded(show(cells[at] ?? ''), width, side))
    .join('  ')
    .trimEnd()
}

/** Who asked, through which agent; a name that could pass for more than a name is quoted. */
export function whoWords({ principal, agent }: StatementRecord): string {
  const who = principal === null ? 'unknown caller' : nameWords(principal.subject)
  return agent === undefined ? who : `${who} via ${nameWords(agent.id)}`
}

export function nameWords(name: string): string {
  return /^[\p{L}\p{N}_.@:/+-]+$/u.test(name) ? name : JSON.stringify(name)
}

function statementWords(body: StatementRecord): string {
  const { principal, agent, decision } = body
  const who = JSON.stringify(principal?.subject ?? 'unknown caller')
  const through = agent === undefined ? '' : ` via ${JSON.stringify(agent.id)}`
  return `${who}${through} ${decision.effect} [${decision.rule}] ${quotedStatement(body)}`
}

/** Quoted as JSON, so that a line break in it cannot pass for another record. */
export function quotedStatement({ statement }: StatementRecord): string {
  const cut =
    statement.length > STATEMENT_CHARACTERS ? `${statement.slice(0, STATEMENT_CHARACTERS)}…` : statement
  return JSON.stringify(cut)
}

export function outcomeWords({ status, rows, affected, durationMs, error }: OutcomeDetail): string {
  return [
    status,
    ...(rows === undefined ? [] : [`${rows} rows`]),
    ...(affected === undefined ? [] : [`${affected} affected`]),
    `${durationMs} ms`,
    ...(error === undefined ? [] : [error.code]),
  ].join(', ')
}
