import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../../../errors.js'
import { isLocal } from '../socket.js'

/** Where a PostgreSQL server is, and as whom and how safely it is reached. */
export interface PgTarget {
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /**
   * `plain`: no TLS. `encrypted`: TLS with whoever answers. `authority`: the certificate is vouched for. `full`: and it
   * names the host.
   */
  readonly tls: 'plain' | 'encrypted' | 'authority' | 'full'
  /** PEM of the authorities that count; absent: those that Node.js knows. */
  readonly ca?: string
  /** PEM: what Cardea shows the server. */
  readonly cert?: string
  readonly key?: string
}

/**
 * Reads a URL as libpq does, except that TLS is verified in full for any server off this machine unless the URL says
 * otherwise, and that the modes which fall back to clear text are refused.
 *
 * @param text `postgres://user:password@host:5432/database?sslmode=verify-full&sslrootcert=/etc/ca.pem`; a Unix socket
 *   is `?host=/var/run/postgresql`.
 * @throws ConfigurationError which does not repeat the URL: it may hold a password.
 * @see https://www.postgresql.org/docs/current/libpq-connect.html
 */
export function pgTarget(text: string): PgTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new ConfigurationError('must look like postgres://user@host:5432/database')
  }
  const { searchParams } = url
  const host = searchParams.get('host') ?? (decoded(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost')
  const user = decoded(url.username) || (searchParams.get('user') ?? '')
  if (user === '') throw new ConfigurationError('A database URL has to name the user.')
  const root = searchParams.get('sslrootcert')
  const ca = root === null || root === 'system' ? undefined : file(root, 'sslrootcert')
  const cert = optionalFile(searchParams.get('sslcert'), 'sslcert')
  const key = optionalFile(searchParams.get('sslkey'), 'sslkey')
  return Object.freeze<PgTarget>({
    host,
    port: Number(url.port || searchParams.get('port') || 5432),
    user,
    password: decoded(url.password) || (searchParams.get('password') ?? ''),
    database: decoded(url.pathname.slice(1)) || (searchParams.get('dbname') ?? user),
    tls: safety(searchParams.get('sslmode'), host, ca !== undefined),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
}

function safety(mode: string | null, host: string, hasRoot: boolean): PgTarget['tls'] {
  if (host.startsWith('/')) return 'plain'
  switch (mode) {
    case null:
      return isLocal(host) && !hasRoot ? 'plain' : 'full'
    case 'disable':
      return 'plain'
    case 'require':
      return hasRoot ? 'authority' : 'encrypted'
    case 'verify-ca':
      return 'authority'
    case 'verify-full':
      return 'full'
    default:
      throw new ConfigurationError(
        'sslmode must be disable, require, verify-ca or verify-full: the others may send passwords in clear text.',
      )
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ConfigurationError('A database URL holds a percent sign that encodes nothing.')
  }
}

function optionalFile(path: string | null, name: string): string | undefined {
  return path === null ? undefined : file(path, name)
}

function file(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new ConfigurationError(`The file that ${name} of a database URL names cannot be read.`)
  }
}
