/** Settings by which the server would read a text differently than Cardea does: no policy can give them away. */
import type { EngineError, Executor } from '../../../model/executor.js'
import type { SessionCommand } from '../../../model/session.js'
import { settingAllowed } from '../startup/settings.js'

const PINNED: ReadonlySet<string> = new Set(['client_encoding', 'standard_conforming_strings'])

const REFUSED: EngineError = Object.freeze({
  failed: true,
  severity: 'ERROR',
  code: '22023',
  message:
    'cardea: Through this gateway client_encoding is UTF8 and standard_conforming_strings is on. Leave them as they are.',
})

const nothing = async (): Promise<void> => {}
const REFUSING: Executor = Object.freeze({
  run: async () => REFUSED,
  begin: nothing,
  commit: nothing,
  rollback: nothing,
})

/** Runs a statement that policy has allowed and that the server may not see: it fails, and is on record as failed. */
export function pinned(command: SessionCommand | undefined): Executor | undefined {
  if (command?.kind !== 'set' || !PINNED.has(command.setting.toLowerCase())) return undefined
  const value = command.value === null ? null : command.value.join(', ')
  return settingAllowed(command.setting, value) ? undefined : REFUSING
}
