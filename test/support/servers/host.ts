/**
 * Holds the database servers of one test run, in jest's own process, and starts each when the first test
 * file asks for it (over HTTP on the loopback interface: test files run in other processes).
 *
 * Each of jest's workers has servers of its own: a MariaDB connection sees every database of its server, so
 * another file's tables there would change the catalog, and void approvals, under a test.
 *
 * Where a server comes from, in this order: a URL in the environment, programs on this machine, packages. With
 * CARDEA_TEST_MYSQL=true a MySQL proper takes MariaDB's place.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { locateMariadb, startMariadb } from './mariadb.js'
import { startMysql } from './mysql.js'
import { mysqlTree } from './mysql-download.js'
import { locatePostgres, type StartedServer, startPostgres } from './postgres.js'
import type { ServerAddress } from './process.js'

export type Engine = 'postgres' | 'mariadb'

/** What test files are told, as JSON in CARDEA_TEST_DATABASES. */
export interface Handover {
  /** Answers `GET /postgres/<worker>` and `GET /mariadb/<worker>` with a ServerAddress. */
  readonly url: string
  /** The file in which test files note what they skip, one line each; not there when nothing was. */
  readonly skipped: string
  /** Engines that cannot be had here, and why. */
  readonly missing: Partial<Record<Engine, string>>
}

export interface DatabaseHost {
  readonly handover: Handover
  /** Stops every server that was started. Says what was skipped for want of one. */
  close(): Promise<string | undefined>
}

type Start = () => Promise<StartedServer>

export async function hostDatabases(): Promise<DatabaseHost> {
  const missing: Partial<Record<Engine, string>> = {}
  const starts: Partial<Record<Engine, Start>> = {}
  const find = async (engine: Engine, locate: () => Promise<Start>): Promise<void> => {
    try {
      starts[engine] = fromEnvironment(engine) ?? (await locate())
    } catch (error) {
      missing[engine] = error instanceof Error ? error.message : String(error)
    }
  }
  await Promise.all([
    find('postgres', async () => startPostgres.bind(undefined, await locatePostgres(), undefined)),
    find('mariadb', async () =>
      process.env['CARDEA_TEST_MYSQL'] === 'true'
        ? startMysql.bind(undefined, await mysqlTree())
        : startMariadb.bind(undefined, await locateMariadb()),
    ),
  ])

  const started = new Map<string, Promise<StartedServer>>()
  const skipped = join(tmpdir(), `cardea-skipped-${randomBytes(6).toString('hex')}`)
  const answer = async (path: string): Promise<ServerAddress> => {
    const engine = path.startsWith('/postgres/') ? 'postgres' : 'mariadb'
    const start = starts[engine]
    if (start === undefined) throw new Error(missing[engine])
    const server = started.get(path) ?? start()
    started.set(path, server)
    return (await server).address
  }
  const http = createServer((request, response) => {
    // On a busy machine a kept connection may be closed by one end while the other uses it again.
    response.setHeader('connection', 'close')
    answer(request.url ?? '').then(
      address => response.end(JSON.stringify(address)),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await new Promise<void>(done => http.listen(0, '127.0.0.1', done))
  http.unref()
  const bound = http.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0

  return {
    handover: { url: `http://127.0.0.1:${port}`, skipped, missing },
    close: async () => {
      http.close()
      http.closeAllConnections()
      const servers = await Promise.allSettled(started.values())
      await Promise.all(servers.map(server => server.status === 'fulfilled' && server.value.stop()))
      const report = reportSkipped(skipped, missing)
      rmSync(skipped, { force: true })
      return report
    },
  }
}

function fromEnvironment(engine: Engine): Start | undefined {
  const name = `CARDEA_TEST_${engine.toUpperCase()}_URL`
  const value = process.env[name]
  if (value === undefined || value === '') return undefined
  const url = new URL(value)
  const address = {
    host: url.hostname,
    port: Number(url.port || (engine === 'postgres' ? 5432 : 3306)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1) || (engine === 'postgres' ? 'postgres' : 'mysql'),
  }
  return async () => ({ address, stop: async () => {} })
}

function reportSkipped(file: string, missing: Handover['missing']): string | undefined {
  let lines: string[]
  try {
    lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  } catch {
    return undefined
  }
  const reasons = Object.entries(missing).map(([engine, why]) => `${engine}: ${why}`)
  return [
    `SKIPPED ${lines.length} group(s) of tests for want of a database server:`,
    ...lines.map(line => `  ${line}`),
    ...reasons,
    'With CI=true this is a failure.',
  ].join('\n')
}
