/**
 * `npm run bench -- mcp`: what the MCP doors cost. A real gateway process, `cardea mcp` on standard input and
 * output, and a public MCP server for PostgreSQL that governs nothing, against the same query in process.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernHttp,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { fileTrail, GovernedConnection, loadPolicy } from 'cardea'
import { openDatabase, type ShopDatabase } from '../interop/world/database.js'
import { Gateways } from '../interop/world/gateways.js'
import { openPeople } from '../interop/world/people.js'
import { alternate, type Contestant, oneByOne } from './rounds.js'
import type { Section } from './section.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cardea = [process.execPath, join(root, 'dist', 'cli', 'main.js')] as const
const PEER = join(root, 'node_modules/@modelcontextprotocol/server-postgres/dist/index.js')
const QUERY = 'select id, brand, pan from cards where id = 1'
const CALL = { name: 'query', arguments: { sql: QUERY } } as const
const INFO = { name: 'bench', version: '0' }

type Scaled = (rounds: number, times: number) => { readonly rounds: number; readonly times: number }

interface Door {
  readonly name: string
  list(): Promise<unknown>
  query(): Promise<string>
}

/** @param scaled how many rounds, of how many calls. */
export async function mcpSections(scaled: Scaled): Promise<Section[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-bench-mcp-'))
  const ends: (() => Promise<unknown>)[] = [async () => rmSync(directory, { recursive: true, force: true })]
  try {
    const database = await openDatabase()
    ends.unshift(database.close)
    const people = await openPeople(directory)
    ends.unshift(people.close)
    const gateways = new Gateways({ cardea, directory, database, people })
    ends.unshift(() => gateways.close())
    await gateways.prepare()
    const inProcess = await openInProcess(directory, database)
    ends.unshift(inProcess.close)
    const doors = await openDoors(gateways, await people.agentToken('disputes-bot'), database, ends)
    await check(inProcess.query, doors)
    return await measure(inProcess.query, doors, scaled)
  } finally {
    for (const end of ends) await end()
  }
}

async function measure(
  inProcess: () => Promise<unknown>,
  doors: readonly Door[],
  scaled: Scaled,
): Promise<Section[]> {
  const contestants = (work: (door: Door) => () => Promise<unknown>): Contestant[] =>
    doors.map(door => oneByOne(door.name, work(door)))
  const list = await alternate(
    contestants(door => door.list),
    { baselines: 1, ...scaled(21, 50) },
  )
  const query = await alternate(
    [oneByOne('in process, connection.statements', inProcess), ...contestants(door => door.query)],
    { baselines: 2, ...scaled(31, 50) },
  )
  return [
    { title: 'tools/list', target: '≤ 5 ms', most: 5_000, results: list },
    {
      title: 'a cached masked query by key, trail with fsync, one caller',
      target: 'MCP adds ≤ 3 ms to the same in process; second: the public server',
      most: (query[0]?.microseconds ?? Number.NaN) + 3_000,
      results: query,
    },
  ]
}

/** All contestants do the work that they are measured by, and ours mask. */
async function check(inProcess: () => Promise<unknown>, [peer, ...ours]: readonly Door[]): Promise<void> {
  const told = [JSON.stringify(await inProcess()), ...(await Promise.all(ours.map(door => door.query())))]
  if (told.some(text => !text.includes('411111******1111'))) throw new Error(`Not masked: ${told}`)
  if (!(await peer?.query())?.includes('4111111111111111'))
    throw new Error('The public server reads nothing.')
}

async function openInProcess(directory: string, { url }: ShopDatabase) {
  const connection = await GovernedConnection.open(
    { client: 'pg', connection: url, pool: { min: 0, max: 10 } },
    {
      policy: await loadPolicy(join(directory, 'policy.yaml')),
      audit: fileTrail({ directory: join(directory, 'in-process') }),
    },
  )
  const caller = { subject: 'bench-bot', issuer: 'bench', kind: 'agent' } as const
  const statements = connection.statements(caller, { session: 'bench', point: 'mcp' })
  return { query: () => statements.run(QUERY, []), close: () => connection.close() }
}

/** The public server first: it is a baseline. */
async function openDoors(
  gateways: Gateways,
  token: string,
  { url }: ShopDatabase,
  ends: (() => Promise<unknown>)[],
): Promise<Door[]> {
  const http = new URL(await gateways.start('bench'))
  const options = { requestInit: { headers: { authorization: `Bearer ${token}` } }, fetch: unabortable }
  const { stdio } = gateways.told()
  const [command, ...script] = cardea
  const who = ['--as', 'disputes-bot', '--audit', join(stdio.directory, 'bench-stdio')]
  const doors = [
    await legacy(
      'server-postgres 0.6.2, stdio',
      new StdioClientTransport({ command, args: [PEER, url] }),
      ends,
    ),
    await legacy('MCP over HTTP, 2025-11-25', new StreamableHTTPClientTransport(http, options), ends),
    await modern('MCP over HTTP, 2026-07-28', new ModernHttp(http, options), ends),
    await legacy(
      'MCP over stdio',
      new StdioClientTransport({
        command,
        args: [...script, 'mcp', ...stdio.args, ...who],
        env: stdio.env,
        stderr: 'ignore',
      }),
      ends,
    ),
  ]
  return doors
}

/**
 * The clients give every request the signal of their connection; each adds listeners to it, and after some
 * thousands a request spends more time on those than at the gateway.
 */
function unabortable(url: string | URL, init?: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: null })
}

type Ends = (() => Promise<unknown>)[]

async function legacy(
  name: string,
  transport: StdioClientTransport | StreamableHTTPClientTransport,
  ends: Ends,
): Promise<Door> {
  const client = new Client(INFO)
  // Their own declarations disagree about undefined.
  await client.connect(transport as Parameters<Client['connect']>[0])
  ends.unshift(() => client.close())
  return {
    name,
    list: () => client.listTools(),
    query: async () => JSON.stringify(await client.callTool(CALL)),
  }
}

async function modern(name: string, transport: ModernHttp, ends: Ends): Promise<Door> {
  const client = new ModernClient(INFO, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(transport)
  ends.unshift(() => client.close())
  // This client keeps lists for as long as the server says they hold.
  return {
    name,
    list: () => client.listTools(undefined, { cacheMode: 'bypass' }),
    query: async () => JSON.stringify(await client.callTool(CALL)),
  }
}
