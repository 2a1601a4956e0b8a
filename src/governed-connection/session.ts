/** One client's connection, for doors that speak the database's own protocol and hold the connection themselves. */
import type { CommandReader } from '../analysis/session-commands.js'
import type { GovernedSession } from '../model/session.js'
import type { ApprovalWish, Submission } from '../model/submission.js'
import type { Parts } from './assemble.js'
import type { Caller } from './statements.js'

export function sessionOf(parts: Parts, commands: CommandReader, caller: Caller): GovernedSession {
  const { point, reign, masker, scrubber } = parts
  const { governor } = reign
  let wished: { readonly asked: ApprovalWish['asked']; readonly approval: ApprovalWish } | undefined
  /** A session asks with the same function each time. */
  const wishOf = (asked: (ticket: string) => void): ApprovalWish => {
    if (wished?.asked !== asked) wished = { asked, approval: Object.freeze({ ...caller.approval, asked }) }
    return wished.approval
  }
  return Object.freeze<GovernedSession>({
    dataSource: caller.dataSource,
    read: text => commands.read(text),
    submission(text, bindings, { issuer = 'caller', asked } = {}) {
      const { statement, bindings: sent, dialect } = native(point, text, bindings)
      const plain = { ...caller, statement, bindings: sent, dialect, issuer }
      return Object.freeze(asked === undefined ? plain : { ...plain, approval: wishOf(asked) })
    },
    approve: (...asked) => governor.approve(...asked),
    govern: (...asked) => governor.govern(...asked),
    explain: submission => governor.explain(submission),
    async told(explanation, fields) {
      const { catalog } = reign.now()
      return masker.told(explanation, await catalog.current(), fields)
    },
    scrub: text => scrubber.text(text),
  })
}

/** Texts and NULLs need no look: they cannot change, and they are sent as they stand. */
function native(
  point: Parts['point'],
  statement: string,
  bindings: readonly unknown[],
): Pick<Submission, 'statement' | 'bindings' | 'dialect'> {
  if (statement === '' || !bindings.every(isPlain)) return point.native(statement, bindings)
  return { statement, bindings: Object.freeze([...bindings]), dialect: point.dialect }
}

function isPlain(binding: unknown): binding is string | null {
  return binding === null || typeof binding === 'string'
}
