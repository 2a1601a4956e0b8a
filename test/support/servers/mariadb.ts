/**
 * A private MariaDB: from the binaries on this machine, else unpacked from Debian's packages into the
 * project's cache folder (see debian-download.ts). It logs every statement it is sent.
 */
import { existsSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import mysql from 'mysql2/promise'
import { debianTree } from './debian-download.js'
import type { StartedServer } from './postgres.js'
import { freePort, isExecutable, PrivateServer, run, type ServerAddress } from './process.js'

export interface MariadbPrograms {
  /** Everything that belongs together. */
  readonly tree: string
  /** The folder in it that holds `bin`, `sbin` and `share`; MariaDB calls it basedir. */
  readonly base: string
  /** `mariadbd`, relative to the base. */
  readonly daemon: string
  /** Folders of shared libraries, relative to the tree. */
  readonly libraries: readonly string[]
}

/** @throws Error when there is neither a server on this machine nor a way to fetch one. */
export async function locateMariadb(): Promise<MariadbPrograms> {
  const paths = [
    ...(process.env['PATH'] ?? '').split(':'),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/mysql/bin',
  ]
  for (const path of paths.flatMap(folder => [join(folder, 'mariadbd'), join(folder, 'mysqld')])) {
    if (!isExecutable(path) || !(await run(path, ['--version'])).includes('MariaDB')) continue
    const daemon = realpathSync(path)
    const tree = dirname(dirname(daemon))
    if (isExecutable(join(tree, INSTALL)))
      return {
        tree,
        base: '.',
        daemon: daemon.slice(tree.length),
        libraries: [],
      }
  }
  const { tree, libraries } = await debianTree({
    name: 'mariadb-server',
    // The last of them holds the plugins.
    packages: ['mariadb-server-core', 'mariadb-client-core', 'mariadb-server'],
    program: `usr/${DAEMON}`,
  })
  return { tree, libraries, base: 'usr', daemon: DAEMON }
}

const INSTALL = 'bin/mariadb-install-db'
const DAEMON = 'sbin/mariadbd'
const PLUGINS = 'lib/mysql/plugin'

/** @example const server = await startMariadb(await locateMariadb()) */
export async function startMariadb(programs: MariadbPrograms): Promise<StartedServer> {
  const server = new PrivateServer('mariadb', 'KILL')
  try {
    return {
      address: await launch(server, programs),
      stop: () => server.stop(),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function launch(server: PrivateServer, programs: MariadbPrograms): Promise<ServerAddress> {
  // A whole /usr is never copied: it is readable by everybody.
  const tree = await server.reachable(programs.tree)
  const base = join(tree, programs.base)
  const env = {
    LD_LIBRARY_PATH: programs.libraries.map(path => join(tree, path)).join(':'),
  }
  const address = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'cardea',
    password: 'cardea-test',
    database: 'mysql',
    log: server.path('server.log'),
  }
  const data = server.path('data')
  // A server that starts clears temporary tables from its folder: in a shared one, another server's too.
  const temporary = server.path('tmp')
  await server.run('mkdir', [temporary])
  await server.run(
    join(base, INSTALL),
    [
      ...['--no-defaults', `--basedir=${base}`, `--datadir=${data}`, `--tmpdir=${temporary}`],
      ...['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
    ],
    env,
  )
  const account = `'${address.user}'@'127.0.0.1'`
  writeFileSync(
    server.path('init.sql'),
    `CREATE USER ${account} IDENTIFIED BY '${address.password}';\nGRANT ALL ON *.* TO ${account} WITH GRANT OPTION;\n`,
    { mode: 0o644 },
  )
  const options = [
    ...['--no-defaults', `--basedir=${base}`, `--datadir=${data}`, `--init-file=${server.path('init.sql')}`],
    ...['--bind-address=127.0.0.1', `--port=${address.port}`, '--socket=server.sock', '--skip-name-resolve'],
    ...['--character-set-server=utf8mb4', '--max-connections=200', '--innodb-buffer-pool-size=64M'],
    ...['--innodb-flush-log-at-trx-commit=0', '--innodb-flush-method=nosync', '--skip-log-bin'],
    // What EXPLAIN estimates stays as ANALYZE TABLE has left it, whatever is rolled back meanwhile.
    '--innodb-stats-auto-recalc=OFF',
    ...['--general-log', `--general-log-file=${address.log}`, `--tmpdir=${temporary}`],
  ]
  const plugins = join(base, PLUGINS)
  if (existsSync(plugins)) options.push(`--plugin-dir=${plugins}`)
  const errors = server.path('server.err')
  server.start(join(base, programs.daemon), options, errors, env)
  await server.ready(async () => {
    const { log: _, ...connection } = address
    const client = await mysql.createConnection(connection)
    await client.end()
  }, errors)
  return address
}
