/**
 * `npm run bench -- gateway-mysql`: what the MySQL door costs under pci-baseline, beside the server itself and other
 * proxies: one written with `mysql2`; kingshard where `CARDEA_BENCH_KINGSHARD` names its program; Acra as `acra.ts` says.
 * Needs apt for sysbench; takes some five minutes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { locateSysbench } from '../nightly/sysbench.js'
import { openWorkshop } from '../nightly/workshop.js'
import { locateMariadb, startMariadb } from '../support/servers/mariadb.js'
import { type Ends, openDoor, openPeers, type Way } from './gateway-mysql-ways.js'
import { foreignLoad, median, processorTime } from './gateway-postgres-load.js'
import type { Measured } from './rounds.js'
import type { Section } from './section.js'

type Sysbench = (way: Way, args: readonly string[]) => Promise<string>

interface Turn {
  readonly elapsed: number
  readonly processor: number
}

const JUDGED = 'Cardea, page cache'
const ROWS = 10_000

/** @param quick a round of each, to see that it works. */
export async function gatewayMysqlSections(quick: boolean): Promise<Section[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-bench-mysql-'))
  const ends: Ends = [async () => rmSync(directory, { recursive: true, force: true })]
  try {
    const { address, stop } = await startMariadb(await locateMariadb())
    ends.unshift(stop)
    const { host, port, user, password } = address
    const admin = await mysql.createConnection({ host, port, user, password })
    await admin.query('create database sbtest')
    await admin.end()
    const direct: Way = { name: 'direct', port, user, password, pids: [] }
    const run = await locateSysbench(openWorkshop())
    const sysbench: Sysbench = ({ port, user, password }, args) => {
      const place = { host: '127.0.0.1', port, user, password, database: 'sbtest' }
      return run(place, 'oltp_point_select', [`--table-size=${ROWS}`, ...args])
    }
    await sysbench(direct, ['--threads=1', 'prepare'])
    const ways = [direct]
    const url = `mysql://${user}:${password}@${host}:${port}/sbtest`
    for (const durability of ['os', 'fsync'] as const)
      ways.push(await openDoor(url, directory, durability, ends))
    const rounds = quick ? 1 : 7
    const section = async (
      threads: number,
      mode: 'prepared' | 'text',
      among: readonly Way[],
      rest: Pick<Section, 'target' | 'within'>,
    ): Promise<Section> => {
      const notes = await busy()
      const results = await alternate(sysbench, among, { threads, mode }, rounds)
      return { title: `sysbench oltp_point_select, ${mode}, ${threads} threads`, ...rest, results, notes }
    }
    const prepared = [
      await section(1, 'prepared', ways, {
        target: '≤ 1.7 × direct',
        within: { name: JUDGED, against: 0, ratio: 1.7 },
      }),
      await section(8, 'prepared', ways, {
        target: '≥ 0.4 × direct per second',
        within: { name: JUDGED, against: 0, ratio: 1 / 0.4 },
      }),
    ]
    const [, judged = direct] = ways
    const among = [direct, ...(await openPeers(url, address, directory, ends)), judged]
    const target = 'beside other proxies'
    return [
      ...prepared,
      await section(1, 'text', among, { target }),
      await section(8, 'text', among, { target }),
    ]
  } finally {
    for (const end of ends) await end()
  }
}

async function alternate(
  sysbench: Sysbench,
  ways: readonly Way[],
  { threads, mode }: { readonly threads: number; readonly mode: 'prepared' | 'text' },
  rounds: number,
): Promise<Measured[]> {
  const turn = async (way: Way, seconds: number): Promise<Turn> => {
    const before = processorTime(way.pids)
    const statements = `--db-ps-mode=${mode === 'text' ? 'disable' : 'auto'}`
    const told = await sysbench(way, [statements, `--threads=${threads}`, `--time=${seconds}`, 'run'])
    const [, count] = /transactions:\s+(\d+)/.exec(told) ?? []
    const [, perSecond] = /transactions:\s+\d+\s+\(([\d.]+) per sec/.exec(told) ?? []
    if (count === undefined || perSecond === undefined) throw new Error(`${way.name}: ${told}`)
    const processor = ((processorTime(way.pids) - before) * 1e6) / Number(count)
    return { elapsed: 1e6 / Number(perSecond), processor }
  }
  const turns = ways.map((): Turn[] => [])
  // A process that runs JavaScript needs some thousand statements to become what it will be.
  for (const way of ways) await turn(way, 2)
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < ways.length; place++) {
      const index = (round + place) % ways.length
      const way = ways[index]
      if (way !== undefined) turns[index]?.push(await turn(way, 1))
    }
  }
  const baseline = turns[0] ?? []
  return ways.map(({ name }, index) => {
    const own = turns[index] ?? []
    return {
      name,
      microseconds: median(own.map(({ elapsed }) => elapsed)),
      ratios: [median(own.map(({ elapsed }, round) => elapsed / (baseline[round]?.elapsed ?? Number.NaN)))],
      processor: median(own.map(({ processor }) => processor)),
    }
  })
}

/** Figures of a busy machine are of no use to anybody. */
async function busy(): Promise<string[]> {
  const load = await foreignLoad()
  return load < 0.15
    ? []
    : [`Others used ${load.toFixed(2)} of a processor just before: these figures prove nothing.`]
}
