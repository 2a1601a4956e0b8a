import type { Command } from 'commander'
import type { Console } from '../console.js'
import { addAgentKeygen } from './agent-keygen.js'
import { addAgentList } from './agent-list.js'
import { addAgentRevoke } from './agent-revoke.js'
import { addAgentStop } from './agent-stop.js'
import { addAgentToken } from './agent-token.js'

/** `cardea agent keygen | token | list | revoke | revoke-subject | stop | resume | stopped`. */
export function addAgent(program: Command, console: Console): void {
  const agent = program
    .command('agent')
    .description('mint, list and revoke tokens for agents, and stop agents')
  for (const add of [addAgentKeygen, addAgentToken, addAgentList, addAgentRevoke, addAgentStop])
    add(agent, console)
}
