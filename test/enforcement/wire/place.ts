/** What the governed doors of tests are made of, whatever protocol they speak. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import type { WireDoor, WireEntrance } from '../../../src/enforcement/wire/entrance.js'
import { fileTrail, type GovernanceOptions, GovernedConnection, parsePolicy } from '../../../src/index.js'
import type { Database } from '../../support/databases.js'

export interface WirePlace {
  readonly governed: GovernedConnection
  /** Everything that the trail has written. */
  trail(): string
  /** The records of the trail. */
  records<Line = Readonly<Record<string, unknown>>>(): readonly Line[]
  close(): Promise<void>
}

/** A governed door with a database behind it. */
export interface DoorPlace<Client, ClientConfig> extends WirePlace {
  readonly database: Database
  readonly port: number
  /** A client that is connected. */
  connect(config?: ClientConfig): Promise<Client>
  /** Straight to the database. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>
}

export interface DoorPlaceOptions<Limits> {
  readonly policy?: string
  readonly also?: Partial<GovernanceOptions>
  readonly limits?: Partial<Limits>
  /** What stands between the door and the database. */
  readonly through?: Between
}

type Between = (database: Database) => Promise<{ readonly port: number }>

/** Where the door finds the database. */
export async function addressOf(database: Database, through: Between | undefined): Promise<string> {
  if (through === undefined) return database.url
  const url = new URL(database.url)
  url.hostname = '127.0.0.1'
  url.port = String((await through(database)).port)
  return url.href
}

/** Whom the doors of tests let in by default, and to what. */
export const CLIENT = Object.freeze({
  host: '127.0.0.1',
  user: 'bot',
  password: 'any',
  database: 'billing',
})

/** The data source `billing` under a policy, with a trail of its own. */
export async function openPlace(
  config: Knex.Config,
  policy: string,
  also: Partial<GovernanceOptions> = {},
): Promise<WirePlace> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-wire-'))
  const governed = await GovernedConnection.open(config, {
    policy: parsePolicy(policy, { file: 'policy.yaml' }),
    audit: fileTrail({ directory: join(directory, 'audit'), durability: 'os' }),
    dataSource: { id: 'billing', environment: 'production' },
    ...also,
  })
  const trail = () =>
    readdirSync(join(directory, 'audit'), { recursive: true, withFileTypes: true })
      // What is being written anew is not there yet.
      .filter(entry => entry.isFile() && !entry.name.endsWith('.draft'))
      .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n')
  return {
    governed,
    trail,
    records: () =>
      trail()
        .split('\n')
        .filter(line => line.startsWith('{'))
        .map(line => JSON.parse(line)),
    async close() {
      await governed.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const alice = Object.freeze({
  subject: 'alice',
  issuer: 'https://login.corp.example',
  roles: Object.freeze(['support']),
})

interface EntranceParts<Upstreams> {
  readonly point: 'postgres' | 'mysql'
  readonly governed: GovernedConnection
  readonly upstream: Upstreams
  /** @returns what is called when the session is over. */
  entered?(door: WireDoor): () => void
}

/** Lets everybody in: `mallory` as somebody else, and nobody whose token is `wrong`. */
export function openEntrance<Upstreams>({
  point,
  governed,
  upstream,
  entered,
}: EntranceParts<Upstreams>): WireEntrance<Upstreams> {
  let number = 0
  return {
    identify: async credentials => {
      const name = credentials.kind === 'token' ? credentials.token : ''
      if (name === 'wrong') return null
      return name === 'mallory' ? { ...alice, subject: name } : alice
    },
    admit: ({ principal, agent, conversation, origination }, door) => {
      number += 1
      // One for each session, as the gateway has it.
      const { signal } = new AbortController()
      return {
        id: `session-${number}`,
        governed: governed.session(principal, {
          point,
          session: conversation ?? 's1',
          origination,
          ...(agent === undefined ? {} : { agent }),
        }),
        upstream,
        enter: () => ({ signal, leave() {} }),
        leave: entered?.(door) ?? (() => {}),
      }
    },
  }
}

/** A listener on this machine, at a port that is free. */
export async function listen(accept: (socket: net.Socket) => void) {
  const server = net.createServer(accept)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => void server.close(),
  }
}
