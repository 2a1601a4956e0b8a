/** In process: a write whose connection is lost before it has been answered. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import knexFactory, { type Knex } from 'knex'
import { fileTrail, GovernedConnection, parsePolicy, search, verifyTrail } from '../../src/index.js'
import { openRelay, type Relay } from '../gateway/hostile/relay.js'
import { describePostgres } from '../support/databases.js'
import { alice, approve, openHouse, POLICY, type TestHouse } from './house.js'

describePostgres('writes whose connection is lost', () => {
  let house: TestHouse
  let relay: Relay
  let raw: Knex
  let governed: GovernedConnection
  let db: Knex
  let directory: string

  beforeAll(async () => {
    house = await openHouse({
      setup: `create table jobs (id int primary key, state text);
      insert into jobs values (1, 'open'), (2, 'open'), (3, 'open');`,
    })
    const { host, port } = house.config.connection as { host: string; port: number }
    relay = await openRelay({ host, port })
    const connection = { ...(house.config.connection as object), host: '127.0.0.1', port: relay.port }
    const log = { error() {}, warn() {}, debug() {} }
    raw = knexFactory({ ...house.config, connection, log, pool: { min: 0, max: 1 } })
    directory = mkdtempSync(join(house.directory, '../lost-'))
    governed = await GovernedConnection.wrap(raw, {
      policy: parsePolicy(POLICY, { file: 'policy.yaml' }),
      approval: approve,
      audit: fileTrail({ directory }),
      dataSource: { id: 'billing', environment: 'production' },
    })
    db = governed.as(alice)
  })
  afterAll(async () => {
    await governed.close()
    await raw.destroy()
    await relay.down()
    await house.close()
  })

  const statusOf = async (text: string): Promise<readonly (string | undefined)[]> => {
    const found: (string | undefined)[] = []
    for await (const one of search(directory, { text })) {
      if (one.kind === 'statement') found.push(one.outcome?.status)
    }
    return found
  }
  const states = async (): Promise<unknown> =>
    house.raw.select('state').from('jobs').orderBy('id').pluck('state')

  test('it may have happened, and here it has', async () => {
    await db('jobs').where({ id: 1 }).update({ state: 'known' })
    relay.cutAt('UPDATE 1')
    await expect(db('jobs').where({ id: 2 }).update({ state: 'done' })).rejects.toMatchObject({
      code: 'CARDEA_CONNECTION_FAILED',
    })
    expect(await statusOf('update "jobs"')).toEqual(['released', 'unknown'])
    expect(await states()).toEqual(['known', 'done', 'open'])
  })

  test('a read has only failed', async () => {
    await db('jobs').select('id').where({ id: 1 })
    relay.cutAt('SELECT 1')
    await expect(db('jobs').select('state').where({ id: 3 })).rejects.toMatchObject({
      code: 'CARDEA_CONNECTION_FAILED',
    })
    expect(await statusOf('select "state"')).toEqual(['failed'])
  })

  test('the COMMIT of a transaction may have happened', async () => {
    const committing = db.transaction(async work => {
      await work('jobs').where({ id: 3 }).update({ state: 'done' })
      relay.cutAt('COMMIT\0')
    })
    await expect(committing).rejects.toThrow()
    expect(await statusOf('COMMIT')).toEqual(['unknown'])
    expect(await states()).toEqual(['known', 'done', 'done'])
  })

  test('a trail with such records is whole, and they are found by their status', async () => {
    const found: string[] = []
    for await (const one of search(directory, { status: 'unknown' })) {
      if (one.kind === 'statement') found.push(one.statement.statement)
    }
    expect(found).toHaveLength(2)
    // It is being written still.
    expect(await verifyTrail(directory)).not.toHaveProperty('firstBad')
  })
})
