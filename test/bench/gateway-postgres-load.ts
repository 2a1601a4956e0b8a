/** pgbench, in turns: its own figures, and the processor time of whatever stands between it and the server. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Measured } from './rounds.js'

/** A way to the database. */
export interface Way {
  readonly name: string
  readonly port: number
  /** The processes between, if any. */
  readonly pids: readonly number[]
}

export interface Load {
  readonly clients: number
  readonly mode: 'simple' | 'extended' | 'prepared'
  /** Of SQL; absent: pgbench's own select by key. */
  readonly script?: string
  readonly seconds: number
  readonly rounds: number
}

export interface Login {
  readonly user: string
  readonly password: string
  readonly database: string
}

interface Turn {
  readonly elapsed: number
  readonly processor: number
}

/** Hertz of the kernel's accounting, the same on every Linux that Node.js runs on. */
const TICKS = 100

/** Medians over the rounds; the first two ways are the baselines. Times are of one transaction of all clients together. */
export async function alternateLoads(ways: readonly Way[], login: Login, load: Load): Promise<Measured[]> {
  const turns = ways.map((): Turn[] => [])
  // A process that runs JavaScript needs some thousand statements to become what it will be.
  for (const way of ways) await takeTurn(way, login, { ...load, seconds: 2 * load.seconds })
  for (let round = 0; round < load.rounds; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const index = (round + turn) % ways.length
      const way = ways[index]
      if (way !== undefined) turns[index]?.push(await takeTurn(way, login, load))
    }
  }
  return ways.map(({ name }, index) => {
    const own = turns[index] ?? []
    const against = (baseline: readonly Turn[] = []) =>
      median(own.map(({ elapsed }, round) => elapsed / (baseline[round]?.elapsed ?? Number.NaN)))
    return {
      name,
      microseconds: median(own.map(({ elapsed }) => elapsed)),
      ratios: [against(turns[0]), against(turns[1])],
      processor: median(own.map(({ processor }) => processor)),
    }
  })
}

async function takeTurn({ name, port, pids }: Way, login: Login, load: Load): Promise<Turn> {
  const before = processorTime(pids)
  const args = [
    ...['-n', '-M', load.mode, '-c', String(load.clients), '-j', '1', '-T', String(load.seconds)],
    ...(load.script === undefined ? ['-S'] : ['-f', load.script]),
  ]
  const env = {
    ...process.env,
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: login.user,
    PGPASSWORD: login.password,
    PGDATABASE: login.database,
    PGSSLMODE: 'disable',
  }
  const { stdout, stderr } = await promisify(execFile)('pgbench', args, { env })
  const [, transactions] = /transactions actually processed: (\d+)/.exec(stdout) ?? []
  const [, perSecond] = /tps = ([\d.]+)/.exec(stdout) ?? []
  if (perSecond === undefined || Number(transactions) === 0) throw new Error(`${name}: ${stdout}${stderr}`)
  return {
    elapsed: 1e6 / Number(perSecond),
    processor: ((processorTime(pids) - before) * 1e6) / Number(transactions),
  }
}

/** Seconds that the processes have used, helper threads included. */
export function processorTime(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    // The name, in parentheses, may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / TICKS
}

/** The share of one processor that others use while this process waits. */
export async function foreignLoad(): Promise<number> {
  const busy = (): number => {
    const [user = 0, nice = 0, system = 0] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
      .split(/\s+/)
      .slice(1)
      .map(Number)
    return (user + nice + system) / TICKS
  }
  const [before, start] = [busy(), performance.now()]
  await new Promise(done => setTimeout(done, 1_000))
  return ((busy() - before) * 1_000) / (performance.now() - start)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
