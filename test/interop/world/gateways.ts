/** Gateway processes as an operator runs them: `cardea gateway --config …`, built, one configuration each. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { freePort } from '../../support/servers/process.js'
import type { ShopDatabase } from './database.js'
import type { People } from './people.js'

export const KINDS = ['ticket', 'wait', 'result', 'faults', 'bench'] as const
export type Kind = (typeof KINDS)[number]

/** Seconds that a call waits for people in the kind `wait`. */
export const BUDGET = 6

interface World {
  readonly cardea: readonly [program: string, script: string]
  readonly directory: string
  readonly database: ShopDatabase
  readonly people: People
}

interface Place {
  readonly config: string
  readonly log: string
  readonly trail: string
  readonly http: string
  readonly approvals: string
  readonly operator: string
  readonly wire: number
}

export interface Told {
  /** Where the gateway `ticket` speaks PostgreSQL's own protocol: what a driver connects with. */
  readonly wire: { readonly host: string; readonly port: number; readonly dbname: string }
  /** By kind, the directory of its trail. */
  readonly trails: Readonly<Record<string, string>>
  /** Seconds. */
  readonly budget: number
  /** What `cardea mcp` is started with, but for who asks and the directory of the trail. */
  readonly stdio: {
    readonly args: readonly string[]
    readonly env: Readonly<Record<string, string>>
    /** With these it believes the token in CARDEA_TOKEN. */
    readonly token: readonly string[]
    /** For trails. */
    readonly directory: string
  }
}

const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: public.cards.pan, label: pan }
  - { column: public.cards.cvv, label: sad }
  - { column: public.customers.email, label: email }
exceptions:
  - id: agents-see-masked-cards
    lifts: pci/pan-output
    when: { principal: { subject: '*-bot' }, column: public.cards.pan }
    reason: Agents compare the last four digits with what the card holder says.
  - id: agents-count-their-visits
    lifts: pci/write-approval
    when: { principal: { subject: '*-bot' }, kind: update, writes: public.disputes, scope: keyed }
    reason: A counter; nothing depends on it.
rules:
  - id: holds-are-urgent
    effect: require_approval
    when: { kind: insert, writes: public.holds }
    approval: { decideWithin: 3s }
limits:
  approval: { approvers: [dba], coolDown: 1s, maxPending: 100 }
`

export class Gateways {
  readonly #world: World
  readonly #env: Readonly<Record<'INTEROP_DATABASE_URL' | 'INTEROP_STORE_URL' | 'INTEROP_STORE_KEY', string>>
  readonly #places = new Map<Kind, Place>()
  readonly #running = new Map<Kind, ChildProcess>()

  constructor(world: World) {
    this.#world = world
    this.#env = {
      INTEROP_DATABASE_URL: world.database.url,
      INTEROP_STORE_URL: world.database.storeUrl,
      INTEROP_STORE_KEY: randomBytes(32).toString('base64'),
    }
  }

  async prepare(): Promise<void> {
    const { directory, cardea, database } = this.#world
    writeFileSync(join(directory, 'policy.yaml'), POLICY)
    writeFileSync(join(directory, 'store-key'), this.#env.INTEROP_STORE_KEY, { mode: 0o600 })
    const [program, ...script] = cardea
    await promisify(execFile)(program, [...script, 'store', 'migrate', '--store', database.storeUrl])
    for (const kind of KINDS) this.#places.set(kind, await this.#place(kind))
  }

  /** What the tests are told of the processes. */
  told(): Told {
    const { directory, database, people } = this.#world
    const trails = Object.fromEntries(KINDS.map(kind => [kind, this.#at(kind).trail]))
    const args = [
      ...['--policy', join(directory, 'policy.yaml'), '--data-source', 'shop'],
      ...['--database', withoutPassword(database.url)],
      ...['--store', withoutPassword(database.storeUrl), '--store-key', join(directory, 'store-key')],
    ]
    const env = { PGPASSWORD: new URL(database.url).password, HOME: directory }
    const token = ['--issuer', people.issuer, '--audience', people.audience, '--ca', people.ca]
    const wire = { host: '127.0.0.1', port: this.#at('ticket').wire, dbname: 'shop' }
    return { trails, budget: BUDGET, stdio: { args, env, token, directory }, wire }
  }

  /** Starts the process unless it runs. @returns where its MCP door is. */
  async start(kind: Kind): Promise<string> {
    const place = this.#at(kind)
    if (!this.#running.has(kind)) await this.#spawn(kind, place)
    return `${place.http}/mcp`
  }

  /** Where people answer requests for approval. */
  approvals(kind: Kind): string {
    return this.#at(kind).approvals
  }

  async stop(kind: Kind, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running.get(kind)
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  /** All that it printed; nothing where it never ran. */
  log(kind: Kind): string {
    const { log } = this.#at(kind)
    return existsSync(log) ? readFileSync(log, 'utf8') : ''
  }

  async close(): Promise<void> {
    await Promise.all(KINDS.map(kind => this.stop(kind, 'SIGKILL')))
  }

  #at(kind: Kind): Place {
    const place = this.#places.get(kind)
    if (place === undefined) throw new Error(`There is no gateway ${kind}.`)
    return place
  }

  async #spawn(kind: Kind, { config, log, operator }: Place): Promise<void> {
    const [program, ...script] = this.#world.cardea
    const output = openSync(log, 'a')
    const child = spawn(program, [...script, 'gateway', '--config', config], {
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', output, output],
    })
    this.#running.set(kind, child)
    child.once('exit', () => this.#running.delete(kind))
    for (let attempt = 0; attempt < 300; attempt++) {
      if (child.exitCode !== null || child.signalCode !== null) break
      const answer = await fetch(`${operator}/readyz`).catch(() => undefined)
      if (answer?.ok) return
      await new Promise(done => setTimeout(done, 50))
    }
    await this.stop(kind, 'SIGKILL')
    throw new Error(`The gateway ${kind} did not get ready:\n${this.log(kind).slice(-4000)}`)
  }

  async #place(kind: Kind): Promise<Place> {
    const own = join(this.#world.directory, kind)
    mkdirSync(own)
    const [http, approvals, operator] = [await freePort(), await freePort(), await freePort()]
    const wire = await freePort()
    const config = join(own, 'cardea.yaml')
    writeFileSync(config, stringify(this.#config(kind, { http, approvals, operator, wire })))
    return {
      config,
      log: join(own, 'log'),
      trail: join(own, 'audit', 'shop'),
      http: `http://127.0.0.1:${http}`,
      approvals: `http://127.0.0.1:${approvals}`,
      operator: `http://127.0.0.1:${operator}`,
      wire,
    }
  }

  #config(kind: Kind, ports: Readonly<Record<'http' | 'approvals' | 'operator' | 'wire', number>>): unknown {
    const { issuer, audience, ca, agents } = this.#world.people
    return {
      version: 1,
      dataSources: { shop: { url: { env: 'INTEROP_DATABASE_URL' }, environment: 'production' } },
      policy: '../policy.yaml',
      audit: { directory: 'audit' },
      identity: { oidc: { issuer, audience, ca, agents } },
      store: { url: { env: 'INTEROP_STORE_URL' }, key: { env: 'INTEROP_STORE_KEY' } },
      approval: {
        ...(kind === 'wait' ? { mode: 'wait', budget: `${BUDGET}s` } : {}),
        inbox: true,
        listen: { port: ports.approvals },
      },
      http: { port: ports.http, ...(kind === 'result' ? { denialAs: 'result' } : {}) },
      operator: { port: ports.operator },
      ...(kind === 'ticket' ? { postgres: { port: ports.wire, cleartext: 'loopback' } } : {}),
      // A benchmark is one caller with all the calls.
      ...(kind === 'bench' ? { limits: { perMinute: 1_000_000 } } : {}),
      drain: '2s',
    }
  }
}

/** Others can see a process's arguments. */
function withoutPassword(text: string): string {
  const url = new URL(text)
  url.password = ''
  return url.href
}
