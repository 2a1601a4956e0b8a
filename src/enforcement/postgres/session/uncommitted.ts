import { isTakenBack } from '../../../model/facts.js'
import type { Explanation } from '../../../model/governor.js'
import type { GovernedSession } from '../../../model/session.js'

/** Decisions that one record names. */
const NAMED = 256

/**
 * Writes that are on record as released while the implicit transaction that they ran in is open: those of a pipeline
 * before its Sync, and all but the last of a text. No statement stands for the end of such a transaction, so what
 * takes it back is put on record by itself.
 */
export class Uncommitted {
  private decisions: string[] = []
  private statements = 0
  private takenBack = true
  private noting: Promise<void> | undefined

  constructor(private readonly governed: Pick<GovernedSession, 'undone'>) {}

  add({ facts, decision }: Explanation): void {
    this.statements += 1
    if (this.decisions.length < NAMED) this.decisions.push(decision.id)
    if (!isTakenBack(facts)) this.takenBack = false
  }

  /** They stay, or the client's own transaction, whose end is a statement, has taken them in. */
  settled(): void {
    if (this.statements === 0) return
    this.decisions = []
    this.statements = 0
    this.takenBack = true
  }

  /** @param isCertain the transaction was not committed. */
  undone(isCertain: boolean, sqlstate?: string): void {
    const { decisions, statements, takenBack } = this
    if (statements === 0) return
    this.settled()
    const end = isCertain && takenBack ? 'rolled back' : 'unknown'
    const writes = { decisions, statements, end, ...(sqlstate === undefined ? {} : { sqlstate }) } as const
    // A trail that takes no record lets no further statement run.
    this.noting = this.governed.undone(writes).catch(() => {})
  }

  /** What waits to be on record, if anything does. */
  recorded(): Promise<void> | undefined {
    const { noting } = this
    this.noting = undefined
    return noting
  }
}
