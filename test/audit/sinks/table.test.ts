import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
import { rejection } from '../kit.js'
import { delivered, many, noted, type Relay, refused, relay, spoolDirectory } from './kit.js'

/** Knex prints what it meets; what counts is what the sink says. */
const silent = { warn: () => {}, error: () => {}, debug: () => {}, deprecate: () => {} }
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

describePostgres('a table on PostgreSQL', () => {
  let database: Database
  promises(async () => {
    database = await postgres.database()
    const admin = knex({ client: 'pg', connection: database.url })
    await migrateAuditTable(admin)
    const role = `w_${database.database}`
    await admin.raw(`create role ${role} login password 'writer-test'`)
    await admin.raw(`grant insert on ${TABLE} to ${role}`)
    await admin.raw(`grant usage on sequence ${TABLE}_seq_seq to ${role}`)
    const between = await relay(database.port)
    const writer = knex({
      client: 'pg',
      connection: {
        host: '127.0.0.1',
        port: between.port,
        user: role,
        password: 'writer-test',
        database: database.database,
      },
      pool: { min: 0, max: 2 },
      acquireConnectionTimeout: 1_000,
      log: silent,
    })
    return {
      admin,
      writer,
      between,
      close: async () => {
        for (const statement of ['select', 'update', 'delete', 'truncate']) {
          const sql = {
            select: `select * from ${TABLE}`,
            update: `update ${TABLE} set record = ''`,
            delete: `delete from ${TABLE}`,
            truncate: `truncate ${TABLE}`,
          }[statement]
          expect(await rejection(writer.raw(sql ?? '').then())).toMatchObject({ code: '42501' })
        }
        await writer.destroy()
        await between.close()
        await admin.raw(`drop owned by ${role}`)
        await admin.raw(`drop role ${role}`)
        await admin.destroy()
        await database.drop()
      },
    }
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
  let database: Database
  promises(async () => {
    database = await mariadb.database()
    const admin = knex({ client: 'mysql2', connection: database.url })
    await migrateAuditTable(admin)
    const user = `'w_${database.database}'@'127.0.0.1'`
    await admin.raw(`create user ${user} identified by 'writer-test'`)
    await admin.raw(`grant insert on ${database.database}.${TABLE} to ${user}`)
    const between = await relay(database.port)
    const writer = knex({
      client: 'mysql2',
      connection: {
        host: '127.0.0.1',
        port: between.port,
        user: `w_${database.database}`,
        password: 'writer-test',
        database: database.database,
      },
      pool: { min: 0, max: 2 },
      acquireConnectionTimeout: 1_000,
      log: silent,
    })
    return {
      admin,
      writer,
      between,
      close: async () => {
        for (const sql of [
          `select * from ${TABLE}`,
          `update ${TABLE} set record = ''`,
          `delete from ${TABLE}`,
        ])
          expect(await rejection(writer.raw(sql).then())).toMatchObject({
            code: 'ER_TABLEACCESS_DENIED_ERROR',
          })
        await writer.destroy()
        await between.close()
        await admin.raw(`drop user ${user}`)
        await admin.destroy()
        await database.drop()
      },
    }
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
    const directory = mkdtempSync(join(tmpdir(), 'cardea-table-'))
    const open = () =>
      knex({
        client: 'better-sqlite3',
        connection: { filename: join(directory, 'audit.db') },
        useNullAsDefault: true,
      })
    const admin = open()
    await migrateAuditTable(admin)
    const writer = open()
    return {
      admin,
      writer,
      close: async () => {
        await writer.destroy()
        await admin.destroy()
        rmSync(directory, { recursive: true, force: true })
      },
    }
  })
})

test('a table sink is not made in a transaction, or of no Knex', () => {
  const one = { isTransaction: true, client: { dialect: 'postgresql' } } as unknown as Knex
  expect(() => tableSink({ knex: one, mandatory: true })).toThrow(ConfigurationError)
  const other = { client: { dialect: 'mssql' } } as unknown as Knex
  expect(() => tableSink({ knex: other, mandatory: true })).toThrow(ConfigurationError)
})
