/** What a command that has succeeded means for the session's own picture of names. */
import type { GovernedSession } from '../../../model/session.js'
import type { OwnStatements } from './own-statements.js'
import { cursorPortal } from './plan.js'
import { type Portal, preparedOf, type Registry } from './registry.js'

export interface Picture {
  readonly registry: Registry
  readonly own: OwnStatements
  readonly governed: GovernedSession
}

export function takeEffect({ registry, own, governed }: Picture, { statement, values }: Portal): void {
  const read: GovernedSession['read'] = text => governed.read(text)
  const { command } = statement
  switch (command?.kind) {
    case 'prepare': {
      const { name, query } = command
      registry.statements.set(name, preparedOf(read, name, query.text, []))
      return
    }
    case 'deallocate':
      if (command.name !== null) registry.statements.delete(command.name)
      else {
        registry.statements.clear()
        own.forget()
      }
      return
    case 'discard':
      if (command.what === 'all') {
        registry.clear()
        own.forget()
      }
      return
    case 'declare':
      registry.portals.set(command.name, cursorPortal(command, read, values))
      return
    case 'close':
      if (command.name !== null) registry.portals.delete(command.name)
      else registry.portals.clear()
  }
}
