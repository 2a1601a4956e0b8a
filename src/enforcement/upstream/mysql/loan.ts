import { Cancels } from '../cancels.js'
import type { Hears } from './answers.js'
import type { MysqlConnection } from './connection.js'
import type { MysqlUpstream } from './upstream.js'

/** A connection for as long as one client has it; afterwards it is good for nothing. */
export class Loan implements MysqlUpstream {
  readonly version: string
  readonly isMariadb: boolean
  readonly deprecatesEof: boolean
  readonly extendedMetadata: boolean
  private over = false
  private readonly cancels = new Cancels()

  constructor(
    private readonly connection: MysqlConnection,
    private readonly giveBack: () => Promise<void>,
    private readonly clean: () => Promise<boolean>,
  ) {
    this.version = connection.version
    this.isMariadb = connection.isMariadb
    this.deprecatesEof = connection.deprecatesEof
    this.extendedMetadata = connection.extendedMetadata
  }

  get isOpen(): boolean {
    return !this.over && this.connection.isOpen
  }

  get isQuiet(): boolean {
    return this.connection.isQuiet
  }

  ask(command: Buffer, hears: Hears): void {
    if (this.over) hears.closed()
    else this.connection.ask(command, hears)
  }

  tell(command: Buffer): void {
    if (!this.over) this.connection.tell(command)
  }

  together(work: () => void): void {
    if (!this.over) this.connection.together(work)
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

  async reset(): Promise<boolean> {
    return !this.over && (await this.clean().catch(() => false))
  }

  async release(): Promise<void> {
    if (this.over) return
    this.over = true
    this.connection.resume()
    const isStopped = await this.cancels.taken()
    if (!isStopped || !this.connection.isQuiet) this.connection.destroy()
    await this.giveBack()
  }

  destroy(): void {
    if (this.over) return
    this.over = true
    this.connection.destroy()
  }
}
