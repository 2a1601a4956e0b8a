/** `query` and `execute`: one statement through the whole pipeline, and its outcome in a model's words. */
import type { Explanation, Outcome } from '../../model/governor.js'
import { isRefusal, type Refusal } from '../../model/refusal.js'
import { isStream } from '../../model/result.js'
import type { Statements } from '../../model/statements.js'
import { type Answer, invalid, result } from './answer.js'
import type { Arguments } from './arguments.js'
import { denied, engineFailed } from './failures.js'
import type { FrozenStatement } from './frozen.js'
import type { Settled } from './options.js'
import { rowsBody } from './rows.js'
import { approvalRequired, isTicket, unknownTicket } from './tickets.js'

/** What a call is made with besides its arguments. */
export interface Call {
  readonly statements: Statements
  readonly settled: Settled
  readonly signal: AbortSignal
  readonly callId?: string
}

export async function query(call: Call, { sql = '', params = [], max_rows }: Arguments): Promise<Answer> {
  const explained = await call.statements.explain(sql, params)
  if (isRefusal(explained)) return denied(explained)
  // What policy denies is handed in all the same: the refusal belongs on record.
  if (!readsOnly(explained) && explained.decision.effect !== 'deny') {
    return invalid('query only reads, and this statement may change something. Use execute for it.')
  }
  const { maxRows } = call.settled
  const statement = { sql, params, reads: true, rows: Math.min(max_rows ?? maxRows, maxRows) }
  return answered(call, statement, explained, await run(call, statement))
}

export async function execute(
  call: Call,
  { sql = '', params = [], reason, approval_id }: Arguments,
): Promise<Answer> {
  const explained = await call.statements.explain(sql, params)
  if (isRefusal(explained)) return denied(explained)
  const statement = {
    sql,
    params,
    reads: readsOnly(explained),
    rows: call.settled.maxRows,
    ...(reason === undefined ? {} : { reason }),
  }
  if (approval_id === undefined) return answered(call, statement, explained, await run(call, statement))
  // What cannot be a ticket is handed in as none that is known, so that the attempt is on record.
  const ticket = isTicket(approval_id) ? approval_id : ''
  const outcome = await run(call, statement, ticket)
  const invalidGrant = outcome.kind === 'refused' && outcome.refusal.code === 'CARDEA_GRANT_INVALID'
  const isForeign = invalidGrant && (ticket === '' || (await call.statements.standing(ticket)) === null)
  return isForeign ? unknownTicket : answered(call, statement, explained, outcome)
}

export function readsOnly({ facts }: Explanation): boolean {
  return facts.analyzable && facts.readOnly
}

/** Under a ticket where one is given. A read is cut at the rows to show, and the database refuses it any write. */
export function run(
  { statements, settled, signal, callId }: Call,
  { sql, params, reads, rows, reason }: FrozenStatement,
  ticket?: string,
): Promise<Outcome> {
  return statements.run(sql, params, {
    signal,
    arrays: true,
    ...(reads ? { first: rows } : {}),
    approval: { mode: settled.approval, ...(ticket === undefined ? {} : { ticket }) },
    ...(callId === undefined ? {} : { toolCall: callId }),
    ...(reason === undefined ? {} : { claimedReason: reason }),
  })
}

async function answered(
  call: Call,
  statement: FrozenStatement,
  { decision }: Explanation,
  outcome: Outcome,
): Promise<Answer> {
  const ticket = outcome.kind === 'refused' ? pendingTicket(outcome.refusal) : undefined
  if (ticket === undefined) return answerOf(outcome, statement, call.settled)
  const why = decision.effect === 'require_approval' ? decision.reason : 'A person must approve it.'
  return approvalRequired(call, ticket, statement, why)
}

function pendingTicket({ code, ticket }: Refusal): string | undefined {
  return code === 'CARDEA_APPROVAL_PENDING' ? ticket : undefined
}

export function answerOf(outcome: Outcome, { reads, rows }: FrozenStatement, settled: Settled): Answer {
  switch (outcome.kind) {
    case 'refused':
      return denied(outcome.refusal, !reads)
    case 'failed':
      return engineFailed(outcome.error)
    case 'released': {
      const released = outcome.result
      if (isStream(released)) throw new TypeError('A result was not asked for in batches.')
      const body = rowsBody(released, outcome.masked(), { rows, characters: settled.maxCharacters })
      if (reads) return result({ status: 'ok', ...body })
      const { affected, fields } = released
      return result({
        status: 'executed',
        ...(affected === undefined ? {} : { affected_rows: affected }),
        ...(fields.length === 0 ? {} : body),
      })
    }
  }
}
