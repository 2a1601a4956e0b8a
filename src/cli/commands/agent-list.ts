import type { Command } from 'commander'
import type { AgentTokenEntry } from '../../identity/agent-tokens/agent-token-store.js'
import type { Console } from '../console.js'
import { isoTime, storeOption, withRegister } from './agent-desk.js'

interface ListOptions {
  readonly store: string
  readonly all?: true
  readonly json?: true
}

/** `cardea agent list`: the register, without any token. */
export function addAgentList(agent: Command, console: Console): void {
  storeOption(agent.command('list'))
    .description('list the tokens that were minted and have not expired')
    .option('--all', 'those that have expired too')
    .option('--json', 'print the list as JSON')
    .action(async ({ store: url, all, json }: ListOptions) => {
      const now = console.clock.now()
      const entries = await withRegister(console, url, ({ store }) =>
        store.list(all === true ? {} : { expiresAfter: now }),
      )
      if (json === true) console.json(entries.map(shown))
      else console.print(...entries.map(entry => line(entry, now)))
      console.note(`${entries.length} tokens`)
    })
}

function line(entry: AgentTokenEntry, now: number): string {
  const { id, agent, sponsor, roles, expiresAt, mintedBy, revocation } = entry
  const state =
    revocation !== null
      ? `revoked ${isoTime(revocation.at)} by ${JSON.stringify(revocation.by.subject)}: ${JSON.stringify(revocation.why)}`
      : `${expiresAt <= now ? 'expired' : 'good until'} ${isoTime(expiresAt)}`
  // Quoted, so that no name can pass for another column.
  return [
    id,
    JSON.stringify(agent),
    `for ${JSON.stringify(sponsor.subject)}`,
    `roles ${JSON.stringify(roles)}`,
    `minted by ${JSON.stringify(mintedBy.subject)}`,
    state,
  ].join('  ')
}

function shown({ issuedAt, expiresAt, revocation, ...entry }: AgentTokenEntry): Record<string, unknown> {
  return {
    ...entry,
    issuedAt: isoTime(issuedAt),
    expiresAt: isoTime(expiresAt),
    revocation: revocation === null ? null : { ...revocation, at: isoTime(revocation.at) },
  }
}
