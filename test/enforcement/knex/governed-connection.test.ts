/** The real composition, end to end, on a live PostgreSQL: policy, approval, masking, trail, through a handle. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Knex, knex as makeKnex } from 'knex'
import { fileTrail } from '../../../src/audit/file-trail.js'
import { type MemorySink, memorySink } from '../../../src/audit/sinks/memory.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import type { GovernanceOptions } from '../../../src/config.js'
import { GovernedConnection } from '../../../src/governed-connection.js'
import { definePolicy } from '../../../src/policy/define-policy.js'
import type { AfterQueryContext } from '../../../src/policy/hooks.js'
import { type Database, describePostgres, postgres } from '../../support/databases.js'
import { collect, outcomeOf, visible } from './support/observe.js'

const pan = '4111111111111111'
const principal = { subject: 'ada', issuer: 'tests', roles: ['support'] }
const approver = { subject: 'grace', issuer: 'tests', kind: 'human' as const }

const policy = definePolicy({
  version: 1,
  extends: 'pci-baseline',
  labels: [
    { column: 'cards.pan', label: 'pan' },
    { column: 'cards.cvv', label: 'sad' },
  ],
})

describePostgres('a governed connection', () => {
  let database: Database
  let knex: Knex
  let directory: string
  const opened: GovernedConnection[] = []

  beforeAll(async () => {
    database = await postgres.database()
    directory = await mkdtemp(join(tmpdir(), 'cardea-governed-'))
    knex = makeKnex({ client: 'pg', connection: database.url, pool: { min: 0, max: 2 } })
    await knex.schema.createTable('cards', table => {
      table.increments('id')
      table.string('holder')
      table.string('pan')
      table.string('cvv')
    })
    await knex('cards').insert([
      { holder: 'Ada', pan, cvv: '123' },
      { holder: 'Bob', pan: '5555555555554444', cvv: '456' },
    ])
  })
  afterAll(async () => {
    for (const connection of opened) await connection.close()
    await knex.destroy()
    await database.drop()
    await rm(directory, { recursive: true, force: true })
  })

  async function connect(
    options: Partial<GovernanceOptions> = {},
  ): Promise<{ connection: GovernedConnection; records: MemorySink }> {
    const records = memorySink()
    const trail = fileTrail({ directory: await mkdtemp(join(directory, 'trail-')) })
    const connection = await GovernedConnection.wrap(knex, { policy, audit: [trail, records], ...options })
    opened.push(connection)
    return { connection, records }
  }

  test('allows, masks, asks and denies by the policy, and has it all on record', async () => {
    let asked = 0
    const { connection, records } = await connect({
      approval: async () => {
        asked++
        return { decision: 'approved', approver, reason: 'ticket 7' }
      },
    })
    const db = connection.as(principal, { agent: { framework: 'test', id: 'bot' }, session: 's1' })
    expect(await db('cards').where({ id: 1 }).select('holder')).toEqual([{ holder: 'Ada' }])
    expect(asked).toBe(0)
    expect(await db('cards').where({ id: 1 }).select('pan')).toEqual([{ pan: '411111******1111' }])
    expect(asked).toBe(1)
    expect(await collect(db('cards').where({ id: 1 }).select('pan').stream())).toEqual([
      { pan: '411111******1111' },
    ])
    await expect(db('cards').select('cvv')).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
    await expect(db('cards').del()).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
    await expect(db.raw('drop table cards')).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
    expect(await db.transaction(trx => trx('cards').where({ id: 1 }).update({ holder: 'Eve' }))).toBe(1)
    expect(await knex('cards').pluck('holder')).toEqual(expect.arrayContaining(['Eve', 'Bob']))
    const written = visible(records.records)
    expect(written).not.toContain(pan)
    expect(written).toContain('BEGIN')
    const statuses = records.records.flatMap(record => ('outcome' in record ? [record.outcome.status] : []))
    expect(statuses).toEqual(expect.arrayContaining(['released', 'refused']))
  })

  test('without anybody to ask refuses what needs asking', async () => {
    const { connection } = await connect()
    await expect(connection.as(principal)('cards').where({ id: 1 }).select('pan')).rejects.toMatchObject({
      code: 'CARDEA_APPROVAL_UNAVAILABLE',
    })
  })

  test('explains without running', async () => {
    const { connection } = await connect()
    const { decision, facts } = await connection.explain(
      'delete from cards where pan like ?',
      ['4111%'],
      principal,
    )
    expect(decision.effect).toBe('deny')
    expect(facts.analyzable).toBe(true)
    expect(await knex('cards').select()).toHaveLength(2)
  })

  test('tells hooks what happened, and lets them tighten', async () => {
    const after: AfterQueryContext[] = []
    const { connection } = await connect({
      hooks: [
        {
          name: 'no-bob',
          beforeQuery: context => {
            if (context.statement.includes('holder')) context.deny('Not the holder.')
          },
          afterQuery: context => void after.push(context),
        },
      ],
    })
    const db = connection.as(principal)
    await expect(db('cards').where({ id: 1 }).select('holder')).rejects.toMatchObject({
      code: 'CARDEA_POLICY_DENIED',
    })
    expect(await db('cards').where({ id: 1 }).select('id')).toEqual([{ id: 1 }])
    expect(after.map(({ status }) => status)).toEqual(['refused', 'released'])
  })

  test('that opened its own pool shows no credentials and closes it', async () => {
    const trail = join(directory, 'own')
    const connection = await GovernedConnection.open(
      { client: 'pg', connection: database.url, pool: { min: 0, max: 2 }, log: { warn() {} } },
      { policy, audit: fileTrail({ directory: trail }) },
    )
    const db = connection.as(principal)
    expect(await db('cards').where({ id: 2 }).select('holder')).toEqual([{ holder: 'Bob' }])
    expect(visible(connection)).not.toContain(database.password)
    expect(visible(db)).not.toContain(database.password)
    await connection.close()
    await connection.close()
    await expect(db('cards').select('id')).rejects.toBeDefined()
    expect(await verifyTrail(trail)).toMatchObject({ status: 'whole', openIntents: 0 })
  })
})

describe('options that cannot be honoured', () => {
  const base = makeKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  })
  afterAll(() => base.destroy())
  const wrap = (options: object) =>
    outcomeOf(() => GovernedConnection.wrap(base, options as GovernanceOptions))

  test.each([
    ['no durable sink', { policy, audit: memorySink() }],
    ['no sink', { policy }],
    ['no policy', { audit: memorySink() }],
    ['an unknown option', { policy, audit: memorySink(), polcy: 1 }],
    [
      'an approval that nobody can call',
      { policy, audit: { ...memorySink(), durable: true }, approval: 'yes' },
    ],
  ])('%s', async (_, options) => {
    const { error } = await wrap(options)
    expect(error?.code).toBe('CARDEA_CONFIGURATION')
  })

  test('several statements per query', async () => {
    const several = makeKnex({
      client: 'mysql2',
      connection: { host: '127.0.0.1', multipleStatements: true },
    })
    const { error } = await outcomeOf(() =>
      GovernedConnection.wrap(several, { policy, audit: { ...memorySink(), durable: true } }),
    )
    expect(error?.message).toContain('multipleStatements')
    await several.destroy()
  })

  test('a Knex client without a driver here', async () => {
    const other = makeKnex({ client: 'cockroachdb', connection: { host: '127.0.0.1' } })
    const { error } = await outcomeOf(() =>
      GovernedConnection.wrap(other, { policy, audit: { ...memorySink(), durable: true } }),
    )
    expect(error?.message).toContain('cockroachdb')
    await other.destroy()
  })
})
