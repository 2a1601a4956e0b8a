import { ConfigurationError } from '../../../errors.js'
import { databaseUrl, decoded, hostOf, namedFile, type Target } from '../database-url.js'
import { isLocal } from '../socket.js'

/** A MySQL or MariaDB server. `host`: a name, an address, or the path of a Unix socket. */
export type MysqlTarget = Target

/**
 * Reads a URL as the clients of MySQL do, except that TLS is verified in full for any server off this machine unless
 * the URL says otherwise, and that the mode which falls back to clear text is refused.
 *
 * @param text `mysql://user:password@host:3306/database?ssl-mode=VERIFY_IDENTITY&ssl-ca=/etc/ca.pem`; a Unix socket is
 *   `?socket=/run/mysqld/mysqld.sock`.
 * @throws ConfigurationError which does not repeat the URL: it may hold a password.
 * @see https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode
 */
export function mysqlTarget(text: string): MysqlTarget {
  const url = databaseUrl(text, /^(mysql|mariadb):$/, 'mysql://user@host:3306/database')
  const { searchParams } = url
  const known = ['ssl-mode', 'ssl-ca', 'socket']
  if ([...searchParams.keys()].some(name => !known.includes(name))) {
    throw new ConfigurationError(`The options of a MySQL URL are ${known.join(', ')}.`)
  }
  const host = searchParams.get('socket') ?? hostOf(url)
  const user = decoded(url.username)
  const database = decoded(url.pathname.slice(1))
  if (user === '') throw new ConfigurationError('A database URL has to name the user.')
  if (database === '') throw new ConfigurationError('A MySQL URL has to name the database.')
  const root = searchParams.get('ssl-ca')
  return Object.freeze<MysqlTarget>({
    host,
    port: Number(url.port || 3306),
    user,
    password: decoded(url.password),
    database,
    tls: safety(searchParams.get('ssl-mode'), host, root !== null),
    ...(root === null ? {} : { ca: namedFile(root, 'ssl-ca') }),
  })
}

function safety(mode: string | null, host: string, hasRoot: boolean): MysqlTarget['tls'] {
  if (host.startsWith('/')) return 'plain'
  if (mode === null) return isLocal(host) && !hasRoot ? 'plain' : 'full'
  switch (mode.toUpperCase()) {
    case 'DISABLED':
      return 'plain'
    case 'REQUIRED':
      return hasRoot ? 'authority' : 'encrypted'
    case 'VERIFY_CA':
      return 'authority'
    case 'VERIFY_IDENTITY':
      return 'full'
    default:
      throw new ConfigurationError(
        'ssl-mode must be DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY: PREFERRED may send data in clear text.',
      )
  }
}
