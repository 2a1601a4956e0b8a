import { Command, CommanderError } from 'commander'
import { CardeaError } from '../errors.js'
import { createScrubber } from '../masking/scrubber.js'
import { ownVersion } from '../util/own-version.js'
import { addAgent } from './commands/agent.js'
import { addApprovals } from './commands/approvals.js'
import { addAudit } from './commands/audit.js'
import { addAutogen } from './commands/autogen.js'
import { addConfig } from './commands/config.js'
import { addExplain } from './commands/explain.js'
import { addGateway } from './commands/gateway.js'
import { addInit } from './commands/init.js'
import { addLogin } from './commands/login.js'
import { addLogout } from './commands/logout.js'
import { addMcp } from './commands/mcp.js'
import { addPolicy } from './commands/policy.js'
import { addScan } from './commands/scan.js'
import { addSchema } from './commands/schema.js'
import { addSessions } from './commands/sessions.js'
import { addStore } from './commands/store.js'
import { addWhoami } from './commands/whoami.js'
import { type CliIo, type Console, cliConsole } from './console.js'
import { COULD_NOT, DONE, Exit } from './exit.js'

/**
 * The whole program as a function: arguments in, exit code out.
 *
 * @param argv what follows the program's name, for example `['policy', 'check', 'policy.yaml']`.
 */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  let code = DONE
  const console = cliConsole(io, createScrubber(), given => {
    code = given
  })
  try {
    await program(console, await ownVersion()).parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    return explainFailure(console, error)
  }
}

function program(console: Console, version: string): Command {
  const cardea = new Command('cardea')
    .description('PCI DSS controls between AI agents and databases')
    .version(version)
    // What stands behind a command is the command's: `approvals approve` has a --version of its own.
    .enablePositionalOptions()
    .showHelpAfterError('(cardea --help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: text => console.print(text.trimEnd()),
      writeErr: text => console.note(text.trimEnd()),
    })
  for (const add of [
    addInit,
    addSchema,
    addScan,
    addExplain,
    addPolicy,
    addAudit,
    addAutogen,
    addApprovals,
    addStore,
    addLogin,
    addLogout,
    addMcp,
    addWhoami,
    addAgent,
    addGateway,
    addConfig,
    addSessions,
  ])
    add(cardea, console)
  return cardea
}

/** Words on standard error, no stack; the exit code is the answer. */
function explainFailure(console: Console, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : COULD_NOT
  if (error instanceof Exit) {
    if (error.message !== '') console.note(`error: ${error.message}`)
    return error.code
  }
  const words = error instanceof Error ? error.message : String(error)
  console.note(`error: ${words}`)
  if (error instanceof CardeaError) console.note(`(${error.code}, see ${error.docs})`)
  return COULD_NOT
}
