/** What the doors `postgres` and `mysql` need of the databases and certificates that a configuration names, asked before it opens. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { mysqlTarget } from '../../enforcement/upstream/mysql/target.js'
import { pgTarget } from '../../enforcement/upstream/postgres/target.js'
import { ConfigurationError } from '../../errors.js'
import type { Problem } from '../../policy/cross-checks.js'
import type { AccountConfig, DataSourceConfig } from './gateway-config.js'
import { Trouble } from './problems.js'
import type { Secret } from './secret.js'

type Path = Problem['path']

/** Which of the doors there are that keep a connection for each client. */
export interface Served {
  readonly postgres: boolean
  readonly mysql: boolean
}

export function isPostgres(url: Secret): boolean {
  return /^postgres(ql)?:/i.test(url.reveal())
}

export function isMysql(url: Secret): boolean {
  return /^(mysql|mariadb):/i.test(url.reveal())
}

/**
 * The door reads the options of a URL more strictly than the driver of the other doors.
 *
 * @throws Trouble which does not repeat the URL; a URL of another make is none of the door's.
 */
export function checkTarget(url: Secret, at: Path, served: Served): void {
  if (served.mysql && isMysql(url)) checkMysql(url, at)
  if (!served.postgres || !isPostgres(url)) return
  try {
    const { ca, cert, key } = pgTarget(url.reveal())
    if (ca !== undefined && !holdsCertificates(ca))
      throw new Trouble(at, 'sslrootcert holds no certificate in PEM')
    if (cert !== undefined || key !== undefined) createSecureContext({ cert, key })
  } catch (error) {
    if (error instanceof Trouble) throw error
    const why = 'sslcert and sslkey do not go together, or one of them is not PEM'
    throw new Trouble(at, error instanceof ConfigurationError ? error.message : why)
  }
}

function checkMysql(url: Secret, at: Path): void {
  try {
    const { ca } = mysqlTarget(url.reveal())
    if (ca !== undefined && !holdsCertificates(ca))
      throw new Trouble(at, 'ssl-ca holds no certificate in PEM')
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Trouble(at, error.message)
    throw error
  }
}

/** Accounts that nobody would ever get. @throws AggregateError with one `Trouble` for each. */
export function checkAccounts(url: Secret, accounts: readonly AccountConfig[], at: Path): void {
  const isOwn = isPostgres(url) ? isPostgres : isMysql
  if (accounts.length > 0 && !(isOwn(url) && accounts.every(account => isOwn(account.url)))) {
    throw new Trouble(
      [...at, 'accounts'],
      'are for the doors postgres and mysql, and of the same make as the database',
    )
  }
  const taken = new Set<string>()
  const useless = accounts.flatMap(({ roles }, index) => {
    const isUseless = roles.every(role => taken.has(role))
    for (const role of roles) taken.add(role)
    const why = 'belong to accounts before this one, which is never used'
    return isUseless ? [new Trouble([...at, 'accounts', index, 'roles'], why)] : []
  })
  if (useless.length > 0) throw new AggregateError(useless)
}

/** @throws Trouble where a door would have nothing to serve. */
export function checkServed(served: Served, dataSources: readonly DataSourceConfig[]): void {
  if (served.postgres && !dataSources.some(({ url }) => isPostgres(url)))
    throw new Trouble(['postgres'], 'has nothing to serve: no data source is postgres://…')
  if (served.mysql && !dataSources.some(({ url }) => isMysql(url)))
    throw new Trouble(['mysql'], 'has nothing to serve: no data source is mysql://…')
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Whether each certificate of a PEM file can be read, and there is one: TLS passes over what it cannot read. */
export function holdsCertificates(pem: string): boolean {
  const found = pem.match(CERTIFICATE) ?? []
  return found.length > 0 && found.every(isCertificate)
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}
