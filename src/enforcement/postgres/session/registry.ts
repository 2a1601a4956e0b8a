/** Statements and portals of one session by name. SQL's PREPARE and DECLARE share the names of the protocol's own. */

import type { Field } from '../../../model/result.js'
import type { GovernedSession, SessionCommand } from '../../../model/session.js'
import type { Column } from './columns.js'
import type { Step } from './upstream-leg.js'

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
  /** How the server last described a portal of it, byte for byte, and what that says. */
  described?: {
    readonly bytes: Buffer
    readonly columns: readonly Column[]
    /** The same for the pipeline, where the client was told nothing else. */
    readonly fields: readonly Field[]
  }
  /** What the client was told of its result. */
  told?: readonly Field[]
}

export function preparedOf(
  read: GovernedSession['read'],
  name: string,
  text: string,
  types: readonly number[],
): Prepared {
  const commands = read(text)
  const [only] = commands
  return {
    name,
    text,
    command: commands.length === 1 ? only : undefined,
    blank: only === undefined,
    asksSettings: SETTINGS_ASKED.test(text),
    types,
  }
}

const SETTINGS_ASKED = /read_only|setting|\bshow\b/i

export interface Portal {
  readonly name: string
  readonly statement: Prepared
  readonly values: readonly unknown[]
  /** The client's Bind, until it has been sent on. */
  bind: Buffer | undefined
  /** As the server describes it, once that is known. */
  columns?: readonly Column[]
  /** What the client was told of it; kept for the rows that come later. */
  told?: readonly Field[]
  /** What comes of its Bind. */
  readonly binding?: Omit<Step, 'kind'>
  /** The client has asked what it looks like, and is told with the first rows. */
  describes?: boolean
  /** Rows that have been taken from it: a limit holds for all of them, however they are fetched. */
  taken?: number
  /** A cursor that outlives its transaction. */
  readonly hold: boolean
}

export class Registry {
  readonly statements = new Map<string, Prepared>()
  readonly portals = new Map<string, Portal>()

  /** The end of a transaction ends its portals. */
  transactionEnded(): void {
    if (this.portals.size === 0) return
    for (const [name, { hold }] of this.portals) if (!hold) this.portals.delete(name)
  }

  /** After an error the server passes over every Bind up to the Sync: those that wait are never sent. */
  forgetUnbound(): void {
    for (const { bind, binding } of this.portals.values()) if (bind !== undefined) binding?.skipped?.()
  }

  clear(): void {
    this.statements.clear()
    this.portals.clear()
  }
}
