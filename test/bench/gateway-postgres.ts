/**
 * `npm run bench -- gateway-postgres`: what the PostgreSQL door costs under pci-baseline, beside the server itself
 * and pgbouncer in front of it, and Acra as `acra.ts` says. Needs pgbench, and apt for pgbouncer; takes some eight minutes.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAcra } from './acra.js'
import { readBulk } from './gateway-postgres-bulk.js'
import { alternateLoads, foreignLoad, type Load, type Way } from './gateway-postgres-load.js'
import {
  type Database,
  type Ends,
  openDatabase,
  openDoorWay,
  openPgbouncer,
} from './gateway-postgres-ways.js'
import type { Section } from './section.js'

const JUDGED = 'Cardea, page cache'

/** @param quick a round or two of each, to see that it works. */
export async function gatewayPostgresSections(quick: boolean): Promise<Section[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-bench-postgres-'))
  chmodSync(directory, 0o755)
  const ends: Ends = [async () => rmSync(directory, { recursive: true, force: true })]
  try {
    const database = await openDatabase(ends, quick ? 100_000 : 5_000_000)
    const ways: Way[] = [{ name: 'direct', port: database.port, pids: [] }]
    ways.push(await openPgbouncer(database, directory, ends))
    for (const [durability, processes] of [
      ['os', 1],
      ['fsync', 1],
      ['os', 2],
    ] as const)
      ways.push(await openDoorWay(database, directory, { durability, processes }, ends))
    const acra = await openAcra('postgresql', database.port, directory, ends)
    if (acra !== undefined) ways.push({ name: 'Acra', ...acra })
    return [...(await loads(ways, database, directory, quick)), ...(await bulks(ways, database, quick))]
  } finally {
    for (const end of ends) await end()
  }
}

async function loads(
  ways: readonly Way[],
  { login }: Database,
  directory: string,
  quick: boolean,
): Promise<Section[]> {
  const times = quick ? { seconds: 1, rounds: 1 } : { seconds: 1, rounds: 7 }
  const script = join(directory, 'rows.sql')
  writeFileSync(script, 'select * from cards;\n')
  const section = async (
    title: string,
    load: Omit<Load, 'seconds' | 'rounds'>,
    rest: Pick<Section, 'target' | 'within'>,
  ): Promise<Section> => {
    const notes = await busy()
    return { title, ...rest, results: await alternateLoads(ways, login, { ...load, ...times }), notes }
  }
  const one = { target: '≤ 1.4 × pgbouncer’s latency', within: { name: JUDGED, against: 1, ratio: 1.4 } }
  const eight = {
    target: '≥ 0.6 × pgbouncer’s per second',
    within: { name: JUDGED, against: 1, ratio: 1 / 0.6 },
  }
  const rows = { target: '≤ 1.25 × direct', within: { name: JUDGED, against: 0, ratio: 1.25 } }
  return [
    await section('pgbench -S, 1 client', { clients: 1, mode: 'simple' }, one),
    await section('pgbench -S, 1 client, prepared', { clients: 1, mode: 'prepared' }, one),
    await section('pgbench -S, 8 clients', { clients: 8, mode: 'simple' }, eight),
    await section('pgbench -S, 8 clients, prepared', { clients: 8, mode: 'prepared' }, eight),
    await section(
      '1,000 rows × 8 columns, one masked, 1 client',
      { clients: 1, mode: 'simple', script },
      rows,
    ),
  ]
}

async function bulks(ways: readonly Way[], { login }: Database, quick: boolean): Promise<Section[]> {
  const some = ways.filter(({ name }) => name === 'direct' || name === 'pgbouncer' || name === JUDGED)
  const section = async (
    title: string,
    text: string,
    rest: Pick<Section, 'target' | 'most'>,
  ): Promise<Section> => {
    const notes = await busy()
    const results = await readBulk(some, login, text)
    return {
      title,
      ...rest,
      results: results.map(({ measured }) => measured),
      notes: [...notes, ...results.map(({ memory }) => memory).filter(memory => memory !== '')],
    }
  }
  return [
    await section(`${quick ? 'a hundred thousand' : '5 million'} rows, one read`, 'select * from numbers', {
      target: 'memory stays flat',
    }),
    await section('a cell of 50 MB', 'select content from files where id = 1', {
      target: 'under a second',
      ...(quick ? {} : { most: 1_000_000 }),
    }),
  ]
}

/** Figures of a busy machine are of no use to anybody. */
async function busy(): Promise<string[]> {
  const load = await foreignLoad()
  return load < 0.15
    ? []
    : [`Others used ${load.toFixed(2)} of a processor just before: these figures prove nothing.`]
}
