/** Where a MySQL or MariaDB server is and who asks; a password that is not in the address comes from `MYSQL_PWD`. */
export interface MysqlAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** @param url `mysql://user:password@host:port/database`, checked before. */
export function mysqlAddress(url: string): MysqlAddress {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: decodeURIComponent(hostname),
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password) || process.env['MYSQL_PWD'] || '',
    database: decodeURIComponent(pathname.slice(1)),
  }
}
