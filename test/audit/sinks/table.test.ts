import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import knex, { type Knex } from 'knex'
import { tableSink } from '../../../src/audit/sinks/table.js'
import { migrateAuditTable } from '../../../src/audit/sinks/table-migrations.js'
import { ConfigurationError } from '../../../src/errors.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { auditSinkContract } from '../../../src/testing/audit-sink-contract.js'
import {
  type Database,
  describeMariadb,
  describePostgres,
  mariadb,
  postgres,
} from '../../support/databases.js'
import { knexPlace, SILENT } from '../../support/knex-place.js'
import { rejection } from '../kit.js'
import { delivered, many, noted, type Relay, refused, relay, spoolDirectory } from './kit.js'

const TABLE = 'cardea_audit_records'

async function stored(admin: Knex): Promise<readonly AuditRecord[]> {
  const rows = await admin(TABLE).select('record').orderBy('seq')
  return rows.map(({ record }) => JSON.parse(record) as AuditRecord)
}

interface Site {
  readonly admin: Knex
  /** Of an account that may insert into the table and nothing else, over a relay. */
  readonly writer: Knex
  readonly between?: Relay
  close(): Promise<void>
}

/** What holds on every engine. */
function promises(open: () => Promise<Site>): void {
  let site: Site
  beforeAll(async () => {
    site = await open()
  })
  afterAll(() => site.close())

  auditSinkContract({
    test,
    make: async () => {
      await site.admin(TABLE).delete()
      const sink = tableSink({ knex: site.writer, mandatory: true })
      const { between } = site
      return {
        sink,
        stored: () => stored(site.admin),
        ...(between === undefined ? {} : { breakStorage: () => between.behave('refuse') }),
        dispose: async () => {
          await sink.close()
          await between?.behave('pass')
        },
      }
    },
  })

  test('is made once, and shows what people look for', async () => {
    expect(await migrateAuditTable(site.admin)).toEqual([])
    await site.admin(TABLE).delete()
    const sink = tableSink({ knex: site.writer, mandatory: true, origin: 'gateway-1' })
    await sink.write([refused, noted('n')], 'durable')
    const rows = await site.admin(TABLE).select('*').orderBy('seq')
    expect(rows).toMatchObject([
      {
        id: refused.id,
        phase: 'outcome',
        event: 'statement',
        time: refused.time,
        origin: 'gateway-1',
        data_source: 'billing',
        subject: 'a"b]c\\d <1>',
        status: 'refused',
      },
      { id: 'n', phase: 'single', data_source: null, subject: null, status: null },
    ])
    expect(JSON.parse(rows[0].record)).toEqual(refused)
    await sink.close()
  })

  test('adds what comes twice once, between what is new', async () => {
    await site.admin(TABLE).delete()
    const sink = tableSink({ knex: site.writer, mandatory: true })
    const [a, b, c, d] = many(4) as [AuditRecord, AuditRecord, AuditRecord, AuditRecord]
    await sink.write([a, b], 'durable')
    await sink.write([b, c, a, d], 'durable')
    expect(await stored(site.admin)).toEqual([a, b, c, d])
    await sink.close()
  })
}

/** A server, and how it makes and ends an account that may insert into the table and nothing else. */
interface Server {
  readonly client: 'pg' | 'mysql2'
  readonly database: Database
  readonly account: string
  readonly made: readonly string[]
  readonly ended: readonly string[]
  /** What the account may not do, and what the server says to it. */
  readonly denied: readonly string[]
  readonly code: string
}

async function onServer({ client, database, account, made, ended, denied, code }: Server): Promise<Site> {
  const admin = knex({ client, connection: database.url })
  await migrateAuditTable(admin)
  for (const sql of made) await admin.raw(sql)
  const between = await relay(database.port)
  const writer = knex({
    client,
    connection: {
      host: '127.0.0.1',
      port: between.port,
      user: account,
      password: 'writer-test',
      database: database.database,
    },
    pool: { min: 0, max: 2 },
    acquireConnectionTimeout: 1_000,
    log: SILENT,
  })
  return {
    admin,
    writer,
    between,
    close: async () => {
      for (const sql of denied) expect(await rejection(writer.raw(sql).then())).toMatchObject({ code })
      await writer.destroy()
      await between.close()
      for (const sql of ended) await admin.raw(sql)
      await admin.destroy()
      await database.drop()
    },
  }
}

const DENIED = [`select * from ${TABLE}`, `update ${TABLE} set record = ''`, `delete from ${TABLE}`]

describePostgres('a table on PostgreSQL', () => {
  promises(async () => {
    const database = await postgres.database()
    const account = `w_${database.database}`
    return onServer({
      client: 'pg',
      database,
      account,
      made: [
        `create role ${account} login password 'writer-test'`,
        `grant insert on ${TABLE} to ${account}`,
        `grant usage on sequence ${TABLE}_seq_seq to ${account}`,
      ],
      ended: [`drop owned by ${account}`, `drop role ${account}`],
      denied: [...DENIED, `truncate ${TABLE}`],
      code: '42501',
    })
  })

  test('errors tell neither the statement nor a value', async () => {
    const other = await postgres.database()
    const admin = knex({ client: 'pg', connection: other.url })
    const sink = tableSink({ knex: admin, mandatory: true })
    const error = await rejection(sink.write([noted('x', 'a text of the record')], 'durable'))
    expect(String(error)).toContain('(42P01)')
    expect(`${(error as Error).stack} ${JSON.stringify(error)} ${(error as Error).cause}`).not.toMatch(
      /insert into|of the record/,
    )
    await sink.close()
    await admin.destroy()
    await other.drop()
  })
})

describeMariadb('a table on MariaDB', () => {
  promises(async () => {
    const database = await mariadb.database()
    const account = `w_${database.database}`
    const user = `'${account}'@'127.0.0.1'`
    return onServer({
      client: 'mysql2',
      database,
      account,
      made: [
        `create user ${user} identified by 'writer-test'`,
        `grant insert on ${database.database}.${TABLE} to ${user}`,
      ],
      ended: [`drop user ${user}`],
      denied: DENIED,
      code: 'ER_TABLEACCESS_DENIED_ERROR',
    })
  })

  test('gives up a record that is longer than the server takes, and delivers the others', async () => {
    const other = await mariadb.database()
    const admin = knex({ client: 'mysql2', connection: other.url })
    await migrateAuditTable(admin)
    const spool = spoolDirectory()
    const sink = tableSink({ knex: admin, spool })
    await sink.open?.()
    // With its escapes beyond max_allowed_packet, 16 MiB.
    await sink.write([noted('a'), noted('long', '"'.repeat(4_000_000)), noted('b')], 'durable')
    await delivered(sink)
    expect((await stored(admin)).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(sink.lag().lost).toBe(1)
    await sink.close()
    spool.dispose()
    await admin.destroy()
    await other.drop()
  })
})

describe('a table on SQLite', () => {
  promises(async () => {
    const place = await knexPlace('sqlite', [])
    const admin = place.knex()
    await migrateAuditTable(admin)
    return { admin, writer: place.knex(), close: place.remove }
  })
})

test('a table sink is not made in a transaction, or of no Knex', () => {
  const one = { isTransaction: true, client: { dialect: 'postgresql' } } as unknown as Knex
  expect(() => tableSink({ knex: one, mandatory: true })).toThrow(ConfigurationError)
  const other = { client: { dialect: 'mssql' } } as unknown as Knex
  expect(() => tableSink({ knex: other, mandatory: true })).toThrow(ConfigurationError)
})
