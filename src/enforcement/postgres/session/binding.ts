/** What comes of a client's Bind, once the server has it or passes over it. */
import { BOUND } from './message-types.js'
import type { Portal } from './registry.js'
import type { SessionState } from './session-state.js'
import type { Hears } from './upstream-leg.js'

export class Binding implements Hears {
  private before: Portal | undefined

  constructor(
    private readonly state: SessionState,
    private readonly portal: Portal,
  ) {
    this.before = state.registry.portals.get(portal.name)
  }

  message(): void {
    // Gone for good: without an end of the transaction each would hold the one before.
    this.before = undefined
    this.state.client.put(BOUND)
  }

  failed(error: Buffer): void {
    this.skipped()
    this.state.reportBeside(error)
  }

  /** Where the server does not take it, what it has under that name is what it had: a cursor that is held, say. */
  skipped(): void {
    const { portal, before } = this
    const { portals } = this.state.registry
    if (portals.get(portal.name) !== portal) return
    if (before === undefined) portals.delete(portal.name)
    else portals.set(portal.name, before)
  }
}
