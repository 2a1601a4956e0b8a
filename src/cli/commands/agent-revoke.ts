import type { Command } from 'commander'
import type { Console } from '../console.js'
import { COULD_NOT, Exit } from '../exit.js'
import { type AgentDesk, type DeskOptions, deskOptions, recorded, withDesk } from './agent-desk.js'

interface RevokeOptions extends DeskOptions {
  readonly reason: string
}

interface SubjectOptions extends RevokeOptions {
  readonly issuer: string
  readonly forGood?: true
}

/** `cardea agent revoke | revoke-subject`: ends one token, or the access of somebody (PCI DSS 8.2.5). */
export function addAgentRevoke(agent: Command, console: Console): void {
  deskOptions(agent.command('revoke'))
    .description('end one token before its time')
    .argument('<id>', 'as cardea agent list shows it')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, options: RevokeOptions) =>
      withDesk(console, options, desk => revokeToken(console, desk, id, options)),
    )
  deskOptions(agent.command('revoke-subject'))
    .description('void every token that somebody holds, and those of the agents that act for them')
    .argument('<subject>', 'as their issuer names them')
    .requiredOption('--issuer <url>', 'the issuer that names them')
    .requiredOption('--reason <text>', 'why')
    .option('--for-good', 'void the tokens that they get from now on too: for somebody who has left')
    .action((subject: string, options: SubjectOptions) =>
      withDesk(console, options, desk => revokeSubject(console, desk, subject, options)),
    )
}

async function revokeToken(
  console: Console,
  { store, operator, note }: AgentDesk,
  id: string,
  { reason }: RevokeOptions,
): Promise<void> {
  if (reason.trim() === '') throw new Exit(COULD_NOT, 'Give a reason.')
  const by = { subject: operator.subject, issuer: operator.issuer }
  if (!(await store.revoke(id, { at: console.clock.now(), by, why: reason }))) {
    throw new Exit(COULD_NOT, `There is no token ${id}, or it is revoked already.`)
  }
  await note('identity.revoke', { token: id, reason, by: recorded(operator) })
  console.note(`revoked ${id}: it is refused everywhere within seconds`)
}

async function revokeSubject(
  console: Console,
  { store, revocations, operator, note }: AgentDesk,
  subject: string,
  { issuer, reason, forGood = false }: { readonly forGood?: boolean } & Omit<SubjectOptions, 'forGood'>,
): Promise<void> {
  const by = { subject: operator.subject, issuer: operator.issuer }
  const { id } = await revocations.revoke({ issuer, subject, forGood, by, why: reason })
  const live = await store.list({ expiresAfter: console.clock.now() })
  let count = 0
  for (const { agent, sponsor, issuedAt, ...entry } of live) {
    const isTheirs = entry.issuer === issuer && agent === subject
    if (isTheirs || (await revocations.isRevoked({ ...sponsor, issuedAt }))) count += 1
  }
  await note('identity.revoke', { revocation: id, issuer, subject, forGood, reason, by: recorded(operator) })
  console.note(
    `revoked ${subject} of ${issuer}${forGood ? ' for good' : ''}: refused everywhere within seconds`,
    `${count} agent tokens are void by it or by an earlier one`,
  )
}
