import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../../../errors.js'
import { isLocal } from '../socket.js'

/** Where a MySQL or MariaDB server is, and as whom and how safely it is reached. */
export interface MysqlTarget {
  /** A name, an address, or the path of a Unix socket. */
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
}

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
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^(mysql|mariadb):$/.test(url.protocol)) {
    throw new ConfigurationError('must look like mysql://user@host:3306/database')
  }
  const { searchParams } = url
  const known = ['ssl-mode', 'ssl-ca', 'socket']
  if ([...searchParams.keys()].some(name => !known.includes(name))) {
    throw new ConfigurationError(`The options of a MySQL URL are ${known.join(', ')}.`)
  }
  const host =
    searchParams.get('socket') ?? (decoded(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost')
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
    ...(root === null ? {} : { ca: authorities(root) }),
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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ConfigurationError('A database URL holds a percent sign that encodes nothing.')
  }
}

function authorities(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new ConfigurationError('The file that ssl-ca of a database URL names cannot be read.')
  }
}
