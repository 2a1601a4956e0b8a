import { type Command, InvalidArgumentError } from 'commander'
import { mintAgentToken } from '../../identity/agent-tokens/mint.js'
import { DURATION_PATTERN, milliseconds } from '../../policy/duration.js'
import type { Console } from '../console.js'
import { readPrivateFile } from '../credentials/private-file.js'
import { COULD_NOT, Exit } from '../exit.js'
import { collect } from '../options.js'
import { type AgentDesk, type DeskOptions, deskOptions, isoTime, recorded, withDesk } from './agent-desk.js'

interface TokenOptions extends DeskOptions {
  readonly agent: string
  readonly sponsor: string
  readonly sponsorIssuer?: string
  readonly sponsorEmail?: string
  readonly role: readonly string[]
  readonly ttl: number
  readonly signingKey: string
  readonly issuer: string
  readonly audience?: string
}

/** `cardea agent token`: mints one token, which is printed once and kept nowhere. */
export function addAgentToken(agent: Command, console: Console): void {
  deskOptions(agent.command('token'))
    .description('mint a token for an agent that acts for a person; it is printed once and kept nowhere')
    .requiredOption('--agent <id>', 'the agent')
    .requiredOption('--sponsor <subject>', 'the person who answers for it, as their issuer names them')
    .option(
      '--sponsor-issuer <url>',
      'the issuer that signs the sponsor in; default: the one of the operator',
    )
    .option(
      '--sponsor-email <address>',
      'the sponsor’s address, so that they cannot approve under another name',
    )
    .option('--role <name>', 'a role of the agent; repeat for more', collect, [])
    .option('--ttl <duration>', 'how long it is good, such as 30m; at most 24h', duration, 3_600_000)
    .requiredOption('--signing-key <file>', 'the private key of cardea agent keygen')
    .requiredOption('--issuer <name>', 'the name under which the tokens are verified')
    .option('--audience <name>', 'whom the token is meant for; default: cardea')
    .action(async (options: TokenOptions) => {
      const signingKey = await readPrivateFile(options.signingKey, 'The signing key')
      if (signingKey === null) throw new Exit(COULD_NOT, `There is no signing key in ${options.signingKey}.`)
      await withDesk(console, options, desk => mint(console, desk, options, signingKey))
    })
}

async function mint(
  console: Console,
  desk: AgentDesk,
  options: TokenOptions,
  signingKey: string,
): Promise<void> {
  const { agent, issuer, audience, sponsorEmail: email } = options
  const { operator, store, revocations, ids, note } = desk
  const { token, entry } = await mintAgentToken(
    {
      agent,
      sponsor: {
        subject: options.sponsor,
        issuer: options.sponsorIssuer ?? operator.issuer,
        ...(email === undefined ? {} : { email }),
      },
      roles: options.role,
      lifetimeMs: options.ttl,
      mintedBy: operator,
    },
    {
      issuer,
      signingKey,
      store,
      revocations,
      clock: console.clock,
      ids,
      ...(audience === undefined ? {} : { audience }),
    },
  )
  await note('identity.mint', {
    token: entry.id,
    issuer,
    agent,
    sponsor: entry.sponsor,
    roles: entry.roles,
    issuedAt: isoTime(entry.issuedAt),
    expiresAt: isoTime(entry.expiresAt),
    by: recorded(operator),
  })
  console.handOver(token)
  console.note(
    `token ${entry.id} for ${agent}, good until ${isoTime(entry.expiresAt)}; it is not shown again`,
  )
}

function duration(text: string): number {
  if (!DURATION_PATTERN.test(text)) throw new InvalidArgumentError('Write a whole number and s, m or h: 30m.')
  return milliseconds(text)
}
