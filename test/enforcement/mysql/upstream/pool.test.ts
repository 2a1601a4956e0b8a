/** Connections to a real server: lent to one client at a time, and as new for the next one, or gone. */
import { createPrivateKey, randomBytes, sign } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { ed25519Password } from '../../../../src/enforcement/upstream/mysql/ed25519.js'
import {
  type MysqlUpstreamsOptions,
  mysqlUpstreams,
} from '../../../../src/enforcement/upstream/mysql/pool.js'
import { mysqlTarget } from '../../../../src/enforcement/upstream/mysql/target.js'
import type { MysqlUpstream, MysqlUpstreams } from '../../../../src/enforcement/upstream/mysql/upstream.js'
import { systemClock } from '../../../../src/util/clock.js'
import { type Database, describeMariadb, mariadb } from '../../../support/databases.js'
import { testMariadb } from '../../../support/mysql-proper.js'
import { answers } from '../kit.js'

const forever = (): AbortSignal => new AbortController().signal

describeMariadb('connections to the server', () => {
  let database: Database
  let pools: MysqlUpstreams[] = []
  let lent: MysqlUpstream[] = []
  beforeAll(async () => {
    database = await mariadb.database()
  })
  afterEach(async () => {
    for (const upstream of lent) upstream.destroy()
    await Promise.all(pools.map(pool => pool.close()))
    pools = []
    lent = []
  })
  afterAll(() => database.drop())

  const open = (more: Partial<MysqlUpstreamsOptions> = {}): MysqlUpstreams => {
    const target = mysqlTarget(database.url)
    const pool = mysqlUpstreams({
      target,
      connections: 1,
      packetBytes: 20_000_000,
      clock: systemClock,
      ...more,
    })
    pools.push(pool)
    const acquire = async (signal: AbortSignal) => {
      const upstream = await pool.acquire(signal)
      lent.push(upstream)
      return upstream
    }
    return Object.defineProperty(Object.create(pool) as MysqlUpstreams, 'acquire', { value: acquire })
  }
  const show = async (upstream: MysqlUpstream, text: string) => (await answers(upstream, text)).rows[0]?.[0]

  test('read texts as they were judged, whatever the server is set to', async () => {
    const admin = await mysql.createConnection(database.url)
    const [[before]] = (await admin.query('select @@global.sql_mode m')) as unknown as [[{ m: string }]]
    await admin.query(`set global sql_mode = 'ANSI_QUOTES,STRICT_TRANS_TABLES,PIPES_AS_CONCAT'`)
    try {
      const upstream = await open().acquire(forever())
      expect(await show(upstream, 'select @@sql_mode')).toBe('IGNORE_SPACE,STRICT_TRANS_TABLES')
      expect(await show(upstream, 'select "text"')).toBe('text')
      expect(await show(upstream, 'select @@character_set_client')).toBe('utf8mb4')
      expect(await show(upstream, 'select @@autocommit')).toBe('1')
    } finally {
      await admin.query('set global sql_mode = ?', [before.m])
      await admin.end()
    }
  })

  test('the next client finds nothing of the last one, on the same connection', async () => {
    const pool = open()
    const first = await pool.acquire(forever())
    const id = await show(first, 'select connection_id()')
    await answers(first, 'create temporary table mine (pan text)')
    await answers(first, "set @pan = '4111111111111111', session sql_mode = 'ANSI_QUOTES'")
    await answers(first, "prepare p from 'select 1'")
    await answers(first, 'start transaction')
    await first.release()
    const second = await pool.acquire(forever())
    expect(await show(second, 'select connection_id()')).toBe(id)
    expect(await show(second, 'select @pan')).toBeNull()
    expect((await answers(second, 'select * from mine')).error).toMatchObject({ errno: 1146, code: '42S02' })
    expect((await answers(second, 'execute p')).error?.errno).toBe(1243)
    // Refused where a transaction is open.
    expect((await answers(second, 'set transaction read write')).error).toBeUndefined()
    expect(await show(second, 'select @@sql_mode')).toContain('IGNORE_SPACE')
    expect(pool.used).toBe(1)
  })

  test('one whose client chose another database is not lent again', async () => {
    const pool = open()
    const first = await pool.acquire(forever())
    const id = await show(first, 'select connection_id()')
    await answers(first, 'use information_schema')
    await first.release()
    const second = await pool.acquire(forever())
    expect(await show(second, 'select connection_id()')).not.toBe(id)
    expect(await show(second, 'select database()')).toBe(database.database)
  })

  test('commands sent together are answered in order', async () => {
    const upstream = await open().acquire(forever())
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        n % 10 === 3 ? answers(upstream, 'select oops') : answers(upstream, `select ${n}`),
      ),
    )
    for (const [n, { rows, error }] of all.entries()) {
      if (n % 10 === 3) expect(error?.errno).toBe(1054)
      else expect(rows).toEqual([[String(n)]])
    }
    expect(upstream.isQuiet).toBe(true)
  })

  test('a statement and a cell beyond 16 MiB pass whole', async () => {
    const admin = await mysql.createConnection(database.url)
    await admin.query('set global max_allowed_packet = 67108864')
    await admin.end()
    const upstream = await open({ packetBytes: 64_000_000 }).acquire(forever())
    const text = 'x'.repeat(0xff_ffff + 5)
    const { rows } = await answers(upstream, `select '${text}'`)
    expect(rows[0]?.[0]?.length).toBe(text.length)
    expect(await show(upstream, 'select 2')).toBe('2')
  })

  test('a packet beyond the limit ends the connection', async () => {
    const upstream = await open({ packetBytes: 100_000 }).acquire(forever())
    await expect(answers(upstream, `select repeat('x', 200000)`)).rejects.toThrow('lost')
    expect(upstream.isOpen).toBe(false)
  })

  test('cancel stops what runs, and the connection goes on', async () => {
    const upstream = await open().acquire(forever())
    const running = answers(upstream, 'select sleep(30) from (select 1 union select 2) rows_of_two')
    await new Promise(resolve => setTimeout(resolve, 100))
    await upstream.cancel()
    expect((await running).error?.errno).toBe(1317)
    expect(await show(upstream, 'select 1')).toBe('1')
  })

  test('LOAD DATA LOCAL finds no file here', async () => {
    const upstream = await open().acquire(forever())
    await answers(upstream, 'create table t (a text)')
    const { error } = await answers(upstream, `load data local infile '/etc/passwd' into table t`)
    expect(error).toBeDefined()
  })

  test('a wrong password is the server’s refusal', async () => {
    const target = { ...mysqlTarget(database.url), password: 'wrong' }
    await expect(open({ target }).acquire(forever())).rejects.toMatchObject({
      code: 'CARDEA_CONNECTION_FAILED',
      sqlState: '28000',
    })
  })

  testMariadb('accounts with ed25519 are let in', async () => {
    const admin = await mysql.createConnection(database.url)
    const name = `ed_${database.database}`
    try {
      await admin.query("install soname 'auth_ed25519'").catch(() => {})
      await admin.query(`create user ${name}@'%' identified via ed25519 using password('pass wörd')`)
      await admin.query(`grant all on ${database.database}.* to ${name}@'%'`)
      const target = { ...mysqlTarget(database.url), user: name, password: 'pass wörd' }
      const upstream = await open({ target }).acquire(forever())
      expect(await show(upstream, 'select 1')).toBe('1')
    } finally {
      await admin.query(`drop user if exists ${name}@'%'`)
      await admin.end()
    }
  })
})

describe('a password under ed25519', () => {
  test('signs as OpenSSL does where it is a seed', () => {
    // What RFC 8032 makes of a seed of 32 bytes is what MariaDB makes of a password.
    const seed = 'a password of thirty-two letters'
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed)])
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    for (let length = 0; length < 70; length += 7) {
      const nonce = randomBytes(length)
      expect(ed25519Password(seed, nonce)).toEqual(sign(null, nonce, key))
    }
  })
})
