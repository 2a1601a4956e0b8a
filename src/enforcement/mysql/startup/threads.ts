import type { Principal } from '../../../model/principal.js'

/** What can be ended by its connection's id. */
export interface Killable {
  readonly principal: Principal
  /** Ends the running statement. */
  cancel(): void
  /** Ends the session. */
  kill(): void
}

const LARGEST = 0xffff_ffff

/** Connection ids that clients know and `KILL` takes: the door's own, as the server's are promised before it is asked. */
export class Threads {
  private readonly sessions = new Map<number, Killable>()
  private last: number

  /** @param first where to begin counting. */
  constructor(first: number) {
    this.last = first
  }

  next(): number {
    this.last = this.last >= LARGEST ? 1 : this.last + 1
    return this.last
  }

  add(thread: number, session: Killable): () => void {
    this.sessions.set(thread, session)
    return () => void this.sessions.delete(thread)
  }

  /**
   * As a server does for somebody without special rights: of one's own sessions only.
   *
   * @returns whether there is such a one.
   */
  kill(thread: number, by: Principal, statementOnly: boolean): boolean {
    const session = this.sessions.get(thread)
    if (session === undefined) return false
    if (session.principal.subject !== by.subject || session.principal.issuer !== by.issuer) return false
    if (statementOnly) session.cancel()
    else session.kill()
    return true
  }
}
