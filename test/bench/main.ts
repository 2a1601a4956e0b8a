/**
 * `npm run bench`: what governance costs, beside the same Knex without it, on a private PostgreSQL.
 * `--json` prints JSON instead of the table; `--quick` runs a few rounds, to see that it works;
 * `--analysis` measures the analysis alone, without a server; `mcp` the MCP doors alone; `gateway-postgres` the PostgreSQL
 * door alone, beside pgbouncer; `gateway-mysql` the MySQL door alone; `detectors` what masking finds and costs, beside other redactors; `trail` the trail.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileTrail, GovernedConnection, loadPolicy } from 'cardea'
import knexFactory, { type Knex } from 'knex'
import { locatePostgres, startPostgres } from '../support/servers/postgres.js'
import { analysisSections } from './analysis.js'
import { detectorSections } from './detectors.js'
import { gatewayMysqlSections } from './gateway-mysql.js'
import { gatewayPostgresSections } from './gateway-postgres.js'
import { mcpSections } from './mcp.js'
import { alternate, type Contestant, type Measured, oneByOne, sideBySide } from './rounds.js'
import { isMet, type Section } from './section.js'
import { trailSections } from './trail.js'
import { watchWire } from './wire.js'

const principal = { subject: 'bench@corp.example', issuer: 'https://login.corp.example' }
const quick = process.argv.includes('--quick')
const CALLERS = 64

async function main(): Promise<void> {
  if (process.argv.includes('mcp')) return report(await mcpSections(scaled))
  if (process.argv.includes('detectors')) return report(await detectorSections(quick))
  if (process.argv.includes('trail')) return report(await trailSections(quick))
  if (process.argv.includes('gateway-mysql')) return report(await gatewayMysqlSections(quick))
  if (process.argv.includes('gateway-postgres')) return report(await gatewayPostgresSections(quick))
  const sections = await analysisSections(scaled)
  if (process.argv.includes('--analysis')) return report(sections)
  report([...(await withServer()), ...sections, ...(await mcpSections(scaled))])
}

function scaled(rounds: number, times: number): { readonly rounds: number; readonly times: number } {
  return { rounds: quick ? 3 : rounds, times: quick ? Math.ceil(times / 10) : times }
}

async function withServer(): Promise<Section[]> {
  const server = await startPostgres(await locatePostgres(), [])
  const directory = await mkdtemp(join(tmpdir(), 'cardea-bench-'))
  const open: (() => Promise<unknown>)[] = []
  const { log: _, ...connection } = server.address
  const connect = (): Knex => {
    const knex = knexFactory({ client: 'pg', connection, pool: { min: 0, max: 10 } })
    open.push(() => knex.destroy())
    return knex
  }
  const policy = await loadPolicy(fileURLToPath(new URL('policy.yaml', import.meta.url)))
  const govern = async (durability: 'os' | 'fsync'): Promise<GovernedConnection> => {
    const audit = fileTrail({ directory: join(directory, durability), durability })
    const governed = await GovernedConnection.wrap(connect(), { policy, audit })
    open.unshift(() => governed.close())
    return governed
  }
  try {
    const raw = connect()
    await seed(raw)
    const cached = await govern('os')
    const synced = await govern('fsync')
    return await measure(raw, cached, synced)
  } finally {
    for (const close of open) await close()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

async function measure(
  raw: Knex,
  cached: GovernedConnection,
  synced: GovernedConnection,
): Promise<Section[]> {
  const wire = watchWire()
  // Two baselines: the same Knex, and the same Knex with the read-only transaction that a governed read runs in.
  const contestants = (
    work: (db: Knex) => (index: number) => unknown,
    as: (name: string, work: (index: number) => unknown) => Contestant,
  ): Contestant[] => [
    as('raw Knex', work(raw)),
    as('raw Knex, read-only transaction', index =>
      raw.transaction(async trx => work(trx)(index), { readOnly: true }),
    ),
    as('governed, trail in page cache', work(cached.as(principal))),
    as('governed, trail with fsync', work(synced.as(principal))),
  ]
  const byKey = (db: Knex) => (index: number) =>
    db('cards')
      .select('id', 'brand', 'pan')
      .where({ id: (index % 1000) + 1 })
  const wide = (db: Knex) => () => db('cards').select('*')
  const join = (index: number): string =>
    `select c.brand, k.name as name_${index}, sum(p.amount) from payments p join cards c on c.id = p.card_id
     join customers k on k.id = c.customer_id where p.status = ? group by c.brand, k.name`
  const explain = (sql: string): Promise<unknown> => cached.explain(sql, ['settled'], principal)
  const rounds = (count: number, times: number) => ({ baselines: 2, ...scaled(count, times) })
  return [
    {
      title: 'select by key, one caller',
      target: 'page cache ≤ 1.15 × raw; fsync ≤ raw + one fsync',
      results: await alternate(contestants(byKey, oneByOne), { ...rounds(31, 200), wire }),
    },
    {
      title: '1,000 rows × 8 columns, one masked, one caller',
      target: 'masking ≤ 15 % of fetch and parse',
      results: await alternate(contestants(wide, oneByOne), { ...rounds(31, 10), wire }),
    },
    {
      title: `select by key, ${CALLERS} callers`,
      target: 'fsync ≤ 1.25 × raw (≥ 0.8 × its throughput)',
      results: await alternate(
        contestants(byKey, (name, work) => sideBySide(name, CALLERS, work)),
        rounds(21, 2000),
      ),
    },
    {
      title: 'identify to decide, by explain',
      target: 'cached ≤ 10 µs; first sight of a 3-table join ≤ 250 µs',
      results: await alternate(
        [
          oneByOne('cached statement', () => explain(join(0))),
          oneByOne('first sight of a 3-table join', index => explain(join(index + 1))),
        ],
        { ...rounds(31, 200), baselines: 1 },
      ),
    },
  ]
}

async function seed(knex: Knex): Promise<void> {
  await knex.raw(`
    create table customers (id int primary key, name text not null);
    create table cards (id int primary key, customer_id int not null references customers(id), pan text not null,
      brand text not null, holder text not null, expires date not null, balance numeric(12,2) not null, note text);
    create table payments (id int primary key, card_id int not null references cards(id), amount numeric(12,2), status text);
    insert into customers select n, 'customer ' || n from generate_series(1, 1000) n;
    insert into cards select n, n, (array['4111111111111111','5555555555554444','378282246310005'])[1 + n % 3],
      (array['visa','mastercard','amex'])[1 + n % 3], 'Holder Number ' || n, date '2030-01-01' + n, n * 1.25,
      'called about invoice ' || n || ', asked for a copy by post' from generate_series(1, 1000) n;
    insert into payments select n, 1 + n % 1000, n * 0.5, 'settled' from generate_series(1, 1000) n;
    analyze;
  `)
}

function report(sections: readonly Section[]): void {
  if (process.argv.includes('--json')) {
    const machine = { node: process.version, cpu: cpus()[0]?.model, cpus: cpus().length }
    const marked = sections.map(section => ({
      ...section,
      results: section.results.map(result => ({ ...result, met: isMet(section, result) })),
    }))
    print(JSON.stringify({ machine, sections: marked }, null, 2))
    return
  }
  for (const section of sections) {
    print(`\n${section.title}   (target: ${section.target})`)
    print(row('', ['elapsed', 'per second', '× first', '× second', 'processor', 'at server', 'target']))
    for (const result of section.results)
      print(row(result.name, [...figures(result), verdict(isMet(section, result))]))
    for (const note of section.notes ?? []) print(`  ${note}`)
  }
  print('\nTimes in µs for one statement; at server: from the first byte sent to the last answer.')
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return '–'
  return met ? 'met' : 'missed'
}

function figures({ microseconds, ratios: [first, second], processor, atServer }: Measured): string[] {
  const number = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? '–'
  const perSecond = Math.round(1e6 / microseconds).toLocaleString('en')
  return [
    number(microseconds, 1),
    perSecond,
    number(first, 2),
    number(second, 2),
    number(processor, 1),
    number(atServer, 1),
  ]
}

function row(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(34)}${cells.map(cell => cell.padStart(11)).join('')}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

await main()
