/** `explain_policy`: what would become of a statement. Runs nothing. */
import type { Decision } from '../../model/decision.js'
import type { Facts } from '../../model/facts.js'
import { isRefusal } from '../../model/refusal.js'
import { type Answer, result } from './answer.js'
import type { Arguments } from './arguments.js'
import { denied } from './failures.js'
import { type Call, readsOnly } from './run-statement.js'

export async function explainPolicy(call: Call, { sql = '', params = [] }: Arguments): Promise<Answer> {
  const explained = await call.statements.explain(sql, params)
  if (isRefusal(explained)) return denied(explained)
  await call.statements.looked({ at: 'statement', explanation: explained })
  const { facts, decision } = explained
  const { effect, rule, reason } = decision
  return result({
    status: 'ok',
    effect,
    rule,
    reason,
    ...(facts.analyzable ? { tool: readsOnly(explained) ? 'query' : 'execute' } : {}),
    ...(effect === 'deny' ? {} : promised(facts, decision)),
  })
}

/** Masks by output column, limits, and what an approval would take. */
function promised(facts: Facts, { effect, obligations, approval }: Decision): object {
  const masked = maskedColumns(facts, obligations.mask)
  const limits = {
    ...(obligations.maxRows === undefined ? {} : { rows: obligations.maxRows }),
    ...(obligations.maxAffectedRows === undefined ? {} : { affected_rows: obligations.maxAffectedRows }),
    ...(obligations.timeoutMs === undefined ? {} : { milliseconds: obligations.timeoutMs }),
  }
  const asks = effect === 'require_approval' && approval !== undefined
  return {
    ...(masked.length === 0 ? {} : { masked }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(asks
      ? { approval: { people: approval.quorum, decided_within_seconds: approval.decideWithinMs / 1_000 } }
      : {}),
  }
}

function maskedColumns(facts: Facts, mask: Decision['obligations']['mask']): object[] {
  if (typeof mask === 'string' || !facts.analyzable) return []
  return mask.flatMap(({ method, label }, at) => {
    if (method === 'keep' || method === 'scan') return []
    return [
      { column: nameOf(facts.output[at]?.name, at), mask: method, ...(label === undefined ? {} : { label }) },
    ]
  })
}

/** A name may be made of a value that the statement holds. */
function nameOf(name: string | undefined, at: number): string | number {
  return name !== undefined && /^[\p{L}_][\p{L}_ ]{0,63}$/u.test(name) ? name : at + 1
}
