/** A gateway on a store: agent tokens, revocation; and two engines behind one gateway. */
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import mysql from 'mysql2/promise'
import { openStoreConnection } from '../../src/connect/store-connection.js'
import { mintAgentToken } from '../../src/identity/agent-tokens/mint.js'
import { knexAgentTokenStore } from '../../src/identity/stores/agent-tokens.js'
import { knexRevocations } from '../../src/identity/stores/revocations.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'
import { call } from '../cli/program.js'
import { PAN } from '../support/billing.js'
import { type Database, describeMariadb, describePostgres, mariadb } from '../support/databases.js'
import { openPlace, type Place, plain, type Running, run } from './kit.js'
import { emptyStore, migrateStore, STORE } from './shared-store.js'

const ISSUER = 'https://cardea.corp.example'

describePostgres('a gateway on a store', () => {
  let place: Place
  let store: Database
  let knex: Knex
  let running: Running
  const keys = generateKeyPairSync('ed25519')

  beforeAll(async () => {
    place = await openPlace()
    store = await emptyStore(place)
    place.write('agents.pub', keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o644)
    knex = await openStoreConnection(store.url)
  })
  afterAll(async () => {
    await running?.gateway.close()
    await knex.destroy()
    await store.drop()
    await place.close()
  })

  const config = () =>
    place.config({
      store: STORE,
      identity: {
        ...(plain(place.issuer)['identity'] as object),
        agentTokens: { issuer: ISSUER, publicKeys: 'agents.pub' },
      },
    })

  test('is refused before the store is migrated, and config check says so', async () => {
    await expect(run(config())).rejects.toThrow(/cardea store migrate/)
    const check = () => call(['config', 'check', '--config', config(), '--connect']).ended()
    const before = await check()
    expect([before.code, before.out]).toEqual([
      1,
      expect.stringMatching(/^FAILED store: Run cardea store migrate/m),
    ])
    await migrateStore(knex)
    const after = await check()
    expect([after.code, after.out]).toEqual([0, expect.stringMatching(/^ok {4} database billing$/m)])
    expect(after.out).not.toContain('sessions of')
  })

  test('config check signs in as sessions do, under every account', async () => {
    const stranger = Object.assign(new URL(place.database.url), { username: 'nobody-here', password: 'x' })
    place.write('stranger.url', stranger.href)
    const url = 'billing.url'
    const accounts = [
      { roles: ['reports'], url: { file: url } },
      { roles: ['dba', 'ops'], url: { file: 'stranger.url' } },
    ]
    const file = place.config({
      dataSources: {
        billing: { url: { file: url }, environment: 'test', accounts },
        files: { url: 'sqlite::memory:', environment: 'test' },
      },
      postgres: { port: 0, cleartext: 'loopback' },
    })
    const { code, out, err } = await call(['config', 'check', '--config', file, '--connect']).ended()
    expect([code, err]).toEqual([1, ''])
    expect(out.match(/^.* sessions of .*$/gm)).toEqual([
      'ok     sessions of billing',
      'ok     sessions of billing for reports',
      expect.stringMatching(/^FAILED sessions of billing for dba, ops: The database refused the gateway.*28/),
    ])
    expect(out).not.toContain('nobody-here')
  })

  test('takes agent tokens of its register, until they are revoked', async () => {
    running = await run(config())
    const by = { subject: 'olga', issuer: place.issuer.url }
    const revocations = knexRevocations({ knex })
    const { token, entry } = await mintAgentToken(
      { agent: 'dispute-bot', sponsor: by, roles: [], lifetimeMs: 600_000, mintedBy: by },
      {
        issuer: ISSUER,
        signingKey: keys.privateKey,
        store: knexAgentTokenStore(knex),
        revocations,
        clock: systemClock,
        ids: ulids(systemClock),
      },
    )
    const ask = async () => (await running.query(token, 'select id from payments where id = 1')).status
    expect(await ask()).toBe(200)
    expect(place.trail()).toContain('"subject":"dispute-bot"')
    await revocations.revoke({ issuer: ISSUER, tokenId: entry.id, by, why: 'lost' })
    let status = 200
    for (let tries = 0; tries < 100 && status === 200; tries += 1) {
      status = await ask()
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    expect(status).toBe(401)
  })
})

describeMariadb('a gateway before two engines', () => {
  test('answers from either, each in its own words', async () => {
    const place = await openPlace()
    const other = await mariadb.database()
    const admin = await mysql.createConnection(other.url)
    await admin.query('create table cards (id int primary key, pan varchar(19))')
    await admin.query(`insert into cards values (7, '${PAN}')`)
    await admin.end()
    place.write('archive.url', other.url)
    const running = await run(
      place.config({
        dataSources: {
          billing: { url: { file: 'billing.url' }, environment: 'test' },
          archive: { url: { file: 'archive.url' }, environment: 'test' },
        },
      }),
    )
    try {
      const token = await place.token()
      const rows = async (sql: string, source: string) =>
        (await running.query(token, sql, { data_source: source })).body['rows']
      expect(await rows('select id, pan from cards where id = 1', 'billing')).toEqual([
        [1, '411111******1111'],
      ])
      expect(await rows('select `id`, `pan` from `cards` where `id` = 7', 'archive')).toEqual([
        [7, '411111******1111'],
      ])
    } finally {
      await running.gateway.close()
      await other.drop()
      await place.close()
    }
  })
})
