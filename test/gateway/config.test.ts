/** Configuration files: what is wrong in one is said with its line, and no secret is repeated. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { generateRootKey } from '../../src/audit/keys/root-signer.js'
import { differences } from '../../src/gateway/config/differences.js'
import { loadGatewayConfig } from '../../src/gateway/config/load.js'
import { configSchema } from '../../src/gateway/config/schema.js'
import { call } from '../cli/program.js'
import { certificateAuthority } from '../support/issuer/certificates.js'

const SECRET = 'hunter2-hunter2'
const GOOD = `version: 1
dataSources:
  billing:
    url: { env: BILLING_URL }
    environment: production
policy: policy.yaml
audit: { directory: audit }
identity:
  oidc: { issuer: https://login.corp.example, audience: https://db.corp.example }
store: memory
http: { port: 8443 }
operator: { port: 9464 }
`
const env = {
  BILLING_URL: `postgres://cardea:${SECRET}@db.internal/billing`,
  KEY: Buffer.alloc(32).toString('base64'),
}

let directory: string
const at = (name: string) => join(directory, name)
const write = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(at(name), text)
  chmodSync(at(name), mode)
  return at(name)
}
const load = (text: string, mode?: number) => loadGatewayConfig(write('cardea.yaml', text, mode), env)
const problems = async (text: string, mode?: number): Promise<string> =>
  load(text, mode).then(
    () => 'valid',
    (error: Error) => error.message,
  )

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-config-'))
  write('policy.yaml', 'version: 1\nextends: pci-baseline\n', 0o644)
  write('bad-policy.yaml', 'version: 1\nextends: pci-basline\n')
  const { cert, key } = certificateAuthority().issue('gateway')
  write('cert.pem', cert, 0o644)
  write('key.pem', key)
  write('open-key.pem', key, 0o644)
  write('other-key.pem', certificateAuthority().issue('other').key)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a configuration that is right', () => {
  test('names the root key of its trails, which stays a secret', async () => {
    const { privateKey } = generateRootKey()
    write('root.pem', privateKey)
    const config = await load(
      GOOD.replace('{ directory: audit }', '{ directory: audit, keys: { root: { file: root.pem } } }'),
    )
    expect(config.audit.keys?.root.reveal()).toBe(privateKey.trimEnd())
    expect(inspect(config, { depth: 9 })).not.toContain('PRIVATE KEY')
    const wrong = GOOD.replace(
      '{ directory: audit }',
      '{ directory: audit, keys: { root: { file: key.pem } } }',
    )
    expect(await problems(wrong)).toContain(
      'audit.keys.root: The root key of a trail is a private key of Ed25519',
    )
  })

  test('is read with everything that it names, from where it stands', async () => {
    const config = await load(GOOD)
    expect(config).toMatchObject({
      dataSources: [{ id: 'billing', connections: 10 }],
      audit: { directory: at('audit') },
      approval: { mode: 'ticket', inbox: false },
      http: { host: '127.0.0.1', port: 8443 },
      drainMs: 30_000,
      limits: { concurrent: 16, perMinute: 600 },
    })
    expect(config.dataSources[0].url.reveal()).toBe(env.BILLING_URL)
  })

  test('shows no secret in any view of it', async () => {
    const config = await load(GOOD)
    for (const view of [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      `${config.dataSources[0].url}`,
    ]) {
      expect(view).not.toContain(SECRET)
    }
  })

  test('has a hash that goes by what it says, and by no password', async () => {
    const inline = (password: string) =>
      load(GOOD.replace('{ env: BILLING_URL }', `'postgres://cardea:${password}@db.internal/billing'`))
    expect((await load(`# note\n${GOOD}`)).hash).toBe((await load(GOOD)).hash)
    expect((await load(GOOD.replace('8443', '8444'))).hash).not.toBe((await load(GOOD)).hash)
    expect((await inline('one')).hash).toBe((await inline('two')).hash)
  })

  test('keeps the order of its data sources: the first is the default', async () => {
    const two = GOOD.replace(
      'policy: policy',
      "  archive: { url: 'sqlite:a.db', environment: x }\npolicy: policy",
    )
    expect((await load(two)).dataSources.map(({ id }) => id)).toEqual(['billing', 'archive'])
  })
})

/** What is changed in the good one, and what is said of it. */
const WRONG: readonly (readonly [what: string, from: string | RegExp, to: string, said: RegExp])[] = [
  [
    'an unknown key',
    'store: memory',
    'store: memory\nstrore: x',
    /^ {2}cardea\.yaml:11:1 strore: unknown key "strore"; known keys: version/m,
  ],
  [
    'an unknown key further in',
    'port: 8443',
    'port: 8443, hsot: x',
    /cardea\.yaml:11:\d+ http\.hsot: unknown key "hsot"/,
  ],
  ['another version', 'version: 1', 'version: 2', /cardea\.yaml:1:1 version: must be 1/],
  [
    'no identity',
    /identity:[\s\S]*?store/,
    'store',
    /cardea\.yaml:1:1 identity: must be a mapping with the keys oidc, agentTokens/,
  ],
  [
    'an identity that knows nobody',
    /identity:[\s\S]*?store/,
    'identity: {}\nstore',
    /cardea\.yaml:8:1 identity: needs oidc or agentTokens/,
  ],
  ['no store', 'store: memory\n', '', /store: must be memory, or \{ url, key \}/],
  [
    'a store that is not written out',
    'store: memory',
    'store: ram',
    /cardea\.yaml:10:1 store: must be memory, or \{ url, key \}/,
  ],
  [
    'no data source',
    /dataSources:[\s\S]*?policy/,
    'dataSources: {}\npolicy',
    /dataSources: needs at least one database/,
  ],
  [
    'another machine without TLS',
    'port: 8443',
    'port: 8443, host: 0.0.0.0',
    /cardea\.yaml:11:\d+ http\.host: is not this machine: add tls, or write insecure: true out/,
  ],
  [
    'insecure: false',
    'port: 8443',
    'port: 8443, insecure: false',
    /http\.insecure: is either true or left out/,
  ],
  [
    'figures on another machine',
    'port: 9464',
    'port: 9464, host: "::"',
    /operator\.host: is not this machine/,
  ],
  ['a port that is none', 'port: 8443', 'port: 84430', /http\.port/],
  [
    'a policy that is not there',
    'policy: policy.yaml',
    'policy: nowhere.yaml',
    /cardea\.yaml:6:1 policy: The policy file .*nowhere\.yaml cannot be read/,
  ],
  [
    'a policy that is not valid',
    'policy: policy.yaml',
    'policy: bad-policy.yaml',
    /cardea\.yaml:6:1 policy: The policy is not valid:[\s\S]*bad-policy\.yaml:2:1 extends/,
  ],
  ['no policy', 'policy: policy.yaml\n', '', /cardea\.yaml:3:3 dataSources\.billing: has no policy/],
  [
    'a variable that is not set',
    'BILLING_URL',
    'PAYROLL_URL',
    /cardea\.yaml:4:5 dataSources\.billing\.url: the environment variable PAYROLL_URL is not set/,
  ],
  [
    'a secret as text',
    'store: memory',
    `store: { url: 'postgres://x/y', key: ${SECRET} }`,
    /store\.key: a secret is written \{ env: NAME \} or \{ file: path \}, never as text/,
  ],
  [
    'a secret from two places',
    '{ env: BILLING_URL }',
    '{ env: BILLING_URL, file: x }',
    /dataSources\.billing\.url: a secret is written/,
  ],
  [
    'a short key',
    'store: memory',
    "store: { url: 'postgres://x/y', key: { file: policy.yaml } }",
    /store\.key: (must be base64|the file holds)/,
  ],
  [
    'a database of another make',
    '{ env: BILLING_URL }',
    'oracle://x',
    /dataSources\.billing\.url: must look like postgres:/,
  ],
  [
    'agent tokens without a register',
    '  oidc:',
    '  agentTokens: { issuer: x, publicKeys: cert.pem }\n  oidc:',
    /agentTokens/,
  ],
  [
    'a budget without a wait',
    'store: memory',
    'store: memory\napproval: { budget: 5s }',
    /cardea\.yaml:11:\d+ approval\.budget: belongs to mode: wait/,
  ],
  [
    'an inbox that listens nowhere',
    'store: memory',
    'store: memory\napproval: { inbox: true }',
    /approval: inbox, webhook and slack take answers over HTTP/,
  ],
  [
    'a place where nothing is served',
    'store: memory',
    'store: memory\napproval: { listen: { port: 1 } }',
    /approval\.listen: nothing would be served there/,
  ],
  [
    'a duration that is none',
    'store: memory',
    'store: memory\ndrain: 30',
    /drain: must be a duration such as 500ms, 15s/,
  ],
  [
    'a key that others can read',
    'port: 8443',
    'port: 8443, tls: { cert: cert.pem, key: open-key.pem }',
    /http\.tls\.key: the file holds a secret and every user of this machine can open it/,
  ],
  [
    'a key of another certificate',
    'port: 8443',
    'port: 8443, tls: { cert: cert.pem, key: other-key.pem }',
    /http\.tls: certificate and key do not go together/,
  ],
  [
    'an issuer without TLS',
    'https://login.corp.example',
    'ftp://x',
    /identity\.oidc(\[0\])?\.issuer: must be an address/,
  ],
  ['an alias', 'production', '*x', /cardea\.yaml:\d+:\d+/],
  ['no YAML', 'version: 1', 'version: [', /cardea\.yaml:\d+:\d+/],
]

describe('a configuration that is wrong', () => {
  test.each(WRONG)('%s', async (_, from, to, said) => {
    expect(GOOD).toMatch(from)
    const message = await problems(GOOD.replace(from, to))
    expect(message).toMatch(said)
    expect(message).not.toContain(SECRET)
  })

  test('several mistakes are told at once', async () => {
    const message = await problems(
      GOOD.replace('BILLING_URL', 'NOT_SET')
        .replace('policy: policy', 'policy: no')
        .replace('8443', '8443, host: 10.0.0.1'),
    )
    expect(message.match(/cardea\.yaml:/g)).toHaveLength(3)
  })

  test('a password in a file that every user can read is refused, and not repeated', async () => {
    const inline = GOOD.replace('{ env: BILLING_URL }', `'${env.BILLING_URL}'`)
    expect(await problems(inline, 0o600)).toBe('valid')
    const message = await problems(inline, 0o644)
    expect(message).toMatch(/cardea\.yaml:4:5 dataSources\.billing\.url: holds a password, and every user/)
    expect(message).not.toContain(SECRET)
    expect(await problems(GOOD, 0o644)).toBe('valid')
  })

  test('whatever is in it, a message comes of it and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(GOOD.length - 1), fc.string({ maxLength: 12 }), async (place, junk) => {
        const message = await problems(GOOD.slice(0, place) + junk + GOOD.slice(place + junk.length))
        expect(message).toMatch(/^valid$|^The configuration is not valid:\n {2}cardea\.yaml:\d+:\d+ /)
        expect(message).not.toContain(SECRET)
      }),
      { numRuns: 150 },
    )
  })
})

describe('what a reload may change', () => {
  const between = async (from: string | RegExp, to: string) =>
    differences(await load(GOOD), await load(GOOD.replace(from, to)))

  test('policies, limits and the log level', async () => {
    write('policy2.yaml', 'version: 1\n')
    const change = 'store: memory\nlimits: { perMinute: 5 }\nlog: { level: warn }'
    expect((await between('store: memory', change)).fixed).toEqual([])
    expect(await between('policy: policy.yaml', 'policy: policy2.yaml')).toEqual({
      fixed: [],
      reloadable: ['dataSources.billing.policy'],
    })
    expect(await between('production', 'production # the same')).toEqual({ fixed: [], reloadable: [] })
  })

  test.each([
    ['http.port', '8443', '8444'],
    ['drainMs', 'store: memory', 'store: memory\ndrain: 1s'],
    ['dataSources.billing.environment', 'production', 'test'],
    ['dataSources.billing.url', '{ env: BILLING_URL }', '{ env: OTHER_URL }'],
    ['identity.oidc.0.issuer', 'login.corp', 'login2.corp'],
    [
      'dataSources.archive.presence',
      'policy: policy',
      "  archive: { url: 'sqlite:a.db', environment: x }\npolicy: policy",
    ],
    ['http.tls.presence', '8443', '8443, tls: { cert: cert.pem, key: key.pem }'],
    ['limits.connections', 'store: memory', 'store: memory\nlimits: { connections: 5 }'],
  ])('not %s', async (key, from, to) => {
    const after = loadGatewayConfig(write('after.yaml', GOOD.replace(from, to)), {
      ...env,
      OTHER_URL: 'postgres://other/x',
    })
    expect(differences(await load(GOOD), await after).fixed).toContain(key)
  })
})

describe('the documentation', () => {
  test('shows configurations that have the right shape', () => {
    const text = readFileSync('docs/gateway.md', 'utf8')
    const files = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml)
    expect(files.length).toBe(2)
    for (const yaml of files) {
      expect(configSchema.safeParse(parse(yaml)).error?.issues ?? []).toEqual([])
    }
  })

  test('names every key', () => {
    const text = readFileSync('docs/gateway.md', 'utf8')
    const keys = Object.keys(configSchema.shape).filter(key => key !== 'version')
    expect(keys.filter(key => !text.includes(`\`${key}`))).toEqual([])
  })
})

describe('cardea config check', () => {
  const check = (file: string, ...more: string[]) =>
    call(['config', 'check', '--config', file, ...more], env).ended()

  test('says that it is valid, or what is not, by its exit code', async () => {
    const good = await check(write('cardea.yaml', GOOD))
    expect([good.code, good.err]).toEqual([0, ''])
    expect(good.out).toContain('store: memory; approvals are lost at a restart')
    const bad = await check(write('cardea.yaml', GOOD.replace('port', 'prot')))
    expect([bad.code, bad.out]).toEqual([1, ''])
    expect(bad.err).toMatch(/^error: The configuration is not valid:\n {2}cardea\.yaml:11:/)
    expect((await check(at('nowhere.yaml'))).code).toBe(2)
  })

  test('as JSON', async () => {
    const good = await check(write('cardea.yaml', GOOD), '--json')
    expect(JSON.parse(good.out)).toMatchObject({ valid: true, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const bad = await check(write('cardea.yaml', GOOD.replace('port', 'prot')), '--json')
    expect([bad.code, JSON.parse(bad.out).valid]).toEqual([1, false])
  })

  test('with --connect, says which part does not answer', async () => {
    const closed = GOOD.replace('{ env: BILLING_URL }', `'postgres://x:${SECRET}@127.0.0.1:1/x'`).replace(
      'login.corp.example',
      '127.0.0.1:1',
    )
    const door = '\npostgres: { port: 6432, cleartext: loopback }\n'
    const { code, out, err } = await check(write('cardea.yaml', closed + door), '--connect')
    expect(code).toBe(1)
    expect(out).toMatch(/^FAILED sessions of billing: /m)
    expect(out).toMatch(/^FAILED database billing: /m)
    expect(out).toMatch(/^FAILED identity https:\/\/127\.0\.0\.1:1: /m)
    expect(out + err).not.toContain(SECRET)
  })
})
