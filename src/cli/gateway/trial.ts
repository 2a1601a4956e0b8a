import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import type { GatewayConfig } from '../../gateway/config/gateway-config.js'
import type { Gateway } from '../../gateway.js'
import type { Console } from '../console.js'
import { COULD_NOT, Exit } from '../exit.js'

export interface TrialFlags {
  readonly upstream?: string
  readonly policy?: string
  readonly listen?: string
  readonly audit?: string
  readonly as?: string
  readonly role?: readonly string[]
}

export interface Trial {
  readonly config: GatewayConfig
  /** Again, for a reload. */
  read(): Promise<GatewayConfig>
  /** Tells the person at the terminal how to connect. */
  announce(gateway: Gateway): void
}

/**
 * A trial has no identity provider. A caller that is believed without proof would let every program of this machine
 * at the database, whoever runs it; a token that is made anew for each start costs nothing more to use.
 */
export async function openTrial(console: Console, flags: TrialFlags): Promise<Trial> {
  const { upstream, policy, audit = 'cardea-audit', as, role: roles = [] } = flags
  if (upstream === undefined || policy === undefined) {
    throw new Exit(COULD_NOT, 'A trial needs --upstream and --policy.')
  }
  const isMysql = /^(mysql|mariadb):/i.test(upstream)
  const { listen = isMysql ? '127.0.0.1:3307' : '127.0.0.1:6432' } = flags
  const { trialConfig } = await import('../../gateway/config/trial.js')
  const { Secret } = await import('../../gateway/config/secret.js')
  const token = new Secret(tokenFor(console))
  const maskingKey = new Secret(randomBytes(MASKING_KEY_BYTES).toString('base64'))
  const subject = as ?? userInfo().username
  const read = () => trialConfig({ upstream, policy, listen, audit, subject, roles, token, maskingKey })
  const config = await read()
  // The arguments of a process are every user's to read; the password in them is not needed any more.
  process.title = 'cardea gateway (trial)'
  return {
    config,
    read,
    announce(gateway) {
      const { host, port } = gateway.addresses[isMysql ? 'mysql' : 'postgres'] ?? { host: '', port: 0 }
      const [{ id }] = config.dataSources
      const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
      console.note(
        `This is a trial: whoever has the token in this line is ${JSON.stringify(subject)} until the gateway ends.`,
        isMysql
          ? `  mysql --host=${host} --port=${port} --user=agent --password=${token.reveal()} ${id}`
          : `  psql postgres://agent:${token.reveal()}@${address}/${id}`,
        `Approvals reach nobody, so what needs one is refused. The trail is in ${config.audit.directory}.`,
      )
    },
  }
}

const TOKEN_BYTES = 24
const MASKING_KEY_BYTES = 32

/** One that no detector takes for a card number, so that it is printed whole. */
function tokenFor(console: Console): string {
  for (;;) {
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    if (console.plain(token) === token) return token
  }
}
