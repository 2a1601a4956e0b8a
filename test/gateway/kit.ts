/** A whole gateway for tests: real database, real issuer, a configuration file on disk. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Gateway, loadGatewayConfig, openGateway } from '../../src/gateway.js'
import { askPostgres } from '../support/ask.js'
import { POLICY, TABLES } from '../support/billing.js'
import { type Database, postgres } from '../support/databases.js'
import { type Issuer, startIssuer } from '../support/issuer.js'

export interface Place {
  readonly directory: string
  readonly database: Database
  readonly issuer: Issuer
  readonly policy: string
  at(name: string): string
  write(name: string, text: string, mode?: number): string
  /** As written, with whatever is to be different. */
  config(changes?: Readonly<Record<string, unknown>>): string
  token(client?: string): Promise<string>
  /** Every file that trails are made of. */
  trail(): string
  sql(text: string): Promise<readonly Record<string, unknown>[]>
  close(): Promise<void>
}

/** A database with tables, an issuer, and a directory with a policy. */
export async function openPlace(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-gateway-'))
  const [database, issuer] = await Promise.all([postgres.database(), startIssuer()])
  const at = (name: string) => join(directory, name)
  const write = (name: string, text: string, mode = 0o600): string => {
    writeFileSync(at(name), text)
    chmodSync(at(name), mode)
    return at(name)
  }
  const sql = (text: string) => askPostgres(database, text)
  await sql(TABLES)
  write('policy.yaml', POLICY)
  write('issuer.pem', issuer.ca)
  write('billing.url', database.url)
  issuer.addClient('billing-bot')
  return {
    directory,
    database,
    issuer,
    policy: POLICY,
    at,
    write,
    sql,
    config: (changes = {}) => write('cardea.yaml', stringify({ ...plain(issuer), ...changes })),
    token: (client = 'billing-bot') => issuer.clientToken(client),
    trail: () =>
      readdirSync(at('audit'), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && !entry.name.endsWith('.draft'))
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .join('\n'),
    async close() {
      await Promise.all([database.drop(), issuer.close()])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The smallest whole configuration. */
export function plain(issuer: Issuer): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    dataSources: { billing: { url: { file: 'billing.url' }, environment: 'test' } },
    policy: 'policy.yaml',
    audit: { directory: 'audit' },
    identity: {
      oidc: { issuer: issuer.url, audience: issuer.audience, agents: ['billing-bot'], ca: 'issuer.pem' },
    },
    store: 'memory',
    approval: { inbox: true, listen: { port: 0 } },
    http: { port: 0 },
    operator: { port: 0 },
    drain: '5s',
  }
}

export interface Running {
  readonly gateway: Gateway
  readonly url: string
  readonly operator: string
  /** Everything logged so far. */
  log(): string
  query(token: string, sql: string, more?: object): Promise<Answer>
  execute(token: string, sql: string, more?: object): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** Opens a gateway of this process on what the place has written. */
export async function run(file: string): Promise<Running> {
  let log = ''
  const gateway = await openGateway({
    config: await loadGatewayConfig(file),
    version: '0.0.0-test',
    log: {
      write: line => {
        log += line
      },
    },
  })
  const { http, operator } = gateway.addresses
  return {
    gateway,
    log: () => log,
    operator: `http://127.0.0.1:${operator?.port}`,
    ...client(`http://127.0.0.1:${http?.port}`),
  }
}

export function client(url: string): Pick<Running, 'url' | 'query' | 'execute'> {
  const call = async (path: string, token: string, body: object): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Answer['body'],
    }
  }
  return {
    url,
    query: (token, sql, more = {}) => call('/v1/query', token, { sql, ...more }),
    execute: (token, sql, more = {}) => call('/v1/execute', token, { sql, ...more }),
  }
}
