/** `query` and `execute`: one statement through the whole pipeline, and its outcome in a model's words. */
import type { Explanation, Outcome } from '../../model/governor.js'
import { isRefusal, type Refusal } from '../../model/refusal.js'
import { isStream } from '../../model/result.js'
import type { RunOptions, Statements } from '../../model/statements.js'
import { type Answer, invalid, result } from './answer.js'
import type { Arguments } from './arguments.js'
import { denied, engineFailed } from './failures.js'
import type { FrozenStatement } from './frozen.js'
import type { Settled } from './options.js'
import { rowsBody } from './rows.js'

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
  return run(call, { sql, params, reads: true, rows: Math.min(max_rows ?? maxRows, maxRows) }, {})
}

export function readsOnly({ facts }: Explanation): boolean {
  return facts.analyzable && facts.readOnly
}

export async function run(call: Call, statement: FrozenStatement, options: RunOptions): Promise<Answer> {
  const { statements, settled, signal, callId } = call
  const outcome = await statements.run(statement.sql, statement.params, {
    approval: { mode: settled.approval },
    ...(callId === undefined ? {} : { toolCall: callId }),
    signal,
    ...options,
  })
  return answerOf(outcome, statement, settled)
}

function answerOf(outcome: Outcome, { reads, rows }: FrozenStatement, settled: Settled): Answer {
  switch (outcome.kind) {
    case 'refused':
      return refused(outcome.refusal)
    case 'failed':
      return engineFailed(outcome.error)
    case 'released': {
      const released = outcome.result
      if (isStream(released)) throw new TypeError('A result was not asked for in batches.')
      const page = { rows, characters: settled.maxCharacters }
      const body = rowsBody(released, outcome.masked(), page)
      if (reads) return result({ status: 'ok', ...body })
      const { affected } = released
      return result({
        status: 'executed',
        ...(affected === undefined ? {} : { affected_rows: affected }),
        ...(released.fields.length === 0 ? {} : body),
      })
    }
  }
}

function refused(refusal: Refusal): Answer {
  return denied(refusal)
}
