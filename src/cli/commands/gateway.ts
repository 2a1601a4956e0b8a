import type { Command } from 'commander'
import type { Gateway } from '../../gateway.js'
import type { Console } from '../console.js'
import { COULD_NOT, DONE, Exit } from '../exit.js'
import { openTrial, type TrialFlags } from '../gateway/trial.js'

/** What a process that has closed everything may still take to end by itself. */
const FAREWELL_MS = 5_000

interface GatewayFlags extends TrialFlags {
  readonly config?: string
}

/** `cardea gateway`: serves agents until it is told to end. */
export function addGateway(program: Command, console: Console): void {
  const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
  program
    .command('gateway')
    .description(
      'serve agents over MCP, HTTP and PostgreSQL’s protocol; SIGHUP reloads, SIGTERM ends in good order',
    )
    .option('--config <file>', 'the configuration; check it with cardea config check')
    .option(
      '--upstream <url>',
      'instead: try one database, postgres://… or mysql://…; set PGPASSWORD or MYSQL_PWD rather than write a password',
    )
    .option('--policy <file>', 'for a trial: the policy')
    .option(
      '--listen <address>',
      'for a trial: where clients connect (default 127.0.0.1:6432, for MySQL 127.0.0.1:3307)',
    )
    .option('--audit <dir>', 'for a trial: the directory of the trail (default cardea-audit)')
    .option('--as <subject>', 'for a trial: who the caller is on record (default: you)')
    .option('--role <name>', 'for a trial: a role of the caller; may be repeated', several)
    .action((flags: GatewayFlags) => serve(console, flags, program.version() ?? 'unknown'))
}

async function serve(console: Console, flags: GatewayFlags, version: string): Promise<void> {
  const { config: file, ...trial } = flags
  // Whatever is written from here on, trails above all, is for this user alone.
  process.umask(0o077)
  if (file === undefined) {
    if (flags.upstream === undefined)
      throw new Exit(COULD_NOT, 'Say what to serve: --config, or --upstream for a trial.')
    return serveTrial(console, trial, version)
  }
  const [other] = Object.keys(trial)
  if (other !== undefined)
    throw new Exit(COULD_NOT, `--${other} is for a trial: with --config it stands in the file.`)
  return serveFile(console, file, version)
}

async function serveTrial(console: Console, flags: TrialFlags, version: string): Promise<void> {
  const { openGateway } = await import('../../gateway.js')
  const { config, read, announce } = await openTrial(console, flags)
  const gateway = await openGateway({ config, version, read, log: logOf(console) })
  announce(gateway)
  await untilTold(console, gateway)
}

async function serveFile(console: Console, file: string, version: string): Promise<void> {
  // Other commands need not wait for servers to load.
  const { loadGatewayConfig } = await import('../../gateway.js')
  const { openWorker } = await import('../../gateway/open-gateway.js')
  const { worker } = await import('../../gateway/workers/worker.js')
  const { clock } = console
  const log = logOf(console)
  const self = worker(clock)
  if (self !== undefined) {
    const read = async () => self.own(await loadGatewayConfig(file))
    return ending(console, () =>
      self.serve(async seat => openWorker({ config: await read(), version, log, read }, seat)),
    )
  }
  const config = await loadGatewayConfig(file)
  if (config.workers === 1) {
    return untilTold(console, await openWorker({ config, version, log }, undefined))
  }
  const { openPrimary } = await import('../../gateway/workers/primary.js')
  await untilTold(console, await openPrimary({ config, log, clock }))
}

function logOf(console: Console) {
  return { write: (line: string) => console.print(line.trimEnd()) }
}

/** Passes signals on. */
async function untilTold(
  console: Console,
  gateway: { reload(asked: string): unknown } & Pick<Gateway, 'close'>,
): Promise<void> {
  const reload = (): void => void gateway.reload('SIGHUP')
  process.on('SIGHUP', reload)
  const atOnce = new AbortController()
  await ending(console, async () => {
    try {
      await signalled(() => atOnce.abort())
      await gateway.close(atOnce.signal)
    } finally {
      process.off('SIGHUP', reload)
    }
  })
}

async function ending(console: Console, served: () => Promise<void>): Promise<void> {
  try {
    await served()
    console.exit(DONE)
  } finally {
    setTimeout(() => process.exit(process.exitCode ?? COULD_NOT), FAREWELL_MS).unref()
  }
}

/** Resolves at the first SIGTERM or SIGINT; `again` is called at the second. */
function signalled(again: () => void): Promise<void> {
  return new Promise(resolve => {
    let first = true
    const hear = (): void => {
      if (first) resolve()
      else again()
      first = false
    }
    process.on('SIGTERM', hear)
    process.on('SIGINT', hear)
  })
}
