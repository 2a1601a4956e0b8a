import { openStoreConnection } from '../../connect/store-connection.js'
import type { Operator, SessionStore } from '../../gateway/sessions/session-store.js'
import type { Principal } from '../../model/principal.js'
import { type AgentDesk, type DeskOptions, withDesk } from '../commands/agent-desk.js'
import type { Console } from '../console.js'
import { COULD_NOT, Exit } from '../exit.js'

export interface SessionDesk extends Pick<AgentDesk, 'operator' | 'note'> {
  readonly sessions: SessionStore
}

/** The sessions alone, for as long as `use` works. */
export async function withSessions<T>(url: string, use: (sessions: SessionStore) => Promise<T>): Promise<T> {
  // Other commands need not wait for it to load.
  const { knexSessionStore } = await import('../../gateway/sessions/knex-sessions.js')
  const knex = await openStoreConnection(url)
  try {
    const sessions = knexSessionStore(knex)
    await sessions.open()
    return await use(sessions)
  } finally {
    await knex.destroy()
  }
}

/** The sessions and a person who is signed in, whose doings are put on record (PCI DSS 8.2.4, 10.2.1.5). */
export async function withSessionDesk<T>(
  console: Console,
  options: DeskOptions,
  use: (desk: SessionDesk) => Promise<T>,
): Promise<T> {
  return withDesk(console, options, ({ operator, note }) =>
    withSessions(options.store, sessions => use({ sessions, operator, note })),
  )
}

export function recordedBy({ subject, issuer }: Principal): Operator {
  return { subject, issuer }
}

/** @throws Exit 2 for one that says nothing, or too much. */
export function reasonIn({ reason }: { readonly reason: string }): string {
  const text = reason.trim()
  if (text === '' || text.length > 2_000)
    throw new Exit(COULD_NOT, 'Give a reason, in 2000 characters at most.')
  return text
}
