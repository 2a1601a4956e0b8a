/** What has to be governed when a portal is run: the statement itself, or the one that its name stands for. */
import type { GovernedSession, SessionCommand } from '../../../model/session.js'
import type { Submission } from '../../../model/submission.js'
import { settingAllowed } from '../startup/settings.js'
import { Portal, type Prepared, preparedOf, type Registry } from './registry.js'

export type Plan =
  /** Nothing of it reads or writes data: the session's own affairs. */
  | { readonly kind: 'own' }
  | {
      readonly kind: 'governed'
      readonly text: string
      readonly values: readonly unknown[]
      readonly issuer: Submission['issuer']
      /** What it leaves behind must outlast a read-only bracket. */
      readonly unbracketed: boolean
    }

const OWN: Plan = Object.freeze({ kind: 'own' })

export function planOf(statement: Prepared, values: readonly unknown[], registry: Registry): Plan {
  const { command, text } = statement
  if (command === undefined) return statement.blank ? OWN : governed(text, values)
  switch (command.kind) {
    case 'statement':
    case 'copy':
    case 'settings':
    case 'use':
    case 'kill':
      return governed(text, values)
    case 'transaction':
      return { ...governed(text, values), issuer: 'driver' }
    case 'set':
      return isOwnSetting(command) ? OWN : governed(text, values)
    case 'execute': {
      const meant = registry.statements.get(command.name)
      if (meant === undefined || command.values === null) return governed(text, values)
      return inner(planOf(meant, command.values, registry))
    }
    case 'declare':
      return { ...governed(command.query.text, values), unbracketed: true }
    case 'fetch': {
      const cursor = registry.portals.get(command.name)
      if (cursor === undefined) return governed(text, values)
      return inner(planOf(cursor.statement, cursor.values, registry))
    }
    case 'discard':
    case 'reset-all':
    case 'prepare':
    case 'deallocate':
    case 'close':
      return OWN
  }
}

function governed(text: string, values: readonly unknown[]): Extract<Plan, { kind: 'governed' }> {
  return { kind: 'governed', text, values, issuer: 'caller', unbracketed: false }
}

function inner(plan: Plan): Plan {
  return plan.kind === 'own' ? plan : { ...plan, unbracketed: true }
}

function isOwnSetting(command: Extract<SessionCommand, { kind: 'set' }>): boolean {
  const { setting, value } = command
  return settingAllowed(setting, value === null ? null : value.join(', '))
}

/** @throws CardeaError CARDEA_BINDING_REFUSED. */
export function submissionOf(
  governedSession: GovernedSession,
  plan: Extract<Plan, { kind: 'governed' }>,
  asked?: (ticket: string) => void,
): Submission {
  const { text, values, issuer } = plan
  return governedSession.submission(text, values, asked === undefined ? { issuer } : { issuer, asked })
}

/** A portal over an inner statement, for a cursor that SQL declared. */
export function cursorPortal(
  command: Extract<SessionCommand, { kind: 'declare' }>,
  read: GovernedSession['read'],
  values: readonly unknown[],
): Portal {
  const statement = preparedOf(read, '', command.query.text, [])
  return new Portal(command.name, statement, values, undefined, command.hold)
}
