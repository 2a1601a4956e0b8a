/** Records as single lines for people; `--json` shows everything. */
import type { Found } from '../audit/search.js'
import type { TrailEntry } from '../audit/trail-line.js'
import type { OutcomeDetail, StatementRecord } from '../model/record.js'

const STATEMENT_CHARACTERS = 200

/** One line of a trail. */
export function entryLine(entry: TrailEntry): string {
  const at = `${entry.time} #${entry.seq}`
  if (entry.phase === 'single') return `${at} ${entry.event} ${JSON.stringify(entry.detail)}`
  if (entry.phase === 'intent') return `${at} intent ${entry.id} ${statementWords(entry.body)}`
  const asked = entry.body === undefined ? '' : ` ${statementWords(entry.body)}`
  return `${at} outcome ${entry.id} ${outcomeWords(entry.outcome)}${asked}`
}

/** One statement with its outcome, or one event. */
export function foundLine(found: Found): string {
  if (found.kind === 'event') {
    return `${found.record.time} #${found.seq} ${found.record.event} ${JSON.stringify(found.record.detail)}`
  }
  const outcome = found.outcome === undefined ? 'no outcome' : outcomeWords(found.outcome)
  return `${found.time} #${found.seq} ${found.id} ${outcome} ${statementWords(found.statement)}`
}

/** The statement is quoted as JSON, so that a line break in it cannot pass for another record. */
function statementWords({ principal, agent, decision, statement }: StatementRecord): string {
  const who = JSON.stringify(principal?.subject ?? 'unknown caller')
  const through = agent === undefined ? '' : ` via ${JSON.stringify(agent.id)}`
  const cut =
    statement.length > STATEMENT_CHARACTERS ? `${statement.slice(0, STATEMENT_CHARACTERS)}…` : statement
  return `${who}${through} ${decision.effect} [${decision.rule}] ${JSON.stringify(cut)}`
}

function outcomeWords({ status, rows, affected, durationMs, error }: OutcomeDetail): string {
  return [
    status,
    ...(rows === undefined ? [] : [`${rows} rows`]),
    ...(affected === undefined ? [] : [`${affected} affected`]),
    `${durationMs} ms`,
    ...(error === undefined ? [] : [error.code]),
  ].join(', ')
}
