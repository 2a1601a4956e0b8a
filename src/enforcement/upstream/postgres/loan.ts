import type { PgConnection } from './connection.js'
import type { PgReceiver, PgUpstream } from './upstream.js'

/** A connection for as long as one client has it; afterwards it is good for nothing. */
export class Loan implements PgUpstream {
  readonly pid: number
  readonly parameters: ReadonlyMap<string, string>
  private over = false
  private readonly cancelling = new Set<Promise<void>>()

  constructor(
    private readonly connection: PgConnection,
    private readonly giveBack: () => Promise<void>,
  ) {
    this.pid = connection.pid
    this.parameters = connection.parameters
  }

  attach(receiver: PgReceiver): void {
    if (!this.over) this.connection.attach(receiver)
  }

  send(bytes: Buffer): boolean {
    return this.over || this.connection.send(bytes)
  }

  drained(): Promise<void> {
    return this.over ? Promise.resolve() : this.connection.drained()
  }

  pause(): void {
    if (!this.over) this.connection.pause()
  }

  resume(): void {
    if (!this.over) this.connection.resume()
  }

  /** Only ever for this loan: a cancel that comes late must not meet the next client's statement. */
  async cancel(): Promise<void> {
    if (this.over) return
    const asked = this.connection.cancel()
    this.cancelling.add(asked)
    try {
      await asked
    } finally {
      this.cancelling.delete(asked)
    }
  }

  async release(): Promise<void> {
    if (this.over) return
    this.over = true
    this.connection.detach()
    this.connection.resume()
    // The server signals the process, not the statement: nobody else gets it while a request may still be on its way.
    const asked = await Promise.allSettled(this.cancelling)
    if (asked.some(({ status }) => status === 'rejected')) this.connection.destroy()
    await this.giveBack()
  }

  destroy(): void {
    if (this.over) return
    this.over = true
    this.connection.detach()
    this.connection.destroy()
  }
}
