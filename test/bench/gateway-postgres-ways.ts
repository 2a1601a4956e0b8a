/** The database of the bench, and the ways to it: straight, through pgbouncer, through the PostgreSQL door. */
import { execFile, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { openWorkshop } from '../nightly/workshop.js'
import { locatePostgres, startPostgres } from '../support/servers/postgres.js'
import { freePort, unprivilegedUser } from '../support/servers/process.js'
import type { Login, Way } from './gateway-postgres-load.js'

export type Ends = (() => Promise<unknown>)[]

export interface Database {
  readonly login: Login
  readonly port: number
  readonly url: string
}

const LOGIN: Login = { user: 'gateway', password: 'bench-password', database: 'shop' }

const SEED = `
create table cards (id int primary key, customer_id int not null, pan text not null, brand text not null,
  holder text not null, expires date not null, balance numeric(12,2) not null, note text);
insert into cards select n, n, (array['4111111111111111','5555555555554444','378282246310005'])[1 + n % 3],
  (array['visa','mastercard','amex'])[1 + n % 3], 'Holder Number ' || n, date '2030-01-01' + n, n * 1.25,
  'called about invoice ' || n || ', asked for a copy by post' from generate_series(1, 1000) n;
create table numbers (id int not null, name text not null, amount numeric(12,2) not null);
create table files (id int primary key, content text not null);
alter table files alter content set storage external;
insert into files select 1, repeat('0123456789abcde ', 50 * 1024 * 1024 / 16);
`

/** @param rows of the large table. */
export async function openDatabase(ends: Ends, rows: number): Promise<Database> {
  const { address, stop } = await startPostgres(await locatePostgres(), ['autovacuum=off'])
  ends.unshift(stop)
  const { host, port, user, password, database } = address
  const run = async (place: pg.ClientConfig, statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ host, port, ...place })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  }
  await run({ user, password, database }, [
    `create role ${LOGIN.user} login password '${LOGIN.password}'`,
    `create database ${LOGIN.database} owner ${LOGIN.user}`,
  ])
  const env = { ...process.env, PGPASSWORD: LOGIN.password }
  const args = ['-h', host, '-p', String(port), '-U', LOGIN.user, '-i', '-q', '-s', '5', LOGIN.database]
  await promisify(execFile)('pgbench', args, { env })
  await run({ ...LOGIN }, [
    SEED,
    `insert into numbers select n, 'number ' || n, n * 0.25 from generate_series(1, ${rows}) n`,
    'analyze',
  ])
  const url = `postgres://${LOGIN.user}:${LOGIN.password}@${host}:${port}/${LOGIN.database}`
  return { login: LOGIN, port, url }
}

/** pgbouncer of Debian, a connection of the server's own for each client as the door has it. */
export async function openPgbouncer(database: Database, directory: string, ends: Ends): Promise<Way> {
  const workshop = openWorkshop()
  const root = await workshop.debianFiles('pgbouncer', ['pgbouncer', 'libevent-2.1-7', 'libc-ares2'])
  const port = await freePort()
  const { login } = database
  const own = join(directory, 'pgbouncer')
  mkdirSync(own)
  const file = join(own, 'pgbouncer.ini')
  const target = `host=127.0.0.1 port=${database.port} user=${login.user} password=${login.password}`
  writeFileSync(
    file,
    `[databases]\n${login.database} = ${target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\n` +
      'unix_socket_dir =\nauth_type = any\npool_mode = session\ndefault_pool_size = 50\nlog_connections = 0\nlog_disconnections = 0\n',
  )
  const user = unprivilegedUser()
  for (const path of [directory, own]) chmodSync(path, 0o755)
  if (user !== undefined) chownSync(file, user.uid, user.gid)
  const libraries = join(root, 'usr', 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`)
  const child = spawn(join(root, 'usr', 'sbin', 'pgbouncer'), ['-q', file], {
    ...user,
    cwd: own,
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const closed = new Promise(done => child.once('close', done))
  ends.unshift(() => {
    child.kill('SIGKILL')
    return closed
  })
  return { name: 'pgbouncer', port, pids: [child.pid ?? 0] }
}

/** @param options the trail's durability, and how many processes share the port. */
export async function openDoorWay(
  { url }: Database,
  directory: string,
  options: { readonly durability: 'os' | 'fsync'; readonly processes: number },
  ends: Ends,
): Promise<Way> {
  const { durability, processes } = options
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const script = fileURLToPath(new URL('gateway-postgres-door.ts', import.meta.url))
  const loader = join(root, 'test', 'support', 'typescript.mjs')
  const args = ['--import', loader, script, url, directory, durability, String(processes)]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = new Promise(done => child.once('close', done))
  ends.unshift(() => {
    child.stdin.end()
    return closed
  })
  const line = await new Promise<string>((done, failed) => {
    createInterface({ input: child.stdout }).once('line', done)
    child.once('close', () => failed(new Error('The PostgreSQL door did not open.')))
  })
  const [port = 0, ...pids] = line.split(' ').map(Number)
  const workers = processes === 1 ? '' : `, ${processes} workers`
  const trail = durability === 'os' ? 'page cache' : 'fsync'
  return { name: `Cardea, ${trail}${workers}`, port, pids }
}
