/** The ways to the database of the MySQL bench: straight, through the MySQL door, through other proxies. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/servers/process.js'
import { listening, openAcra } from './acra.js'

export interface Way {
  readonly name: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly pids: readonly number[]
}

export type Ends = (() => Promise<unknown>)[]

export interface Upstream {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export async function openDoor(
  url: string,
  directory: string,
  durability: 'os' | 'fsync',
  ends: Ends,
): Promise<Way> {
  const place = await openScript('gateway-mysql-door.ts', [url, directory, durability], ends)
  const name = durability === 'os' ? 'Cardea, page cache' : 'Cardea, fsync'
  return { name, ...place, user: 'bench', password: 'any' }
}

/** Other proxies; all take statements as text. */
export async function openPeers(
  url: string,
  upstream: Upstream,
  directory: string,
  ends: Ends,
): Promise<Way[]> {
  const { user, password } = upstream
  const own = await openScript('gateway-mysql-peer.ts', [url], ends)
  const peers: Way[] = [{ name: 'a proxy written with mysql2', ...own, user, password }]
  const program = process.env['CARDEA_BENCH_KINGSHARD']
  if (program !== undefined) peers.push(await openKingshard(program, upstream, directory, ends))
  const acra = await openAcra('mysql', upstream.port, directory, ends)
  if (acra !== undefined) peers.push({ name: 'Acra', ...acra, user, password })
  return peers
}

/** A script that prints its port and its processes, and ends with its standard input. */
async function openScript(
  name: string,
  args: readonly string[],
  ends: Ends,
): Promise<Pick<Way, 'port' | 'pids'>> {
  const script = fileURLToPath(new URL(name, import.meta.url))
  const loader = join(ROOT, 'test', 'support', 'typescript.mjs')
  const child = spawn(process.execPath, ['--import', loader, script, ...args], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = new Promise(done => child.once('close', done))
  ends.unshift(() => {
    child.stdin.end()
    return closed
  })
  const line = await new Promise<string>((done, failed) => {
    createInterface({ input: child.stdout }).once('line', done)
    child.once('close', () => failed(new Error(`${name} did not open.`)))
  })
  const [port = 0, ...pids] = line.split(' ').map(Number)
  return { port, pids }
}

/** @see https://github.com/flike/kingshard */
async function openKingshard(
  program: string,
  { host, port: behind, user, password }: Upstream,
  directory: string,
  ends: Ends,
): Promise<Way> {
  const [port, web, metrics] = [await freePort(), await freePort(), await freePort()]
  const file = join(directory, 'kingshard.yaml')
  writeFileSync(
    file,
    `addr: 127.0.0.1:${port}
prometheus_addr: 127.0.0.1:${metrics}
web_addr: 127.0.0.1:${web}
web_user: admin
web_password: admin
log_level: error
log_sql: off
user_list:
- { user: ${user}, password: ${password} }
nodes:
- { name: node1, max_conns_limit: 32, user: ${user}, password: ${password}, master: '${host}:${behind}', down_after_noalive: 0 }
schema_list:
- { user: ${user}, nodes: [node1], default: node1 }
`,
  )
  const child = spawn(program, ['-config', file], { cwd: directory, stdio: 'ignore' })
  const closed = new Promise(done => child.once('close', done))
  ends.unshift(() => {
    child.kill('SIGKILL')
    return closed
  })
  await listening(port)
  return { name: 'kingshard', port, user, password, pids: [child.pid ?? 0] }
}
