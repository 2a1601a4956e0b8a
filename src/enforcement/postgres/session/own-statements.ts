/**
 * The database's own word that a read writes nothing. Outside of a transaction block the transaction of this one
 * exchange is made read-only, and where reads follow each other all of the session's are, until something else is
 * sent; inside, a savepoint takes the setting back. A read that is pipelined before others in one implicit
 * transaction has the analysis alone: nothing could take the setting back there.
 *
 * Statements of Cardea's own are prepared once, so that the client's unnamed statement is left alone.
 */
import type { PgUpstream } from '../../upstream/postgres/upstream.js'
import { SYNC } from './message-types.js'
import { closeMessage, executeMessage, parseMessage, plainBind } from './requests.js'
import type { Hears, Step, StepKind, UpstreamLeg } from './upstream-leg.js'

const STATEMENTS = Object.freeze({
  cardea_read_only: 'SET TRANSACTION READ ONLY',
  cardea_savepoint: 'SAVEPOINT cardea_read',
  cardea_roll_back: 'ROLLBACK TO SAVEPOINT cardea_read',
  cardea_release: 'RELEASE SAVEPOINT cardea_read',
  cardea_reads: 'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
  cardea_writes: 'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
})
type Name = keyof typeof STATEMENTS

const PORTAL = 'cardea_portal'

const RUN = Object.freeze(
  Object.fromEntries(
    Object.keys(STATEMENTS).map(name => [
      name,
      Buffer.concat([plainBind(PORTAL, name), executeMessage(PORTAL, 0), closeMessage('P', PORTAL)]),
    ]),
  ),
) as Readonly<Record<Name, Buffer>>

/** Reads in a row from which on the session is made read-only: a setting to and fro costs more than it saves. */
const MANY = 3
/** What the server, from version 14 on, says by itself of the session's transactions. */
const DEFAULT = 'default_transaction_read_only'

/** Which of Cardea's own statements the server knows, for each connection. */
export class OwnStatements {
  private readonly known = new Set<Name>()
  /** Reads that have followed each other. */
  private reads = 0
  /** The session's transactions are read-only by Cardea's doing. The last that was sent is a Sync then. */
  private standing = false
  /** What is sent next is a read by itself: under its own bracket, or under what the session is set to. */
  private next: 'bracketed' | 'standing' | undefined

  constructor(
    private readonly leg: UpstreamLeg,
    private readonly upstream: PgUpstream,
  ) {
    leg.leading = () => this.leading()
  }

  /** After DISCARD ALL or DEALLOCATE ALL. */
  forget(): void {
    this.known.clear()
  }

  /** The read that waits to be sent is alone in its transaction. @param asksSettings it could see the session's. */
  readOnly(asksSettings: boolean): void {
    const mayStand = this.standing || (this.reads >= MANY && this.upstream.parameters.get(DEFAULT) === 'off')
    this.next = mayStand && !asksSettings ? 'standing' : 'bracketed'
    if (this.next === 'bracketed') this.run('cardea_read_only')
  }

  bracketStart(): void {
    this.run('cardea_savepoint')
    this.run('cardea_read_only')
  }

  bracketEnd(): void {
    this.run('cardea_roll_back')
    this.run('cardea_release')
  }

  private leading(): void {
    const { next } = this
    this.next = undefined
    this.reads = next === undefined ? 0 : this.reads + 1
    const stands = next === 'standing'
    if (stands === this.standing) return
    this.standing = stands
    this.lead(stands ? 'cardea_reads' : 'cardea_writes')
  }

  /** A transaction of its own, before the one that waits. Without it nothing may follow. */
  private lead(name: Name): void {
    const failed = (): void => this.upstream.destroy()
    const steps = this.stepsOf(name).map(({ kind, hears }) => ownStep(kind, { ...hears, failed }))
    this.leg.lead(Buffer.concat([this.bytesOf(name), SYNC]), [...steps, ownStep('sync', { failed })])
  }

  private run(name: Name): void {
    this.leg.pushAll(this.bytesOf(name), ...this.stepsOf(name))
  }

  private bytesOf(name: Name): Buffer {
    return this.known.has(name) ? RUN[name] : Buffer.concat([parseMessage(name, STATEMENTS[name]), RUN[name]])
  }

  private stepsOf(name: Name): readonly Step[] {
    if (this.known.has(name)) return AGAIN
    const message = (): void => {
      this.known.add(name)
    }
    return [ownStep('parse', { message }), ...AGAIN]
  }
}

function ownStep(kind: StepKind, hears?: Hears): Step {
  return Object.freeze({ kind, own: true, hears })
}

const AGAIN: readonly Step[] = Object.freeze([ownStep('bind'), ownStep('execute'), ownStep('close')])
