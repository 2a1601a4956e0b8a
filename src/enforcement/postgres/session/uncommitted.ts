import { isTakenBack } from '../../../model/facts.js'
import type { Explanation } from '../../../model/governor.js'
import type { GovernedSession, UndoneWrites } from '../../../model/session.js'

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

  /**
   * @param isCertain the transaction was not committed.
   * @returns what is on record of its writes; nothing where there were none.
   */
  undone(isCertain: boolean, sqlstate?: string): UndoneWrites['end'] | undefined {
    const { decisions, statements, takenBack } = this
    if (statements === 0) return undefined
    this.settled()
    const end = isCertain && takenBack ? 'rolled back' : 'unknown'
    this.note({ decisions, statements, end, ...(sqlstate === undefined ? {} : { sqlstate }) })
    return end
  }

  /** The database has answered a COMMIT of the client's own with ROLLBACK. */
  notCommitted({ decision }: Explanation): void {
    this.note({ decisions: [decision.id], statements: 1, end: 'rolled back' })
  }

  private note(writes: UndoneWrites): void {
    const before = this.noting
    // A trail that takes no record lets no further statement run.
    const noting = this.governed.undone(writes).catch(() => {})
    this.noting = before === undefined ? noting : before.then(() => noting)
  }

  /** What waits to be on record, if anything does. */
  recorded(): Promise<void> | undefined {
    const { noting } = this
    this.noting = undefined
    return noting
  }
}
