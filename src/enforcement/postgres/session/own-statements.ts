/**
 * The database's own word that a read writes nothing. Outside of a transaction block the transaction of this one
 * exchange is made read-only; inside, a savepoint takes the setting back. A read that is pipelined before others
 * in one implicit transaction has the analysis alone: nothing could take the setting back there.
 *
 * Statements of Cardea's own are prepared once, so that the client's unnamed statement is left alone.
 */
import { closeMessage, executeMessage, parseMessage, plainBind } from './requests.js'
import type { UpstreamLeg } from './upstream-leg.js'

const STATEMENTS = Object.freeze({
  cardea_read_only: 'SET TRANSACTION READ ONLY',
  cardea_savepoint: 'SAVEPOINT cardea_read',
  cardea_roll_back: 'ROLLBACK TO SAVEPOINT cardea_read',
  cardea_release: 'RELEASE SAVEPOINT cardea_read',
})
type Name = keyof typeof STATEMENTS

const PORTAL = 'cardea_portal'

const RUN: Readonly<Record<string, Buffer>> = Object.freeze(
  Object.fromEntries(
    Object.keys(STATEMENTS).map(name => [
      name,
      Buffer.concat([plainBind(PORTAL, name), executeMessage(PORTAL, 0), closeMessage('P', PORTAL)]),
    ]),
  ),
)

/** Which of Cardea's own statements the server knows, for each connection. */
export class OwnStatements {
  private readonly known = new Set<Name>()

  constructor(private readonly leg: UpstreamLeg) {}

  /** After DISCARD ALL or DEALLOCATE ALL. */
  forget(): void {
    this.known.clear()
  }

  readOnly(): void {
    this.run('cardea_read_only')
  }

  bracketStart(): void {
    this.run('cardea_savepoint')
    this.run('cardea_read_only')
  }

  bracketEnd(): void {
    this.run('cardea_roll_back')
    this.run('cardea_release')
  }

  private run(name: Name): void {
    if (!this.known.has(name)) {
      this.leg.push(parseMessage(name, STATEMENTS[name]), {
        kind: 'parse',
        own: true,
        message: () => {
          this.known.add(name)
        },
      })
    }
    const both = RUN[name] ?? Buffer.alloc(0)
    this.leg.push(both, { kind: 'bind', own: true })
    this.leg.push(NOTHING, { kind: 'execute', own: true })
    this.leg.push(NOTHING, { kind: 'close', own: true })
  }
}

const NOTHING = Buffer.alloc(0)
