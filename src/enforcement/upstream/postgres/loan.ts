import { Cancels } from '../cancels.js'
import type { PgConnection } from './connection.js'
import type { PgReceiver, PgUpstream } from './upstream.js'

/** A connection for as long as one client has it; afterwards it is good for nothing. */
export class Loan implements PgUpstream {
  readonly pid: number
  readonly parameters: ReadonlyMap<string, string>
  private over = false
  private readonly cancels = new Cancels()

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
    if (!this.over) await this.cancels.ask(this.connection.cancel())
  }

  async release(): Promise<void> {
    if (this.over) return
    this.over = true
    this.connection.detach()
    this.connection.resume()
    if (!(await this.cancels.taken())) this.connection.destroy()
    await this.giveBack()
  }

  destroy(): void {
    if (this.over) return
    this.over = true
    this.connection.detach()
    this.connection.destroy()
  }
}
