import { ConfigurationError } from '../../../errors.js'
import { databaseUrl, decoded, hostOf, namedFile, type Target } from '../database-url.js'
import { isLocal } from '../socket.js'

/** A PostgreSQL server. `host`: a name, an address, or the directory of a Unix socket. */
export type PgTarget = Target

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
  const url = databaseUrl(text, /^postgres(ql)?:$/, 'postgres://user@host:5432/database')
  const { searchParams } = url
  const host = searchParams.get('host') ?? hostOf(url)
  const user = decoded(url.username) || (searchParams.get('user') ?? '')
  if (user === '') throw new ConfigurationError('A database URL has to name the user.')
  const root = searchParams.get('sslrootcert')
  const ca = root === null || root === 'system' ? undefined : namedFile(root, 'sslrootcert')
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

function optionalFile(path: string | null, option: string): string | undefined {
  return path === null ? undefined : namedFile(path, option)
}
