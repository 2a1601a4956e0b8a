/** `approval_status`: how an approval stands; and the statement that waits for it is run once, when it may. */
import { isRefusal } from '../../model/refusal.js'
import type { Standing } from '../../model/statements.js'
import type { Answer } from './answer.js'
import type { Arguments } from './arguments.js'
import { denied } from './failures.js'
import type { FrozenStatement } from './frozen.js'
import { answerOf, type Call, run } from './run-statement.js'
import { isTicket, standingAnswer, unknownTicket } from './tickets.js'

export async function approvalStatus(call: Call, { approval_id = '' }: Arguments): Promise<Answer> {
  const { frozen } = call.settled
  const standing = isTicket(approval_id) ? await call.statements.standing(approval_id) : null
  if (standing === null) return unknownTicket
  if (isRefusal(standing)) return denied(standing)
  const statement = frozen.get(approval_id)
  if (standing.state === 'approved' && statement !== undefined) return redeem(call, standing, statement)
  if (isOver(standing)) frozen.drop(approval_id)
  return standingAnswer(standing)
}

async function redeem(call: Call, { ticket }: Standing, statement: FrozenStatement): Promise<Answer> {
  const outcome = await run(call, statement, ticket)
  const answer = answerOf(outcome, statement, call.settled)
  const standing = await call.statements.standing(ticket).catch(() => null)
  if (standing === null || isRefusal(standing) || !isOver(standing)) return answer
  call.settled.frozen.drop(ticket)
  if (outcome.kind === 'failed') return usedUp(answer)
  // Another call was first, or an approver changed his mind in between.
  const late = outcome.kind === 'refused' && outcome.refusal.code === 'CARDEA_GRANT_INVALID'
  return late ? standingAnswer(standing) : answer
}

/** What the database refused has used the approval all the same. */
function usedUp({ body, kind }: Answer): Answer {
  const next = 'The approval is used up. Correct the statement, or ask anew with execute.'
  return { body: { ...body, retryable: false, next }, kind }
}

function isOver({ state }: Standing): boolean {
  return state !== 'pending' && state !== 'approved'
}
