/** The register of agent tokens and the revocation list, in real databases shared by several processes. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { openStoreConnection } from '../../../src/connect/store-connection.js'
import type { AgentTokenEntry } from '../../../src/identity/agent-tokens/agent-token-store.js'
import { mintAgentToken } from '../../../src/identity/agent-tokens/mint.js'
import { knexAgentTokenStore } from '../../../src/identity/stores/agent-tokens.js'
import { migrateIdentityStore } from '../../../src/identity/stores/migrations.js'
import { knexRevocations } from '../../../src/identity/stores/revocations.js'
import { systemClock } from '../../../src/util/clock.js'
import { ulids } from '../../../src/util/ids.js'
import { describeMariadb, describePostgres, mariadb, postgres } from '../../support/databases.js'
import { asked, ISSUER, NOW, operator, PEOPLE } from '../agent-tokens/support.js'

const ids = ulids(systemClock)

const entry = (change: Partial<AgentTokenEntry> = {}): AgentTokenEntry => ({
  id: ids.next(),
  issuer: ISSUER,
  agent: 'reporting',
  sponsor: { subject: 'alice', issuer: PEOPLE, email: 'alice@corp.example' },
  roles: ['support'],
  issuedAt: NOW,
  expiresAt: NOW + 3_600_000,
  mintedBy: { subject: 'olivia', issuer: PEOPLE },
  revocation: null,
  ...change,
})

describePostgres('on PostgreSQL', () => promises(() => postgres.database()))
describeMariadb('on MariaDB', () => promises(() => mariadb.database()))
describe('on SQLite', () =>
  promises(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cardea-identity-'))
    return {
      url: `sqlite:${join(directory, 'identity.db')}`,
      drop: () => rm(directory, { recursive: true, force: true }),
    }
  }))

function promises(open: () => Promise<{ url: string; drop(): Promise<void> }>): void {
  let database: { url: string; drop(): Promise<void> }
  let knex: Knex
  beforeAll(async () => {
    database = await open()
    knex = await openStoreConnection(database.url, { create: true })
  })
  afterAll(async () => {
    await knex.destroy()
    await database.drop()
  })

  test('before the tables are there, nothing works, and it says what to do', async () => {
    const revocations = knexRevocations({ knex })
    const request = { issuer: ISSUER, subject: 'secret-name', by: operator, why: 'secret-why' }
    for (const attempt of [
      async () => revocations.isRevoked({ issuer: ISSUER, subject: 'secret-name' }),
      () => revocations.list(),
      () => revocations.revoke(request),
      () => knexAgentTokenStore(knex).list({}),
      () => knexAgentTokenStore(knex).insert(entry({ agent: 'secret-name' })),
      () => knexAgentTokenStore(knex).revoke('secret-name', { at: NOW, by: operator, why: 'secret-why' }),
    ]) {
      const error = await attempt().then(
        () => expect('it').toBe('refused'),
        each => each,
      )
      expect(error).toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
      expect(error.message).toContain('cardea store migrate')
      expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('secret')
    }
  })

  test('the tables are made once', async () => {
    expect(await migrateIdentityStore(knex)).toEqual(['001_agent_tokens', '002_revocations'])
    expect(await migrateIdentityStore(knex)).toEqual([])
  })

  test('the register gives back what was put in, to the last character', async () => {
    const store = knexAgentTokenStore(knex)
    const odd = entry({
      agent: `it's "a" 🤖 \\ ${'ä'.repeat(200)}`,
      sponsor: { subject: 'Ålice', issuer: PEOPLE },
      roles: ['a"b', "c'd", '…'],
    })
    const plain = entry()
    await store.insert(odd)
    await store.insert(plain)
    expect((await store.list({})).slice(0, 2)).toEqual([plain, odd])
  })

  test('the register lists by issuer and by what still counts', async () => {
    const store = knexAgentTokenStore(knex)
    const [other, old, live] = [
      entry({ issuer: 'https://other.example' }),
      entry({ issuer: 'https://list.example', expiresAt: NOW }),
      entry({ issuer: 'https://list.example', expiresAt: NOW + 1000 }),
    ]
    for (const each of [other, old, live]) await store.insert(each)
    expect(await store.list({ issuer: 'https://list.example' })).toEqual([live, old])
    expect(await store.list({ issuer: 'https://list.example', expiresAfter: NOW })).toEqual([live])
    expect(await store.list({ issuer: 'HTTPS://LIST.EXAMPLE' })).toEqual([])
  })

  test('an id is taken once', async () => {
    const store = knexAgentTokenStore(knex)
    const one = entry()
    await store.insert(one)
    await expect(store.insert({ ...one, agent: 'other' })).rejects.toMatchObject({
      code: 'CARDEA_STORE_UNAVAILABLE',
    })
  })

  test('of many revocations of one token the first stands', async () => {
    const store = knexAgentTokenStore(knex)
    const { id } = entry()
    await store.insert(entry({ id }))
    const tries = Array.from({ length: 5 }, (_, at) =>
      store.revoke(id, { at: NOW + at, by: operator, why: `reason ${at}` }),
    )
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
    const kept = (await store.list({})).find(each => each.id === id)?.revocation
    expect(await store.revoke(id, { at: NOW + 9, by: operator, why: 'late' })).toBe(false)
    expect(await store.revoke('no such id', { at: NOW, by: operator, why: 'x' })).toBe(false)
    expect((await store.list({})).find(each => each.id === id)?.revocation).toEqual(kept)
    expect(kept).toMatchObject({ by: { subject: 'olivia', issuer: PEOPLE } })
  })

  test('a subject that is revoked takes every earlier token along, under any spelling', async () => {
    const time = { now: NOW }
    const clock = { now: () => time.now, monotonic: () => time.now }
    const revocations = knexRevocations({ knex, clock })
    const isRevoked = async (subject: string, issuedAt?: number, issuer = PEOPLE) =>
      revocations.isRevoked({ issuer, subject, ...(issuedAt === undefined ? {} : { issuedAt }) })
    expect(await isRevoked('Bob', NOW - 1)).toBe(false)
    const given = { issuer: PEOPLE, subject: 'bob', by: operator, why: 'laptop lost' }
    const made = await revocations.revoke(given)
    expect(await isRevoked('bob', NOW - 1)).toBe(true)
    expect(await isRevoked('BOB', NOW)).toBe(true)
    expect(await isRevoked('bob', NOW, `${PEOPLE}/`)).toBe(true)
    expect(await isRevoked('bob')).toBe(true)
    expect(await isRevoked('bob', NOW + 60_000)).toBe(true)
    expect(await isRevoked('bob', NOW + 60_001)).toBe(false)
    expect(await isRevoked('bobby', NOW)).toBe(false)
    expect(await isRevoked('bob', NOW, ISSUER)).toBe(false)
    expect((await revocations.list())[0]).toEqual(made)
    expect(made).toMatchObject({ subject: 'bob', tokenId: null, issuedBefore: NOW, why: 'laptop lost' })
    await revocations.revoke({ ...given, forGood: true, why: 'left' })
    expect(await isRevoked('bob', NOW + 1_000_000_000)).toBe(true)
    // A lesser revocation afterwards does not lift it.
    await revocations.revoke(given)
    expect(await isRevoked('bob', NOW + 1_000_000_000)).toBe(true)
  })

  test('a token that is revoked takes no other along', async () => {
    const revocations = knexRevocations({ knex })
    await revocations.revoke({ issuer: PEOPLE, tokenId: 'T-1', by: operator, why: 'leaked' })
    const token = { issuer: PEOPLE, subject: 'carol', issuedAt: NOW }
    expect(await revocations.isRevoked({ ...token, tokenId: 'T-1' })).toBe(true)
    expect(await revocations.isRevoked({ ...token, tokenId: 't-1' })).toBe(false)
    expect(await revocations.isRevoked({ ...token, tokenId: 'T-1', issuer: ISSUER })).toBe(false)
    expect(await revocations.isRevoked(token)).toBe(false)
  })

  test.each([
    ['nobody', { subject: ' ' }],
    ['a name that the column would cut', { subject: 'x'.repeat(256) }],
    ['a name that no column takes', { subject: 'a\0b' }],
    ['no reason', { subject: 'dora', why: '' }],
    ['no issuer', { subject: 'dora', issuer: '' }],
    ['no operator', { subject: 'dora', by: { subject: '', issuer: PEOPLE } }],
  ])('a revocation with %s is refused', async (_, change) => {
    const revocations = knexRevocations({ knex })
    await expect(
      revocations.revoke({ issuer: PEOPLE, by: operator, why: 'left', ...change }),
    ).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
  })

  test('what one process revokes, another refuses', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const store = knexAgentTokenStore(knex)
    const revocations = knexRevocations({ knex })
    const mint = { issuer: ISSUER, signingKey: privateKey, store, revocations, clock: systemClock, ids }
    const other = verifier(database.url, publicKey.export({ type: 'spki', format: 'pem' }).toString())
    try {
      const first = await mintAgentToken(asked, mint)
      expect(await other.verdict(first.token)).toContain('"reporting"')
      // Minted after the other process has read the register: known there at once.
      const second = await mintAgentToken(
        { ...asked, agent: 'second', sponsor: { subject: 'leaver', issuer: PEOPLE } },
        mint,
      )
      expect(await other.verdict(second.token)).toContain('"second"')
      await store.revoke(first.entry.id, { at: systemClock.now(), by: operator, why: 'lost' })
      expect(await other.untilRefused(first.token)).toBe('null')
      expect(await other.verdict(second.token)).toContain('"second"')
      await revocations.revoke({ issuer: PEOPLE, subject: 'leaver', by: operator, why: 'left' })
      expect(await other.untilRefused(second.token)).toBe('null')
    } finally {
      await other.end()
    }
  })

  test('a database that goes away refuses everyone, in a while', async () => {
    const time = { now: NOW }
    const clock = { now: () => time.now, monotonic: () => time.now }
    const own = await openStoreConnection(database.url)
    const revocations = knexRevocations({ knex: own, clock })
    const token = { issuer: PEOPLE, subject: 'erin', issuedAt: NOW }
    expect(await revocations.isRevoked(token)).toBe(false)
    await own.destroy()
    time.now = NOW + 14_999
    expect(await revocations.isRevoked(token)).toBe(false)
    time.now = NOW + 15_000
    await expect((async () => revocations.isRevoked(token))()).rejects.toMatchObject({
      code: 'CARDEA_STORE_UNAVAILABLE',
    })
    // Whether a revocation took place is not known: then nothing is known any more.
    time.now = NOW
    expect(await revocations.isRevoked(token)).toBe(false)
    await expect(
      revocations.revoke({ issuer: PEOPLE, subject: 'erin', by: operator, why: 'left' }),
    ).rejects.toMatchObject({ code: 'CARDEA_STORE_UNAVAILABLE' })
    await expect((async () => revocations.isRevoked(token))()).rejects.toThrow()
  })
}

/** Another process over the same database. */
function verifier(store: string, publicKey: string) {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    ['--import', './test/support/typescript.mjs', 'test/identity/stores/verifier.ts'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, STORE: store, ISSUER, PUBLIC_KEY: publicKey },
    },
  )
  const lines: Interface = createInterface({ input: child.stdout })
  const answers = lines[Symbol.asyncIterator]()
  const verdict = async (token: string): Promise<string> => {
    child.stdin.write(`${token}\n`)
    const { value, done } = await answers.next()
    if (done === true) throw new Error('The other process has ended.')
    return value
  }
  return {
    verdict,
    untilRefused: async (token: string): Promise<string> => {
      for (let tries = 0; tries < 100; tries += 1) {
        const answer = await verdict(token)
        if (answer === 'null') return answer
        await sleep(100)
      }
      return 'accepted for ten seconds after it was revoked'
    },
    end: async () => {
      const gone = new Promise(resolve => child.once('exit', resolve))
      child.stdin.end()
      await gone
    },
  }
}
