/** Statements and portals of one session by name. SQL's PREPARE and DECLARE share the names of the protocol's own. */

import type { Field } from '../../../model/result.js'
import type { GovernedSession, SessionCommand } from '../../../model/session.js'
import type { Column } from './columns.js'
import type { Hears, UpstreamLeg } from './upstream-leg.js'

/** How the server last described a portal, byte for byte, and what that says. */
export interface Described {
  readonly bytes: Buffer
  readonly columns: readonly Column[]
  /** The same for the pipeline, where the client was told nothing else. */
  readonly fields: readonly Field[]
}

export interface Prepared {
  readonly name: string
  readonly text: string
  /** Undefined: the text holds no command, or more than one, which the server refuses to prepare. */
  readonly command: SessionCommand | undefined
  /** It holds none. */
  readonly blank: boolean
  /** It may ask how the session is set, and so see what Cardea sets. */
  readonly asksSettings: boolean
  /** Types of its parameters as far as they are known. */
  types: readonly number[]
  described: Described | undefined
  /** What the client was told of its result. */
  told: readonly Field[] | undefined
}

export function preparedOf(
  read: GovernedSession['read'],
  name: string,
  text: string,
  types: readonly number[],
): Prepared {
  const commands = read(text)
  const [only] = commands
  return preparedFrom(commands.length === 1 ? only : undefined, name, text, types, only === undefined)
}

/** The same for a text that has been read. */
export function preparedFrom(
  command: SessionCommand | undefined,
  name: string,
  text: string,
  types: readonly number[] = NO_TYPES,
  blank = false,
): Prepared {
  return {
    name,
    text,
    command,
    blank,
    asksSettings: SETTINGS_ASKED.test(text),
    types,
    described: undefined,
    told: undefined,
  }
}

const NO_TYPES: readonly number[] = Object.freeze([])
const SETTINGS_ASKED = /read_only|setting|\bshow\b/i

export class Portal {
  /** As the server describes it, once that is known. */
  columns: readonly Column[] | undefined
  /** What the client was told of it; kept for the rows that come later. */
  told: readonly Field[] | undefined
  /** What comes of its Bind. */
  binding: Hears | undefined
  /** The client has asked what it looks like, and is told with the first rows. */
  describes = false
  /** Rows that have been taken from it: a limit holds for all of them, however they are fetched. */
  taken = 0

  /**
   * @param bind the client's Bind, until it has been sent on.
   * @param hold a cursor that outlives its transaction.
   */
  constructor(
    readonly name: string,
    readonly statement: Prepared,
    readonly values: readonly unknown[],
    public bind: Buffer | undefined,
    readonly hold = false,
  ) {
    this.told = statement.told
  }
}

export class Registry {
  readonly statements = new Map<string, Prepared>()
  readonly portals = new Map<string, Portal>()
  /** The one whose Bind waits: before the next, and before anything else but its own Execute, it is sent. */
  unsent: Portal | undefined

  /** Puts the Bind of a portal, if it waits, behind what is to be sent. */
  pushBind(leg: UpstreamLeg, portal: Portal): void {
    const { bind } = portal
    if (bind === undefined) return
    leg.push(bind, 'bind', portal.binding)
    portal.bind = undefined
    if (this.unsent === portal) this.unsent = undefined
  }

  /** The end of a transaction ends its portals. */
  transactionEnded(): void {
    // Mostly there is but the one without a name.
    this.portals.delete('')
    if (this.portals.size === 0) return
    for (const [name, { hold }] of this.portals) if (!hold) this.portals.delete(name)
  }

  /** After an error the server passes over every Bind up to the Sync: one that waits is never sent. */
  forgetUnsent(): void {
    this.unsent?.binding?.skipped?.('bind')
    this.unsent = undefined
  }

  clear(): void {
    this.statements.clear()
    this.portals.clear()
    this.unsent = undefined
  }
}
