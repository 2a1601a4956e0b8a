/** What the parts of a configuration mean together: who could listen in, and what would not be kept. */
import { Trouble } from './problems.js'
import type { ConfigBody } from './schema.js'

export const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/**
 * Tokens and rows travel here: off this machine only under TLS, or where somebody wrote out that it is not so
 * (PCI DSS 4.2.1).
 *
 * @throws AggregateError with one `Trouble` for each mistake.
 */
export async function sound(body: ConfigBody): Promise<void> {
  const found = [
    ...reachTroubles(body),
    ...storeTroubles(body),
    ...postgresTroubles(body),
    ...mysqlTroubles(body),
  ]
  if (found.length > 0) throw new AggregateError(found)
}

function reachTroubles({ http, operator, approval }: ConfigBody): Trouble[] {
  const found: Trouble[] = []
  if (
    http !== undefined &&
    !LOOPBACK.test(http.host) &&
    http.tls === undefined &&
    http.insecure === undefined
  ) {
    found.push(new Trouble(['http', 'host'], 'is not this machine: add tls, or write insecure: true out'))
  }
  if (operator !== undefined && !LOOPBACK.test(operator.host) && operator.insecure === undefined) {
    found.push(
      new Trouble(
        ['operator', 'host'],
        'is not this machine, and whoever can reach it reads the metrics: write insecure: true out',
      ),
    )
  }
  const { listen } = approval
  if (listen !== undefined && !LOOPBACK.test(listen.host) && listen.tls === undefined) {
    found.push(new Trouble(['approval', 'listen', 'host'], 'is not this machine: add tls'))
  }
  return found
}

function storeTroubles({ identity, store, workers }: ConfigBody): Trouble[] {
  if (store !== 'memory') return []
  const found: Trouble[] = []
  if (identity.agentTokens !== undefined) {
    found.push(
      new Trouble(['identity', 'agentTokens'], 'needs a store on a database: their register is there'),
    )
  }
  if (workers !== 1) {
    found.push(
      new Trouble(
        ['workers'],
        'share nothing but the store, so that it cannot be memory: name a database, or workers: 1',
      ),
    )
  }
  return found
}

function mysqlTroubles({ mysql }: ConfigBody): Trouble[] {
  if (mysql === undefined || LOOPBACK.test(mysql.host) || mysql.tls !== undefined) return []
  return [new Trouble(['mysql', 'host'], 'is not this machine: add tls')]
}

function postgresTroubles({ postgres, identity }: ConfigBody): Trouble[] {
  if (postgres === undefined) return []
  const found: Trouble[] = []
  if (!LOOPBACK.test(postgres.host) && postgres.tls === undefined) {
    found.push(new Trouble(['postgres', 'host'], 'is not this machine: add tls'))
  }
  const known = [
    ...(identity.oidc ?? []),
    ...(identity.agentTokens === undefined ? [] : [identity.agentTokens]),
  ]
  postgres.certificates.forEach(({ principal }, index) => {
    if (known.some(({ issuer }) => issuer === principal.issuer)) {
      found.push(
        new Trouble(
          ['postgres', 'certificates', index, 'principal', 'issuer'],
          'is an issuer of tokens: give the authority of the certificates a name of its own',
        ),
      )
    }
  })
  return found
}
