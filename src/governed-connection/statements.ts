/** One caller's statements as values, for doors that speak a protocol of their own. */
import { SurfaceRefusedError } from '../errors.js'
import { identify } from '../identity/identify.js'
import { isRefusal, type Refusal, withoutEvidence } from '../model/refusal.js'
import type { RunOptions, Standing, Statements } from '../model/statements.js'
import type { ApprovalWish, Submission } from '../model/submission.js'
import type { Parts } from './assemble.js'
import { onRecord } from './looks.js'

/** Everything of a submission but the statement. */
export type Caller = Omit<Submission, 'statement' | 'bindings' | 'dialect' | 'issuer'>

export function statementsOf(parts: Parts, caller: Caller): Statements {
  const { point, reign, scrubber } = parts
  return Object.freeze<Statements>({
    dialect: point.dialect,
    dataSource: caller.dataSource,
    run: async (text, bindings, options = {}) => {
      const { signal = new AbortController().signal, batch, arrays, first } = options
      const asked = submission(parts, caller, text, bindings, options)
      const rows = {
        ...(batch === undefined ? {} : { batch }),
        ...(arrays === undefined ? {} : { arrays }),
        ...(first === undefined ? {} : { first }),
      }
      return point.run(reign.governor, asked, { signal, ask: true, ...rows })
    },
    explain: async (text, bindings) => reign.governor.explain(submission(parts, caller, text, bindings, {})),
    catalog: async () => reign.now().catalog.current(),
    looked: look => onRecord(parts, caller, look),
    scrub: text => scrubber.also(reign.now().engine.detect).text(text),
    standing: ticket => standing(parts, caller, ticket),
  })
}

function submission(
  { point }: Parts,
  caller: Caller,
  text: string,
  bindings: readonly unknown[],
  { approval, toolCall, claimedReason }: RunOptions,
): Submission {
  if (text === '') throw new SurfaceRefusedError('The statement is empty.')
  const wish: ApprovalWish = { ...caller.approval, ...approval }
  const said = {
    ...(toolCall === undefined ? {} : { toolCall }),
    ...(claimedReason === undefined ? {} : { claimedReason }),
  }
  return Object.freeze({
    ...caller,
    ...point.native(text, bindings),
    ...(caller.agent === undefined ? {} : { agent: Object.freeze({ ...caller.agent, ...said }) }),
    ...(Object.keys(wish).length === 0 ? {} : { approval: Object.freeze(wish) }),
    issuer: 'caller',
  })
}

async function standing(
  { identity, clock, desk, point }: Parts,
  caller: Caller,
  ticket: string,
): Promise<Standing | Refusal | null> {
  const asking: Submission = {
    ...caller,
    statement: '',
    bindings: [],
    dialect: point.dialect,
    issuer: 'caller',
  }
  const identified = await identify(asking, identity, clock)
  return isRefusal(identified) ? withoutEvidence(identified) : desk.standing(identified, ticket)
}
