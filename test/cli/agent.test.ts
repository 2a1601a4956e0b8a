/** `cardea agent`: a person mints, lists and revokes tokens for agents; a token shows up once and nowhere else. */
import { createPublicKey } from 'node:crypto'
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openStoreConnection } from '../../src/connect/store-connection.js'
import { agentTokens } from '../../src/identity/agent-tokens/agent-tokens.js'
import { knexAgentTokenStore } from '../../src/identity/stores/agent-tokens.js'
import { migrateIdentityStore } from '../../src/identity/stores/migrations.js'
import { knexRevocations } from '../../src/identity/stores/revocations.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { type Issuer, startIssuer } from '../support/issuer.js'
import { call, filesIn, program } from './program.js'
import { signInTo } from './sign-in.js'
import { inDirectory } from './support.js'

const AGENTS = 'https://cardea.corp.example'
const PATIENCE = 120_000

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
  issuer.addUser('olivia', { groups: ['operators'], amr: ['pwd', 'hwk'] })
})
afterAll(() => issuer.close())

interface Bench {
  readonly at: (name: string) => string
  readonly url: string
  readonly env: NodeJS.ProcessEnv
  readonly operatorToken: string
  readonly mintArguments: readonly string[]
  readonly desk: readonly string[]
  /** Runs `cardea agent …` in this process. */
  agent(...argv: readonly string[]): Promise<{ code: number | null; out: string; err: string }>
  /** What an enforcement point makes of a token. */
  verify(token: string): Promise<unknown>
  trail(): Promise<string>
}

async function bench(at: (name: string) => string, url: string): Promise<Bench> {
  const operatorToken = await signInTo(issuer, at('home'), 'olivia')
  const env = { CARDEA_HOME: at('home') }
  const agent = (...argv: readonly string[]) => call(['agent', ...argv], env).ended()
  const knex = await openStoreConnection(url, { create: true })
  await migrateIdentityStore(knex)
  await knex.destroy()
  const made = await agent('keygen', '--out', at('key.pem'))
  const desk = ['--store', url, '--audit', at('trail')]
  const named = ['--agent', 'reporting', '--sponsor', 'alice', '--issuer', AGENTS]
  return {
    at,
    url,
    env,
    operatorToken,
    agent,
    desk,
    mintArguments: ['token', ...named, '--signing-key', at('key.pem'), ...desk],
    verify: async token => {
      const own = await openStoreConnection(url)
      const options = { store: knexAgentTokenStore(own), revocations: knexRevocations({ knex: own }) }
      const identity = agentTokens({ issuer: AGENTS, publicKeys: [made.out], ...options })
      try {
        return await identity.verify({ kind: 'token', token })
      } finally {
        await own.destroy()
      }
    },
    trail: async () => {
      const audit = await call(['audit', 'search', at('trail'), '--json']).ended()
      expect(await call(['audit', 'verify', at('trail')]).ended()).toMatchObject({ code: 0 })
      return audit.out
    },
  }
}

const onBench = (work: (on: Bench) => Promise<void>) => () =>
  inDirectory(async at => work(await bench(at, `sqlite:${at('identity.db')}`)))

async function minted(on: Bench, ...more: readonly string[]): Promise<{ token: string; id: string }> {
  const { code, out, err } = await on.agent(...on.mintArguments, ...more)
  expect([code, err]).toEqual([0, expect.stringContaining('not shown again')])
  return { token: out.trim(), id: /token (\S+) for/.exec(err)?.[1] ?? '' }
}

describe('cardea agent token', () => {
  test(
    'prints a token that holds, whole, and leaves it nowhere else',
    onBench(async on => {
      const { at, env, operatorToken } = on
      const more = [
        '--role',
        'support',
        '--role',
        'reports',
        '--ttl',
        '30m',
        '--sponsor-email',
        'a@corp.example',
      ]
      const child = program(['agent', ...on.mintArguments, ...more], env)
      const seen = child.arguments()
      const { code, out, err } = await child.ended()
      expect([code, out]).toEqual([0, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)])
      const token = out.trim()
      expect(await on.verify(token)).toMatchObject({
        subject: 'reporting',
        issuer: AGENTS,
        kind: 'agent',
        roles: ['support', 'reports'],
        onBehalfOf: { subject: 'alice', issuer: issuer.url, email: 'a@corp.example', kind: 'human' },
      })
      const secrets = [...token.split('.').slice(1), ...operatorToken.split('.').slice(1)]
      const key = await readFile(at('key.pem'), 'utf8')
      secrets.push(key.split('\n')[1] ?? 'no key')
      for (const secret of secrets) {
        expect(seen + err).not.toContain(secret)
        for (const { path, text } of filesIn(at('trail')))
          expect([path, text.includes(secret)]).toEqual([path, false])
        expect((await readFile(at('identity.db'))).includes(secret)).toBe(false)
      }
      for (const part of token.split('.')) {
        for (const { path, text } of filesIn(at('home')))
          expect([path, text.includes(part)]).toEqual([path, false])
      }
    }),
    PATIENCE,
  )

  test(
    'is put on record with who minted it for whom',
    onBench(async on => {
      const { id } = await minted(on, '--role', 'support')
      const record = (await on.trail())
        .split('\n')
        .filter(line => line.includes('identity.mint'))
        .map(line => JSON.parse(line).record.detail)
      expect(record).toEqual([
        {
          token: id,
          agent: 'reporting',
          issuer: AGENTS,
          roles: ['support'],
          sponsor: { subject: 'alice', issuer: issuer.url },
          issuedAt: expect.stringMatching(/Z$/),
          expiresAt: expect.stringMatching(/Z$/),
          by: { subject: 'olivia', issuer: issuer.url, kind: 'human', amr: ['pwd', 'hwk'] },
        },
      ])
    }),
  )

  test(
    'lives an hour unless told otherwise, and a day at most',
    onBench(async on => {
      const { token } = await minted(on)
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
      expect(claims.exp - claims.iat).toBe(3_600)
      await minted(on, '--ttl', '24h')
      for (const ttl of ['25h', '86401s', '0s', '500ms', 'forever', '-1h']) {
        const { code, out } = await on.agent(...on.mintArguments, '--ttl', ttl)
        expect([ttl, code, out]).toEqual([ttl, 2, ''])
      }
    }),
  )

  test(
    'refuses a sponsor that is the agent, another agent, or nobody',
    onBench(async on => {
      for (const change of [
        ['--sponsor', 'reporting'],
        ['--sponsor', 'Reporting '],
        ['--sponsor', 'other', '--sponsor-issuer', AGENTS],
        ['--sponsor', ''],
      ]) {
        const { code, out } = await on.agent(...on.mintArguments, ...change)
        expect([change, code, out]).toEqual([change, 2, ''])
      }
      expect((await on.agent('list', '--store', on.url)).err).toBe('0 tokens\n')
    }),
  )

  test(
    'refuses whoever is not a person who is signed in',
    onBench(async on => {
      const service = await issuer.clientToken('nightly')
      for (const [env, words] of [
        [{ ...on.env, CARDEA_TOKEN: service }, 'Only a person'],
        [{ ...on.env, CARDEA_TOKEN: 'nonsense' }, 'CARDEA_IDENTITY_REFUSED'],
        [{ CARDEA_HOME: on.at('nobody') }, 'cardea login'],
      ] as const) {
        const { code, out, err } = await call(['agent', ...on.mintArguments], env).ended()
        expect([code, out]).toEqual([2, ''])
        expect(err).toContain(words)
      }
      await expect(stat(on.at('trail'))).rejects.toThrow()
    }),
  )

  test(
    'refuses a signing key that others can read, that is a link, missing or none',
    onBench(async on => {
      const key = on.at('key.pem')
      await symlink(key, on.at('link.pem'))
      await writeFile(on.at('none.pem'), 'no key', { mode: 0o600 })
      const using = (file: string) => on.agent(...on.mintArguments, '--signing-key', on.at(file))
      expect(await using('link.pem')).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('link'),
      })
      expect(await using('no.pem')).toMatchObject({ code: 2, out: '' })
      expect(await using('none.pem')).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('keygen'),
      })
      await chmod(key, 0o644)
      expect(await using('key.pem')).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('chmod 600'),
      })
    }),
  )

  test(
    'hands nothing out that cannot be put on record or in the register',
    onBench(async on => {
      const argv = on.mintArguments.filter((word, at, all) => word !== '--audit' && all[at - 1] !== '--audit')
      expect(await on.agent(...argv)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('--audit'),
      })
      await writeFile(on.at('file'), '')
      expect(await on.agent(...argv, '--audit', on.at('file'))).toMatchObject({ code: 2, out: '' })
      const empty = `sqlite:${on.at('empty.db')}`
      const knex = await openStoreConnection(empty, { create: true })
      await knex.raw('create table x (y int)')
      await knex.destroy()
      expect(await on.agent(...on.mintArguments, '--store', empty)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('cardea store migrate'),
      })
    }),
  )
})

describe('cardea agent list and revoke', () => {
  test(
    'show what is out and end it',
    onBench(async on => {
      const one = await minted(on, '--role', 'support')
      const two = await minted(on, '--agent', 'billing')
      const list = (...more: readonly string[]) => on.agent('list', '--store', on.url, ...more)
      const shown = await list()
      expect(shown.out.split('\n')[1]).toMatch(
        new RegExp(
          `^${one.id}  "reporting"  for "alice"  roles \\["support"\\]  minted by "olivia"  good until `,
        ),
      )
      expect(await on.verify(one.token)).not.toBeNull()
      const revoked = await on.agent('revoke', one.id, '--reason', 'laptop lost', ...on.desk)
      expect([revoked.code, revoked.out]).toEqual([0, ''])
      expect(await on.verify(one.token)).toBeNull()
      expect(await on.verify(two.token)).not.toBeNull()
      const json = JSON.parse((await list('--json')).out)
      expect(json).toMatchObject([
        { id: two.id, agent: 'billing', revocation: null },
        { id: one.id, revocation: { by: { subject: 'olivia' }, why: 'laptop lost' } },
      ])
      expect(await on.trail()).toContain('laptop lost')
      for (const id of [one.id, 'unknown']) {
        expect(await on.agent('revoke', id, '--reason', 'again', ...on.desk)).toMatchObject({ code: 2 })
      }
      expect(await on.agent('revoke', two.id, '--reason', ' ', ...on.desk)).toMatchObject({ code: 2 })
      expect(await on.verify(two.token)).not.toBeNull()
      for (const { token } of [one, two]) {
        for (const part of token.split('.').slice(1))
          expect(shown.out + JSON.stringify(json)).not.toContain(part)
      }
    }),
  )

  test(
    'take everything from a person who has left, and let nobody act for them again',
    onBench(async on => {
      const theirs = await minted(on)
      const other = await minted(on, '--sponsor', 'bob')
      const leave = ['revoke-subject', 'alice', '--issuer', issuer.url, '--reason', 'left', ...on.desk]
      expect(await on.agent(...leave, '--for-good')).toMatchObject({
        code: 0,
        err: expect.stringContaining('1 agent tokens'),
      })
      expect(await on.verify(theirs.token)).toBeNull()
      expect(await on.verify(other.token)).not.toBeNull()
      const { code, out, err } = await on.agent(...on.mintArguments)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('revoked')
      expect(await on.trail()).toContain('"forGood":true')
    }),
  )
})

describe('cardea agent keygen', () => {
  test('writes a key for its owner alone, once, and prints the public half', () =>
    inDirectory(async at => {
      const made = await call(['agent', 'keygen', '--out', at('key.pem')]).ended()
      expect(made.code).toBe(0)
      const pem = await readFile(at('key.pem'), 'utf8')
      expect((await stat(at('key.pem'))).mode & 0o777).toBe(0o600)
      expect(createPublicKey(pem).export({ type: 'spki', format: 'pem' })).toBe(made.out)
      expect(made.out + made.err).not.toContain(pem.split('\n')[1])
      const again = await call(['agent', 'keygen', '--out', at('key.pem')]).ended()
      expect([again.code, again.out]).toEqual([2, ''])
      expect(await readFile(at('key.pem'), 'utf8')).toBe(pem)
      await mkdir(at('d'))
      expect(await call(['agent', 'keygen', '--out', at('d')]).ended()).toMatchObject({ code: 2, out: '' })
    }))
})

describePostgres('the register on PostgreSQL', () => {
  let database: Database
  beforeAll(async () => {
    database = await postgres.database()
  })
  afterAll(() => database.drop())
  const { PGPASSWORD: before } = process.env
  beforeEach(() => {
    process.env['PGPASSWORD'] = database.password
  })
  afterEach(() => {
    if (before === undefined) delete process.env['PGPASSWORD']
    else process.env['PGPASSWORD'] = before
  })

  test('takes its password from the environment', () =>
    inDirectory(async at => {
      const { user, host, port } = database
      const on = await bench(at, `postgres://${user}@${host}:${port}/${database.database}`)
      const { token, id } = await minted(on)
      expect(await on.verify(token)).not.toBeNull()
      await on.agent('revoke', id, '--reason', 'done', ...on.desk)
      expect(await on.verify(token)).toBeNull()
      process.env['PGPASSWORD'] = 'a-wrong-password'
      const { code, err } = await on.agent('list', '--store', on.url)
      expect(code).toBe(2)
      expect(err).not.toContain('a-wrong-password')
    }))
})
