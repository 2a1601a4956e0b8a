/** `cardea mcp` as a host starts it: a process of its own, the protocol on its standard output, nothing else there. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client as ClientV2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import knexFactory, { type Knex } from 'knex'
import { verifyTrail } from '../../src/index.js'
import { type Database, describeMariadb, describePostgres, mariadb, postgres } from '../support/databases.js'
import { startIssuer } from '../support/issuer.js'

const POLICY = `
version: 1
labels:
  - { column: '*.cards.pan', label: pan }
rules:
  - { id: reads, effect: allow, when: { kind: select } }
  - { id: refunds, effect: allow, when: { kind: update, relation: '*.payments' } }
`
const SEED = `
create table cards (id int primary key, pan varchar(19) not null);
insert into cards values (1, '4111111111111111');
create table payments (id int primary key, status varchar(20) not null);
insert into payments values (1, 'settled');
`

interface AnyClient {
  listTools(): Promise<{ tools: readonly { name: string }[] }>
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
  close(): Promise<void>
}

interface Server {
  readonly command: string
  readonly args: string[]
  readonly env: Record<string, string>
  readonly stderr: 'ignore'
}

const CLIENTS: Readonly<Record<string, (server: Server) => Promise<AnyClient>>> = {
  'v1 (2025-11-25)': async server => {
    const client = new ClientV1({ name: 'test', version: '1' })
    await client.connect(new StdioV1(server) as never)
    return client as unknown as AnyClient
  },
  'v2, as it comes (2025-11-25)': server => connectV2(server, {}),
  'v2, 2026-07-28 only': server => connectV2(server, { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
}

async function connectV2(
  server: Server,
  options: ConstructorParameters<typeof ClientV2>[1],
): Promise<AnyClient> {
  const client = new ClientV2({ name: 'test', version: '1' }, options)
  await client.connect(new StdioV2(server))
  return client as unknown as AnyClient
}

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cardea-mcp-'))
  // A server that is started as root runs as somebody else.
  await chmod(directory, 0o755)
  await writeFile(join(directory, 'policy.yaml'), POLICY)
  await writeFile(join(directory, 'seed.sql'), SEED)
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const AS_ADA = ['--as', 'ada', '--role', 'support', '--agent', 'researcher']

function argumentsFor(more: readonly string[]): string[] {
  return ['dist/cli/main.js', 'mcp', '--policy', join(directory, 'policy.yaml'), ...more]
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', CARDEA_HOME: join(directory, 'home'), ...more }
}

/** A server whose pipes the test holds itself. */
class Raw {
  readonly child: ChildProcessWithoutNullStreams
  out = ''
  err = ''
  #id = 0

  constructor(more: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, argumentsFor(more), { env: environment(env) })
    this.child.stdout.setEncoding('utf8').on('data', text => {
      this.out += text
    })
    this.child.stderr.setEncoding('utf8').on('data', text => {
      this.err += text
    })
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: 'mcp', version: '0.1.0' }
    await this.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
  }

  /** Sends a request and resolves with its answer. */
  async ask(method: string, params: object): Promise<Record<string, unknown>> {
    const id = this.send(method, params)
    for (;;) {
      const found = this.messages().find(message => message['id'] === id)
      if (found !== undefined) return found
      if (this.child.exitCode !== null) throw new Error(`The server has ended: ${this.err}`)
      await Promise.race([once(this.child.stdout, 'data'), once(this.child, 'close')])
    }
  }

  send(method: string, params: object): number {
    this.#id += 1
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: this.#id, method, params })}\n`)
    return this.#id
  }

  /** @throws SyntaxError when anything but messages stands on standard output. */
  messages(): Record<string, unknown>[] {
    return this.out
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line))
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'close')
    return this.child.exitCode
  }
}

for (const [engine, describeEngine, server] of [
  ['postgres', describePostgres, postgres],
  ['mysql', describeMariadb, mariadb],
] as const) {
  describeEngine(`cardea mcp before ${engine}`, () => {
    let database: Database
    let admin: Knex
    beforeAll(async () => {
      database = await server.database()
      const { host, port, user, password, database: name } = database
      const connection = { host, port, user, password, database: name }
      admin = knexFactory({ client: engine === 'postgres' ? 'pg' : 'mysql2', connection })
      for (const statement of SEED.split(';\n')) if (statement.trim() !== '') await admin.raw(statement)
    })
    afterAll(async () => {
      await admin.destroy()
      await database.drop()
    })

    const given = (): [string[], Record<string, string>] => {
      const { host, port, user, password, database: name } = database
      const url = `${engine}://${user}@${host}:${port}/${name}`
      const variable = engine === 'postgres' ? 'PGPASSWORD' : 'MYSQL_PWD'
      return [['--database', url, ...AS_ADA], { [variable]: password }]
    }

    const clients = Object.entries(CLIENTS).slice(0, engine === 'postgres' ? 3 : 1)

    test.each(clients)('%s reads masked rows', async (_, connect) => {
      const [options, env] = given()
      const client = await connect({
        command: process.execPath,
        args: argumentsFor(options),
        env: environment(env),
        stderr: 'ignore',
      })
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('query')
      const result = await client.callTool({ name: 'query', arguments: { sql: 'select id, pan from cards' } })
      expect(JSON.stringify(result)).toContain('411111******1111')
      expect(JSON.stringify(result)).not.toContain('4111111111111111')
      await client.close()
    })

    test.each([
      ['the client goes away', (raw: Raw) => raw.child.stdin.end()],
      ['the process is told to end', (raw: Raw) => raw.child.kill('SIGTERM')],
    ])('when %s, a write under way is undone and the trail is whole', async (what, end) => {
      const trail = join(directory, `${engine} ${what}`)
      const [options, env] = given()
      const raw = new Raw([...options, '--audit', trail], env)
      await raw.initialize()
      const holder = await admin.transaction()
      await holder('payments').where({ id: 1 }).forUpdate()
      raw.send('tools/call', {
        name: 'execute',
        arguments: { sql: "update payments set status = 'refunded' where id = 1" },
      })
      await until(() => intents(trail) === 1)
      end(raw)
      expect(await raw.ended()).toBe(0)
      await holder.rollback()
      expect(await admin('payments').first('status')).toEqual({ status: 'settled' })
      expect(await verifyTrail(trail)).toMatchObject({ status: 'whole', openIntents: 0 })
      raw.messages()
    })
  })
}

describePostgres('cardea mcp', () => {
  let database: Database
  beforeAll(async () => {
    database = await postgres.database()
  })
  afterAll(() => database.drop())

  test('keeps its standard output for the protocol and its address to itself', async () => {
    // From the moment on at which the program has taken its standard output for itself.
    const stray = `const { write } = process.stdout
      setInterval(() => process.stdout.write === write || console.log('stray'), 5).unref()`
    const raw = new Raw(['--database', database.url, ...AS_ADA], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(stray)}`,
    })
    await raw.initialize()
    for (const id of [1, 2, 3]) {
      await raw.ask('tools/call', { name: 'query', arguments: { sql: `select ${id} as n` } })
    }
    const commandLine = `/proc/${raw.child.pid}/cmdline`
    if (existsSync(commandLine)) expect(readFileSync(commandLine, 'utf8')).not.toContain(database.password)
    raw.child.stdin.end()
    expect(await raw.ended()).toBe(0)
    expect(raw.messages()).toHaveLength(4)
    expect(raw.err).toContain('stray')
    expect(raw.err).not.toContain(database.password)
  })

  test('a line that is no message ends nothing', async () => {
    const raw = new Raw(['--database', database.url, ...AS_ADA])
    await raw.initialize()
    raw.child.stdin.write('no JSON\n[]\n{"jsonrpc":"2.0"}\n')
    const listed = await raw.ask('tools/list', {})
    expect(listed).toHaveProperty('result.tools')
    raw.child.stdin.end()
    expect(await raw.ended()).toBe(0)
  })

  test('a token is checked against its issuer, and names who asks', async () => {
    const issuer = await startIssuer()
    try {
      const ca = join(directory, 'ca.pem')
      const trail = join(directory, 'trail of a token')
      await writeFile(ca, issuer.ca)
      const options = ['--issuer', issuer.url, '--audience', issuer.audience, '--ca', ca, '--audit', trail]
      const url = ['--database', database.url]
      const raw = new Raw([...url, ...options], { CARDEA_TOKEN: await issuer.clientToken('billing-bot') })
      await raw.initialize()
      const read = { name: 'query', arguments: { sql: 'select 1 as one' } }
      expect(JSON.stringify(await raw.ask('tools/call', read))).toContain('\\"status\\":\\"ok\\"')
      raw.child.stdin.end()
      expect(await raw.ended()).toBe(0)
      expect(recordsIn(trail)).toContain('"subject":"billing-bot"')

      const forged = new Raw([...url, ...options.slice(0, 6)], { CARDEA_TOKEN: 'a.b.c' })
      await forged.initialize()
      expect(JSON.stringify(await forged.ask('tools/call', read))).toContain('CARDEA_IDENTITY_REFUSED')
      forged.child.stdin.end()
      expect(await forged.ended()).toBe(0)
    } finally {
      await issuer.close()
    }
  })

  test('is not started without a caller, a database or a key, and says what is missing', async () => {
    const cases: [string[], RegExp][] = [
      [[], /Nobody/],
      [['--role', 'dba'], /--role is for --as/],
      [['--as', 'ada'], /either --database .* or --embedded/],
      [['--as', 'ada', '--store', `sqlite:${join(directory, 'none.db')}`], /--store/],
      [['--as', 'ada', '--database', 'oracle://u:hunter2@h/d'], /must look like/],
      [['--as', 'ada', '--database', 'postgres://u:hunter2@127.0.0.1:1/d'], /ECONNREFUSED/],
    ]
    for (const [more, says] of cases) {
      const raw = new Raw(more)
      expect(await raw.ended()).toBe(2)
      expect(raw.out).toBe('')
      expect(raw.err).toMatch(says)
      expect(raw.err).not.toContain('hunter2')
    }
  })

  test('with a database of its own, of which nothing is left', async () => {
    const own = { TMPDIR: directory }
    const raw = new Raw(['--embedded', '--seed', join(directory, 'seed.sql'), ...AS_ADA], own)
    await raw.initialize()
    const result = await raw.ask('tools/call', { name: 'query', arguments: { sql: 'select pan from cards' } })
    expect(JSON.stringify(result)).toContain('411111******1111')
    expect(embedded()).toHaveLength(1)
    raw.child.kill('SIGTERM')
    expect(await raw.ended()).toBe(0)
    expect(embedded()).toEqual([])
  }, 60_000)
})

function embedded(): string[] {
  return readdirSync(directory).filter(name => name.startsWith('cardea-embedded-'))
}

function recordsIn(trail: string): string {
  if (!existsSync(trail)) return ''
  const files = readdirSync(trail).filter(name => name.endsWith('.jsonl'))
  return files.map(name => readFileSync(join(trail, name), 'utf8')).join('')
}

function intents(trail: string): number {
  return recordsIn(trail).split('"intent"').length - 1
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !holds(); tries += 1) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  expect(holds()).toBe(true)
}
