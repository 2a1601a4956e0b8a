/** One client's connection, for doors that speak the database's own protocol and hold the connection themselves. */
import type { CommandReader } from '../analysis/session-commands.js'
import type { GovernedSession } from '../model/session.js'
import type { ApprovalWish, Submission } from '../model/submission.js'
import type { Parts } from './assemble.js'
import type { Caller } from './statements.js'

type Draft = { -readonly [Member in keyof Submission]: Submission[Member] }

export function sessionOf(parts: Parts, commands: CommandReader, caller: Caller): GovernedSession {
  const { point, reign, masker, scrubber, trail } = parts
  const { governor } = reign
  let waiting: { readonly asked: ApprovalWish['asked']; readonly caller: Caller } | undefined
  /** A session that waits asks with the same function each time. */
  const callerOf = (asked: ApprovalWish['asked']): Caller => {
    if (asked === undefined) return caller
    if (waiting?.asked !== asked) {
      const approval = Object.freeze({ ...caller.approval, asked })
      waiting = { asked, caller: Object.freeze({ ...caller, approval }) }
    }
    return waiting.caller
  }
  return Object.freeze<GovernedSession>({
    dataSource: caller.dataSource,
    read: text => commands.read(text),
    submission(text, bindings, { issuer = 'caller', asked } = {}) {
      const { statement, bindings: sent, dialect } = native(point, text, bindings)
      const {
        credentials,
        session,
        dataSource,
        point: door,
        origination,
        agent,
        approval,
        certificate,
      } = callerOf(asked)
      // Member by member: a spread costs many times more, and this is every statement's way.
      const made: Draft = {
        statement,
        bindings: sent,
        dialect,
        issuer,
        credentials,
        session,
        dataSource,
        point: door,
        origination,
      }
      if (agent !== undefined) made.agent = agent
      if (certificate !== undefined) made.certificate = certificate
      if (approval !== undefined) made.approval = approval
      return Object.freeze<Submission>(made)
    },
    approve: (...asked) => governor.approve(...asked),
    govern: (...asked) => governor.govern(...asked),
    explain: submission => governor.explain(submission),
    async told(explanation, fields) {
      const { catalog } = reign.now()
      return masker.told(explanation, await catalog.current(), fields)
    },
    undone: writes => trail.note('transaction.undone', { session: caller.session, ...writes }),
    // No statement and so no decision stands behind it.
    scrub: text => scrubber.also(reign.now().engine.detect).text(text),
  })
}

/** Texts and NULLs need no look: they cannot change, and they are sent as they stand. */
function native(
  point: Parts['point'],
  statement: string,
  bindings: readonly unknown[],
): Pick<Submission, 'statement' | 'bindings' | 'dialect'> {
  if (statement === '') return point.native(statement, bindings)
  const plain: (string | null)[] = []
  for (const binding of bindings) {
    if (binding !== null && typeof binding !== 'string') return point.native(statement, bindings)
    plain.push(binding)
  }
  return { statement, bindings: Object.freeze(plain), dialect: point.dialect }
}
