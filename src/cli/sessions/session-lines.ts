import type { SessionRow } from '../../gateway/sessions/session-store.js'
import { isoTime } from '../commands/agent-desk.js'

/** What a client chose is quoted, so that no name can pass for another column. */
export function sessionLine(row: SessionRow, now: number): string {
  const { id, subject, agent, framework, dataSource, origination, since, statements, state } = row
  const claimed = agent === null ? '-' : `${JSON.stringify(agent)} (${JSON.stringify(framework ?? '')})`
  return [
    id,
    JSON.stringify(subject),
    `agent ${claimed}`,
    dataSource,
    `from ${JSON.stringify(origination)}`,
    `since ${isoTime(since)} (${Math.max(0, Math.round((now - since) / 1_000))} s)`,
    `${statements} statements`,
    state,
  ].join('  ')
}

export function sessionShown({ since, seen, ...row }: SessionRow): Record<string, unknown> {
  return { ...row, since: isoTime(since), seen: isoTime(seen) }
}
