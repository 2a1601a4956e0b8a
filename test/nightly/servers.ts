/** A fresh server for one run of one suite, and the gateway before it. */
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { locatePostgres, startPostgres } from '../support/servers/postgres.js'
import { unprivilegedUser } from '../support/servers/process.js'
import { openMariadb } from './mariadb-server.js'
import { type Place, type Route, type Suite, urlOf } from './suite.js'

export interface Stage {
  readonly route: Route
  /** What the gateway has written, if there is one. */
  log(): string
  close(): Promise<void>
}

const SETTINGS = [
  ...['fsync=off', 'full_page_writes=off', 'max_connections=200', 'timezone=America/Los_Angeles'],
  ...['wal_level=logical', 'max_prepared_transactions=20', 'log_autovacuum_min_duration=-1'],
]

/** The database that every suite runs in; some tests print its name. */
export const DATABASE = 'regression'

export async function openStage(
  name: Route['name'],
  { engine = 'postgres', catalog = 'live' }: Pick<Suite, 'engine' | 'catalog'>,
): Promise<Stage> {
  const ends: (() => Promise<unknown>)[] = []
  try {
    const scratch = mkdtempSync(join(tmpdir(), 'cardea-nightly-'))
    ends.unshift(async () => rmSync(scratch, { recursive: true, force: true }))
    const user = unprivilegedUser()
    if (user !== undefined) chownSync(scratch, user.uid, user.gid)
    chmodSync(scratch, 0o777)
    const server = await (engine === 'postgres' ? openPostgres(ends) : openMariadb(DATABASE, ends))
    if (name === 'direct') return { route: { name, place: server, server, scratch }, log: () => '', close }
    const url = urlOf(server, engine === 'postgres' ? 'postgresql' : 'mysql')
    const gateway = await openGateway(url, scratch, catalog)
    ends.unshift(gateway.close)
    const place = { ...server, host: '127.0.0.1', port: gateway.port }
    return { route: { name, place, server, scratch }, log: gateway.log, close }
  } catch (error) {
    await close()
    throw error
  }

  async function close(): Promise<void> {
    for (const end of ends) await end()
  }
}

async function openPostgres(ends: (() => Promise<unknown>)[]): Promise<Place> {
  const { address, stop } = await startPostgres(await locatePostgres(), SETTINGS)
  ends.unshift(stop)
  const { host, port, user, password, log = '' } = address
  // Suites connect as users of their own making, straight and through the gateway.
  const access = join(dirname(log), 'data', 'pg_hba.conf')
  writeFileSync(access, readFileSync(access, 'utf8').replaceAll('scram-sha-256', 'trust'))
  await administer({ host, port, user, password, database: 'postgres' }, [
    'select pg_reload_conf()',
    `create database ${DATABASE} template template0`,
    `alter database ${DATABASE} set lc_messages to 'C'`,
    `alter database ${DATABASE} set lc_monetary to 'C'`,
    `alter database ${DATABASE} set lc_numeric to 'C'`,
    `alter database ${DATABASE} set lc_time to 'C'`,
    `alter database ${DATABASE} set bytea_output to 'hex'`,
    `alter database ${DATABASE} set timezone_abbreviations to 'Default'`,
  ])
  return { host, port, user, password, database: DATABASE }
}

/** Runs statements past every gateway. */
export async function administer(place: Place, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ ...place })
  client.on('error', () => {})
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

interface RunningGateway {
  readonly port: number
  log(): string
  close(): Promise<void>
}

/** A process of its own, so that it shares no event loop with what measures it. */
async function openGateway(url: string, directory: string, catalog: string): Promise<RunningGateway> {
  const here = fileURLToPath(new URL('../../', import.meta.url))
  const script = fileURLToPath(new URL('allow-all-gateway.ts', import.meta.url))
  const loader = join(here, 'test', 'support', 'typescript.mjs')
  const child = spawn(process.execPath, ['--import', loader, script, url, directory, catalog], {
    cwd: here,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (log.length < 1_000_000) log += chunk.toString('utf8')
  })
  const ended = new Promise<void>(done => child.once('close', () => done()))
  const port = await new Promise<number>((done, failed) => {
    createInterface({ input: child.stdout }).once('line', line => done(Number(line)))
    child.once('close', () => failed(new Error(`The gateway did not start:\n${log.slice(-4000)}`)))
  })
  return {
    port,
    log: () => log,
    close: async () => {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    },
  }
}
