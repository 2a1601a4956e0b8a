/** A private MySQL proper (see mysql-download.ts). It logs every statement it is sent, and never syncs. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import type { StartedServer } from './postgres.js'
import { freePort, PrivateServer, type ServerAddress } from './process.js'

/** @param tree as `mysqlTree` gives it. @example const server = await startMysql(await mysqlTree()) */
export async function startMysql(tree: string): Promise<StartedServer> {
  const server = new PrivateServer('mysql', 'KILL')
  try {
    return { address: await launch(server, await server.reachable(tree)), stop: () => server.stop() }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** How a program of the tree is started: by the tree's own loader, as the programs need its C library. */
export function mysqlProgram(tree: string, program: string): readonly [string, ...string[]] {
  const libraries = readdirSync(join(tree, 'usr/lib')).filter(name => name.includes('-linux-'))
  const [loader = ''] = readdirSync(join(tree, 'usr/lib64')).filter(name => name.startsWith('ld-linux'))
  const path = libraries.map(name => join(tree, 'usr/lib', name)).join(':')
  return [join(tree, 'usr/lib64', loader), '--library-path', path, join(tree, 'usr', program)]
}

async function launch(server: PrivateServer, tree: string): Promise<ServerAddress> {
  const [loader, ...begin] = mysqlProgram(tree, 'sbin/mysqld')
  const address = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'cardea',
    password: 'cardea-test',
    database: 'mysql',
    log: server.path('server.log'),
  }
  const temporary = server.path('tmp')
  await server.run('mkdir', [temporary])
  const common = [
    ...[...begin, '--no-defaults', `--basedir=${join(tree, 'usr')}`, `--datadir=${server.path('data')}`],
    ...[`--tmpdir=${temporary}`, `--lc-messages-dir=${join(tree, 'usr/share/mysql')}`],
    ...[`--plugin-dir=${join(tree, 'usr/lib/mysql/plugin')}`, '--secure-file-priv='],
  ]
  await server.run(loader, [...common, '--initialize-insecure'])
  const account = `'${address.user}'@'127.0.0.1'`
  writeFileSync(
    server.path('init.sql'),
    `CREATE USER ${account} IDENTIFIED BY '${address.password}';\nGRANT ALL ON *.* TO ${account} WITH GRANT OPTION;\n`,
    { mode: 0o644 },
  )
  const options = [
    ...[...common, `--init-file=${server.path('init.sql')}`, '--bind-address=127.0.0.1', '--mysqlx=OFF'],
    ...[`--port=${address.port}`, `--socket=${server.path('server.sock')}`, '--skip-name-resolve'],
    ...[`--pid-file=${server.path('server.pid')}`, '--max-connections=200', '--innodb-buffer-pool-size=64M'],
    ...['--innodb-flush-log-at-trx-commit=0', '--innodb-flush-method=nosync', '--skip-log-bin'],
    // What EXPLAIN estimates stays as ANALYZE TABLE has left it, whatever is rolled back meanwhile.
    '--innodb-stats-auto-recalc=OFF',
    ...['--general-log', `--general-log-file=${address.log}`],
  ]
  const errors = server.path('server.err')
  server.start(loader, options, errors)
  await server.ready(async () => {
    const { log: _, ...connection } = address
    const client = await mysql.createConnection(connection)
    await client.end()
  }, errors)
  return address
}
