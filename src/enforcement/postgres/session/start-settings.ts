/**
 * What a client asked for at start is what RESET goes back to. A pooled connection began without it, so it is set
 * again after every command that takes it away, in the same transaction.
 *
 * @see https://www.postgresql.org/docs/current/sql-reset.html
 */
import type { SessionCommand } from '../../../model/session.js'
import { SYNC } from './message-types.js'
import { closeMessage, executeMessage, parseMessage, plainBind } from './requests.js'
import type { SessionState } from './session-state.js'

const NAME = 'cardea_setting'
const RUN = [
  ['bind', plainBind(NAME, NAME)],
  ['execute', executeMessage(NAME, 0)],
  ['close', closeMessage('P', NAME)],
  ['close', closeMessage('S', NAME)],
] as const

/** @param command that has come to its end. */
export async function restoreSettings(
  { leg, parts, synced, report }: SessionState,
  command: SessionCommand | undefined,
): Promise<void> {
  const { settings } = parts
  if (settings === undefined || settings.size === 0 || command === undefined) return
  const lost = [...settings].filter(([name]) => takesAway(command, name))
  if (lost.length === 0) return
  const local = command.kind === 'set' && command.local ? 'LOCAL ' : ''
  const hears = { failed: report }
  for (const [name, value] of lost) {
    // A name of the allow-list; strings have no backslashes, which is pinned.
    const text = `SET ${local}${name} = '${value.replaceAll("'", "''")}'`
    leg.push(parseMessage(NAME, text), 'parse', hears)
    for (const [kind, bytes] of RUN) leg.push(bytes, kind, hears)
  }
  if (synced) leg.push(SYNC, 'sync', hears)
  await leg.flush()
}

function takesAway(command: SessionCommand, name: string): boolean {
  switch (command.kind) {
    case 'set':
      return command.value === null && command.setting.toLowerCase() === name
    case 'discard':
      return command.what === 'all'
    default:
      return command.kind === 'reset-all'
  }
}
