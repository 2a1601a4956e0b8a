import type { Command } from 'commander'
import type { Console } from '../console.js'
import { addAgentKeygen } from './agent-keygen.js'
import { addAgentList } from './agent-list.js'
import { addAgentRevoke } from './agent-revoke.js'
import { addAgentToken } from './agent-token.js'

/** `cardea agent keygen | token | list | revoke | revoke-subject`. */
export function addAgent(program: Command, console: Console): void {
  const agent = program.command('agent').description('mint, list and revoke tokens for agents')
  for (const add of [addAgentKeygen, addAgentToken, addAgentList, addAgentRevoke]) add(agent, console)
}
