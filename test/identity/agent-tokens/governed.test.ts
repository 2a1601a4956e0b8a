/** An agent's token at a governed connection: whose statements they are, and when they stop. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  type AuditRecord,
  type AuditSink,
  GovernedConnection,
  identityByIssuer,
  type StatementRecord,
} from 'cardea'
import { type Knex, knex } from 'knex'
import { parsePolicy } from '../../../src/policy/load.js'
import { asked, house, ISSUER, NOW, operator, PEOPLE } from './support.js'

let base: Knex
beforeAll(async () => {
  base = knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  await base.schema.createTable('orders', table => {
    table.increments('id')
  })
  await base('orders').insert([{ id: 1 }, { id: 2 }])
})
afterAll(() => base.destroy())

const policy = parsePolicy(`
version: 1
rules:
  - id: reports
    effect: allow
    when:
      principal: { kind: agent, roles: [reports] }
`)

function memorySink(): AuditSink & { readonly records: AuditRecord[] } {
  const records: AuditRecord[] = []
  return {
    name: 'memory',
    durable: true,
    records,
    write: async batch => void records.push(...batch),
    close: async () => {},
  }
}

async function governed() {
  const on = house()
  const audit = memorySink()
  const identity = identityByIssuer({ issuers: { [ISSUER]: on.verifier() } })
  const connection = await GovernedConnection.wrap(base, { policy, audit, identity, clock: on.clock })
  const principals = () =>
    audit.records.flatMap(record =>
      record.event === 'statement' && record.phase === 'intent'
        ? [(record.body as StatementRecord).principal]
        : [],
    )
  return { ...on, identity, connection, principals }
}

test('statements are the agent’s, for the person who answers for it, until the token ends', async () => {
  const { make, connection, identity, principals, time } = await governed()
  const { token, entry } = await make({ lifetimeMs: 60_000 })
  for (const who of [{ token }, await identity.verify(token)]) {
    time.now = NOW
    const db = connection.as(who)
    expect(await db('orders').select('id')).toHaveLength(2)
    time.now = NOW + 59_999
    expect(await db('orders').select('id')).toHaveLength(2)
    time.now = NOW + 60_000
    await expect(db('orders').select('id')).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
  }
  expect(principals()[0]).toEqual({
    subject: 'reporting',
    issuer: ISSUER,
    kind: 'agent',
    roles: ['support', 'reports'],
    tokenId: entry.id,
    onBehalfOf: { subject: 'alice', issuer: PEOPLE, kind: 'human' },
  })
  await connection.close()
})

test('a handle stops when its token, or the access of the sponsor, is taken back', async () => {
  const { make, connection, identity, register, revoked, time } = await governed()
  const { token, entry } = await make()
  const other = await make({ sponsor: { subject: 'bob', issuer: PEOPLE } })
  const handles = [connection.as({ token }), connection.as(await identity.verify(token))]
  const bobs = connection.as({ token: other.token })
  for (const db of [...handles, bobs]) expect(await db('orders').select('id')).toHaveLength(2)
  await register.store.revoke(entry.id, { at: time.now, by: operator, why: 'lost' })
  time.now += 2_000
  for (const db of handles) {
    await expect(db('orders').select('id')).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
  }
  expect(await bobs('orders').select('id')).toHaveLength(2)
  revoked.push(({ subject, issuer }) => subject === 'bob' && issuer === PEOPLE)
  await expect(bobs('orders').select('id')).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
  await connection.close()
})

test('a principal written by hand, and a token of nobody’s, run nothing', async () => {
  const { connection, make } = await governed()
  const agent = { subject: asked.agent, issuer: ISSUER, kind: 'agent' as const, roles: ['reports'] }
  const { token } = await make()
  for (const who of [agent, { ...agent, issuer: PEOPLE }, { token: `${token}x` }, { token: 'opaque' }]) {
    const attempt = connection.as(who)('orders').select('id')
    await expect(attempt).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
  }
  await connection.close()
})
