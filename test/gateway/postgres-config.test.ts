/** The section `postgres`, accounts, workers and trials: what is right, what is refused, and what is never shown. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadGatewayConfig } from '../../src/gateway/config/load.js'
import { Secret } from '../../src/gateway/config/secret.js'
import { trialConfig } from '../../src/gateway/config/trial.js'
import { certificateAuthority } from '../support/issuer/certificates.js'

const SECRET = 'hunter2-hunter2'
const GOOD = `version: 1
dataSources:
  billing:
    url: { env: BILLING_URL }
    environment: production
    pool: { max: 5, sessions: 30 }
    accounts:
      - { roles: [analyst], url: { env: ANALYST_URL } }
policy: policy.yaml
audit: { directory: audit }
identity:
  oidc: { issuer: https://login.corp.example, audience: https://db.corp.example }
store: { url: { env: STORE_URL }, key: { env: KEY } }
postgres:
  port: 6432
  tls: { cert: cert.pem, key: key.pem, clientCa: cert.pem }
  certificates:
    - { dns: bot.corp.example, principal: { subject: bot, issuer: corp-ca, roles: [analyst] } }
  idle: 10m
  maxRow: 1MiB
limits: { sessions: 3, statementsPerMinute: 5000000 }
workers: 2
`
const env = {
  BILLING_URL: `postgres://cardea:${SECRET}@db.internal/billing`,
  ANALYST_URL: `postgres://analyst:${SECRET}@db.internal/billing`,
  STORE_URL: `postgres://store:${SECRET}@db.internal/cardea`,
  KEY: Buffer.alloc(32).toString('base64'),
}

let directory: string
const at = (name: string) => join(directory, name)
const write = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(at(name), text)
  chmodSync(at(name), mode)
  return at(name)
}
const load = (text: string) => loadGatewayConfig(write('cardea.yaml', text), env)

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-config-'))
  write('policy.yaml', 'version: 1\nextends: pci-baseline\n', 0o644)
  const { cert, key } = certificateAuthority().issue('gateway')
  write('cert.pem', cert, 0o644)
  write('key.pem', key)
  write('other-key.pem', certificateAuthority().issue('other').key)
  write('half.pem', `${cert}-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n`, 0o644)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('a door for PostgreSQL alone is a gateway, with what is not said filled in', async () => {
  const config = await load(GOOD)
  expect(config.http).toBeUndefined()
  expect(config.workers).toBe(2)
  expect(config.limits).toEqual({
    concurrent: 16,
    perMinute: 600,
    connections: 1_024,
    sessions: 3,
    statementsPerMinute: 5_000_000,
    failedSignIns: 60,
  })
  expect(config.postgres).toMatchObject({
    host: '127.0.0.1',
    port: 6432,
    auth: 'password',
    idle: 600_000,
    idleInTransaction: 300_000,
    maxMessage: 16_777_216,
    maxRow: 1_048_576,
    certificates: [{ dns: 'bot.corp.example', principal: { subject: 'bot', kind: 'service', groups: [] } }],
  })
  const [{ accounts, sessions, connections }] = config.dataSources
  expect([sessions, connections, accounts.map(({ roles }) => roles)]).toEqual([30, 5, [['analyst']]])
  expect(`${inspect(config, { depth: 9 })}${JSON.stringify(config)}`).not.toContain(SECRET)
  expect((await load(GOOD.replace('workers: 2', 'workers: auto'))).workers).toBeGreaterThan(0)
})

const CERTIFICATES = /(?: {2}certificates:\n.*\n)/
test.each<[string, string | RegExp, string, RegExp]>([
  ['no door', /postgres:\n[\s\S]*(?=limits)/, '', /needs http, postgres or mysql/],
  [
    'clear text that nobody has written out',
    /( {2}tls: .*\n)( {2}certificates:\n.*\n)/,
    '',
    /cardea\.yaml:14:1 postgres: needs tls, or cleartext: loopback/,
  ],
  [
    'clear text beyond this machine',
    /( {2}tls: .*\n)( {2}certificates:\n.*\n)/,
    '  host: 10.0.0.1\n  cleartext: loopback\n',
    /postgres\.host: is not this machine: add tls/,
  ],
  ['clear text for everybody', 'idle: 10m', 'cleartext: true', /postgres\.cleartext: is either loopback/],
  [
    'certificates without an authority',
    ', clientCa: cert.pem',
    '',
    /postgres\.certificates: needs tls\.clientCa/,
  ],
  [
    'a certificate of two names',
    'dns: bot.corp.example',
    'dns: bot.corp.example, commonName: bot',
    /postgres\.certificates\[0\]: names a certificate by exactly one/,
  ],
  [
    'a certificate of no name',
    'dns: bot.corp.example, ',
    '',
    /postgres\.certificates\[0\]: names a certificate by exactly one/,
  ],
  [
    'certificates that pass for tokens of an issuer',
    'issuer: corp-ca',
    "issuer: 'https://login.corp.example'",
    /certificates\[0\]\.principal\.issuer: is an issuer of tokens/,
  ],
  ['a size without its unit', '1MiB', '1000000', /postgres\.maxRow: must be a size/],
  ['a size that the protocol cannot say', '1MiB', '2GiB', /postgres\.maxRow: must be a size/],
  ['another way to sign in', 'idle: 10m', 'auth: md5', /postgres\.auth: must be password or oauthbearer/],
  [
    'an account of no role',
    'roles: [analyst], url',
    'roles: [], url',
    /accounts\[0\]\.roles: an account without/,
  ],
  [
    'an account of another make',
    '{ env: ANALYST_URL }',
    'sqlite:x.db',
    /dataSources\.billing\.accounts\[0\]\.url: must be postgres:/,
  ],
  [
    'an account on a database of another make',
    '{ env: BILLING_URL }',
    "'mysql://cardea@db.internal/billing'",
    /dataSources\.billing\.accounts: are for the doors postgres and mysql, and of the same make as the database/,
  ],
  [
    'an account that nobody would ever get',
    '      - { roles: [analyst], url: { env: ANALYST_URL } }\n',
    `      - { roles: [analyst, dba], url: { env: ANALYST_URL } }
      - { roles: [reports], url: { env: ANALYST_URL } }
      - { roles: [dba, reports], url: { env: ANALYST_URL } }\n`,
    /accounts\[2\]\.roles: belong to accounts before this one/,
  ],
  [
    'a way to a database that may fall back to clear text',
    '{ env: BILLING_URL }',
    "'postgres://cardea@db.internal/billing?sslmode=prefer'",
    /dataSources\.billing\.url: sslmode must be disable, require/,
  ],
  [
    'the same for an account',
    '{ env: ANALYST_URL }',
    "'postgres://analyst@db.internal/billing?sslmode=allow'",
    /accounts\[0\]\.url: sslmode must be/,
  ],
  [
    'an authority of the database that is not there',
    '{ env: BILLING_URL }',
    "'postgres://cardea@db.internal/billing?sslrootcert=/nowhere/ca.pem'",
    /dataSources\.billing\.url: The file that sslrootcert .* cannot be read/,
  ],
  [
    'an authority of the database that is no certificate',
    '{ env: BILLING_URL }',
    `'postgres://cardea@db.internal/billing?sslrootcert=AT/policy.yaml'`,
    /dataSources\.billing\.url: sslrootcert holds no certificate in PEM/,
  ],
  [
    'a certificate for the database with the key of another',
    '{ env: BILLING_URL }',
    `'postgres://cardea@db.internal/billing?sslcert=AT/cert.pem&sslkey=AT/other-key.pem'`,
    /dataSources\.billing\.url: sslcert and sslkey do not go together/,
  ],
  [
    'an authority of clients that is no certificate',
    'clientCa: cert.pem',
    'clientCa: policy.yaml',
    /postgres\.tls\.clientCa: holds no certificate in PEM/,
  ],
  [
    'an authority of clients of which a part is no certificate',
    'clientCa: cert.pem',
    'clientCa: half.pem',
    /postgres\.tls\.clientCa: holds no certificate in PEM/,
  ],
  [
    'the key of another certificate',
    'key: key.pem',
    'key: other-key.pem',
    /postgres\.tls: certificate and key do/,
  ],
  [
    'no database that the door could serve',
    /url: \{ env: BILLING_URL \}[\s\S]*ANALYST_URL \} \}\n/,
    "url: 'sqlite:x.db'\n    environment: production\n",
    /cardea\.yaml:\d+:1 postgres: has nothing to serve/,
  ],
  ['workers without a store', /store: .*/, 'store: memory', /cardea\.yaml:\d+:1 workers: share nothing/],
  ['no workers', 'workers: 2', 'workers: 0', /workers: must be auto, or a whole number/],
])('refused: %s', async (_, from, to, said) => {
  expect(GOOD).toMatch(from)
  const message = await load(GOOD.replace(from, to).replaceAll('AT/', `${directory}/`)).then(
    () => 'valid',
    (error: Error) => error.message,
  )
  expect(message).toMatch(said)
  expect(message).not.toContain(SECRET)
})

test('an account with a password in a file that everybody can read is refused', async () => {
  const text = GOOD.replace('{ env: ANALYST_URL }', env.ANALYST_URL)
  expect(text.replace(CERTIFICATES, '')).not.toBe(text)
  await expect(load(text)).resolves.toBeDefined()
  const open = loadGatewayConfig(write('cardea.yaml', text, 0o644), env)
  await expect(open).rejects.toThrow(/accounts\[0\]\.url: holds a password/)
  await expect(open).rejects.not.toThrow(SECRET)
})

const TRIAL = {
  upstream: 'postgres://app@127.0.0.1:5432/shop',
  listen: '127.0.0.1:0',
  audit: 'trail',
  subject: 'alice',
  roles: ['dba'],
  token: new Secret('t0ken'),
  maskingKey: new Secret(Buffer.alloc(32, 9).toString('base64')),
}

test('a trial is one database on this machine for one caller', async () => {
  const config = await trialConfig({ ...TRIAL, policy: at('policy.yaml') }, { PGPASSWORD: `${SECRET}/@` })
  expect(config.dataSources[0].id).toBe('shop')
  expect(new URL(config.dataSources[0].url.reveal()).password).toBe(encodeURIComponent(`${SECRET}/@`))
  expect(config.postgres).toMatchObject({ host: '127.0.0.1', port: 0, cleartext: 'loopback' })
  expect(config.http).toBeUndefined()
  expect(inspect(config, { depth: 9 })).not.toMatch(/hunter2|t0ken/)
  const odd = await trialConfig(
    { ...TRIAL, upstream: 'postgres://app@db/a%20b', policy: at('policy.yaml') },
    {},
  )
  expect(odd.dataSources[0].id).toBe('trial')
})

test('a trial of MySQL is one, too', async () => {
  const options = { ...TRIAL, upstream: 'mysql://app@127.0.0.1/shop', policy: at('policy.yaml') }
  const config = await trialConfig(options, { MYSQL_PWD: SECRET, PGPASSWORD: 'another' })
  expect(new URL(config.dataSources[0].url.reveal()).password).toBe(SECRET)
  expect(config.mysql).toMatchObject({ host: '127.0.0.1', port: 0, cleartext: 'loopback' })
  expect(config.postgres).toBeUndefined()
})

test.each([
  ['another database', { upstream: `sqlite://app:${SECRET}@db/shop` }, /--upstream must look like postgres:/],
  ['no URL', { upstream: `postgres//app:${SECRET}@` }, /--upstream must look like postgres:/],
  ['an address beyond this machine', { listen: '0.0.0.0:6432' }, /on this machine only/],
  [
    'a name that only looks like this machine',
    { listen: '127.0.0.1.evil.example:6432' },
    /on this machine only/,
  ],
  ['no port', { listen: '127.0.0.1' }, /--listen must be an address and a port/],
  ['a port that is none', { listen: '[::1]:70000' }, /--listen must be an address and a port/],
])('a trial refuses %s', async (_, change, said) => {
  const trial = trialConfig({ ...TRIAL, ...change, policy: at('policy.yaml') }, {})
  await expect(trial).rejects.toThrow(said)
  await expect(trial).rejects.not.toThrow(SECRET)
})
