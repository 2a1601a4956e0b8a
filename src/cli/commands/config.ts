import type { Command } from 'commander'
import type { GatewayConfig, HttpConfig } from '../../gateway/config/gateway-config.js'
import { ConfigInvalidError } from '../../gateway/config/problems.js'
import type { Finding } from '../../gateway/reach.js'
import type { Console } from '../console.js'
import { DOES_NOT_HOLD, Exit } from '../exit.js'

interface CheckOptions {
  readonly config: string
  readonly connect?: true
  readonly json?: true
}

/** `cardea config check`. */
export function addConfig(program: Command, console: Console): void {
  const config = program.command('config').description('check a configuration of the gateway')
  config
    .command('check')
    .description('validate a configuration and everything that it names')
    .requiredOption('--config <file>', 'the configuration')
    .option('--connect', 'also reach the databases, the store and the identity providers')
    .option('--json', 'print as JSON')
    .action((options: CheckOptions) => check(console, options))
}

async function check(console: Console, options: CheckOptions): Promise<void> {
  const { loadGatewayConfig } = await import('../../gateway/config/load.js')
  const config = await loadGatewayConfig(options.config).catch((error: unknown) => {
    if (!(error instanceof ConfigInvalidError)) throw error
    if (options.json === true) console.json({ valid: false, problems: error.problems })
    throw new Exit(DOES_NOT_HOLD, options.json === true ? '' : error.message)
  })
  const findings = options.connect === true ? await reached(console, config) : []
  if (findings.some(({ ok }) => !ok)) console.exit(DOES_NOT_HOLD)
  const { hash } = config
  if (options.json === true) {
    console.json({ valid: true, hash, ...(options.connect === true ? { parts: findings } : {}) })
    return
  }
  console.print(`${options.config} is valid.`, `hash ${hash}`, ...summary(config), ...findings.map(line))
}

async function reached({ clock }: Console, config: GatewayConfig): Promise<readonly Finding[]> {
  const { reach } = await import('../../gateway/reach.js')
  return reach(config, clock)
}

function summary({
  dataSources,
  store,
  approval,
  http,
  postgres,
  workers,
}: GatewayConfig): readonly string[] {
  return [
    ...dataSources.map(({ id, policy }) => `data source ${id}: policy ${policy.hash.slice(0, 12)}`),
    `store: ${store === 'memory' ? 'memory; approvals are lost at a restart and shared with no other process' : 'database'}`,
    `approvals: ${isAsked(approval) ? approval.mode : 'nobody can be asked, so what needs one is refused'}`,
    ...(http === undefined ? [] : [door('http', http)]),
    ...(postgres === undefined ? [] : [door('postgres', postgres)]),
    ...(workers === 1 ? [] : [`workers: ${workers}`]),
  ]
}

function door(name: string, { host, port, tls }: Pick<HttpConfig, 'host' | 'port' | 'tls'>): string {
  return `${name}: ${host}:${port}${tls === undefined ? '' : ', TLS'}`
}

function isAsked({ inbox, webhook, slack, teams }: GatewayConfig['approval']): boolean {
  return inbox || webhook !== undefined || slack !== undefined || teams !== undefined
}

function line({ part, ok, why }: Finding): string {
  return `${ok ? 'ok    ' : 'FAILED'} ${part}${why === undefined ? '' : `: ${why}`}`
}
