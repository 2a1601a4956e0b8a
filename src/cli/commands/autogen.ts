import { type Command, InvalidArgumentError, Option } from 'commander'
import { toolSchemas } from '../../agents/workbench/tool-schemas.js'
import { ConfigurationError } from '../../errors.js'
import type { Dialect } from '../../model/dialect.js'
import { gallery, httpComponents, mcpComponent, type Reach, stdioComponent } from '../autogen/component.js'
import type { Console } from '../console.js'
import { wholeNumber } from '../options.js'

interface ComponentOptions {
  readonly url?: string
  readonly kind: 'mcp' | 'stdio' | 'http' | 'gallery'
  readonly dataSource?: string
  readonly dialect: Dialect
  readonly agent?: string
  readonly budget: number
  readonly tokenPlaceholder: string
}

/** What a client has to wait beyond the gateway's own budget, for the answer to arrive. */
const MARGIN_SECONDS = 10

/** `cardea autogen component`: what AutoGen 0.7.5 and AutoGen Studio load to use a gateway. */
export function addAutogen(program: Command, console: Console): void {
  const autogen = program.command('autogen').description('connect AutoGen and AutoGen Studio')
  autogen
    .command('component')
    .description('print component JSON for load_component or a Studio gallery; holds no secret')
    .argument('[options...]', 'kind stdio: the options of cardea mcp, behind --')
    .option('--url <url>', 'the gateway, for example https://cardea.corp.example')
    .addOption(
      new Option('--kind <kind>', 'mcp: McpWorkbench over HTTP; stdio: McpWorkbench that starts cardea mcp')
        .choices(['mcp', 'stdio', 'http', 'gallery'])
        .default('mcp'),
    )
    .option('--data-source <id>', 'a database other than the gateway’s first', name)
    .addOption(
      new Option('--dialect <dialect>', 'of the database, for the descriptions that a model reads')
        .choices(['postgres', 'mysql', 'sqlite'])
        .default('postgres'),
    )
    .option('--agent <id>', 'the agent’s id, sent as X-Agent-Id', name)
    .option('--budget <ms>', 'the gateway’s budget for one call', wholeNumber, 25_000)
    .option('--token-placeholder <text>', 'stands for the token: <name> or $NAME', '<token>')
    .addHelpText(
      'after',
      '\nExample: cardea autogen component --kind stdio -- --policy policy.yaml --embedded --as alice',
    )
    .action((options: readonly string[], given: ComponentOptions) =>
      component(console, program, given, options),
    )
}

function component(
  console: Console,
  program: Command,
  options: ComponentOptions,
  passedOn: readonly string[],
): void {
  const { kind, budget, dialect } = options
  const tokenPlaceholder = placeholder(options.tokenPlaceholder)
  const patience = Math.ceil(budget / 1000) + MARGIN_SECONDS
  if (kind === 'stdio') {
    refuseSecrets(passedOn)
    if (passedOn.some(arg => /^--budget\b/.test(arg))) {
      throw new ConfigurationError('Write --budget before the --, so that the client waits as long.')
    }
    const args = ['--budget', String(budget), ...passedOn]
    console.json(stdioComponent(args, { CARDEA_TOKEN: tokenPlaceholder }, patience))
    return
  }
  if (passedOn.length > 0) throw new ConfigurationError('Options for cardea mcp go with --kind stdio.')
  const reach = reached({ ...options, tokenPlaceholder }, patience)
  const tools = toolSchemas(dialect)
  if (kind === 'mcp') console.json(mcpComponent(reach))
  else if (kind === 'http') console.json(httpComponents(reach, tools))
  else console.json(gallery(reach, tools, program.version() ?? ''))
}

function reached({ url, dataSource, agent, tokenPlaceholder }: ComponentOptions, patience: number): Reach {
  if (url === undefined) throw new ConfigurationError('Name the gateway with --url.')
  return {
    base: gatewayUrl(url),
    ...(dataSource === undefined ? {} : { dataSource }),
    patience,
    headers: {
      Authorization: `Bearer ${tokenPlaceholder}`,
      ...(agent === undefined ? {} : { 'X-Agent-Id': agent, 'X-Agent-Framework': 'autogen' }),
    },
  }
}

/** Arguments of a process are there for everybody on the machine to read. */
function refuseSecrets(args: readonly string[]): void {
  const secret = args.find(
    arg => /:\/\/[^/@]*:[^/@]+@/.test(arg) || /^(--[\w-]*=)?ey[\w-]+\.[\w-]+\./.test(arg),
  )
  if (secret === undefined) return
  throw new ConfigurationError(
    'One of the options holds a password or token. Component JSON is stored in clear and arguments can be seen by every process: leave it out, and give it in the environment.',
  )
}

/** Checked here and not by the parser of options, which would print what it refuses. */
function gatewayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ConfigurationError('Write the address of the gateway, such as https://cardea.corp.example.')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ConfigurationError('Write the address alone: no user, password, query or fragment.')
  }
  // The token would cross the network in clear (PCI DSS 4.2.1).
  if (url.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    throw new ConfigurationError('Use https, except on this machine.')
  }
  return url
}

function name(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('Use letters, digits, dots, hyphens and underscores, 64 at most.')
}

/** Nothing that could be a real token. */
function placeholder(text: string): string {
  if (/^<[a-z][a-z -]{0,30}>$|^\$\{?[A-Z][A-Z_]{0,30}\}?$/.test(text)) return text
  throw new ConfigurationError(
    'A placeholder looks like <token> or $CARDEA_TOKEN. Tokens are not written here.',
  )
}
