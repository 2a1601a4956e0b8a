import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describeMariadb, describePostgres, mariadb, postgres } from './databases.js'
import { hostDatabases } from './servers/host.js'

describePostgres('a PostgreSQL server for tests', () => {
  test('gives databases that are empty, apart from each other, and gone when dropped', async () => {
    const [one, two] = await Promise.all([postgres.database(), postgres.database()])
    const client = new pg.Client(one.url)
    await client.connect()
    await client.query('create table t (id int)')
    await client.end()
    const other = new pg.Client({ ...two })
    await other.connect()
    await expect(other.query('select * from t')).rejects.toThrow('does not exist')
    await other.end()
    await Promise.all([one.drop(), two.drop()])
    const late = new pg.Client(one.url)
    await expect(late.connect()).rejects.toThrow('does not exist')
  })

  test('shows which statements reached it', async () => {
    const database = await postgres.database()
    const client = new pg.Client(database.url)
    await client.connect()
    await client.query('select 1 as harness_marker_simple')
    await client.query('select $1::text as harness_marker_extended', ['x'])
    await client.end()
    await database.drop()
    const log = await postgres.serverLog()
    expect(log).toContain('harness_marker_simple')
    expect(log).toContain('harness_marker_extended')
    expect(log).not.toContain('harness_marker_'.concat('never_sent'))
  })

  test('asks for the password', async () => {
    const database = await postgres.database()
    const client = new pg.Client({ ...database, password: 'wrong' })
    await expect(client.connect()).rejects.toThrow('password')
    await database.drop()
  })
})

describeMariadb('a MariaDB server for tests', () => {
  test('gives databases that are empty, apart from each other, and gone when dropped', async () => {
    const [one, two] = await Promise.all([mariadb.database(), mariadb.database()])
    const client = await mysql.createConnection(one.url)
    await client.query('create table t (id int)')
    await client.end()
    const other = await mysql.createConnection(two.url)
    await expect(other.query('select * from t')).rejects.toThrow("doesn't exist")
    await other.end()
    await Promise.all([one.drop(), two.drop()])
    await expect(mysql.createConnection(one.url)).rejects.toThrow('Unknown database')
  })

  test('shows which statements reached it', async () => {
    const database = await mariadb.database()
    const client = await mysql.createConnection(database.url)
    await client.query('select 1 as harness_marker_simple')
    await client.execute('select ? as harness_marker_extended', ['x'])
    await client.end()
    await database.drop()
    const log = await mariadb.serverLog()
    expect(log).toContain('harness_marker_simple')
    expect(log).toContain('harness_marker_extended')
  })
})

describe('the host of database servers', () => {
  afterEach(() => {
    delete process.env['CARDEA_TEST_POSTGRES_URL']
    delete process.env['CARDEA_TEST_MARIADB_URL']
  })

  test('takes servers named in the environment before any other', async () => {
    process.env['CARDEA_TEST_POSTGRES_URL'] = 'postgres://u:p%40ss@db.example:6000/admin'
    process.env['CARDEA_TEST_MARIADB_URL'] = 'mysql://root@db.example'
    const host = await hostDatabases()
    const [pgAddress, mariadbAddress] = await Promise.all(
      ['postgres', 'mariadb'].map(async engine => (await fetch(`${host.handover.url}/${engine}/1`)).json()),
    )
    expect(pgAddress).toEqual({
      host: 'db.example',
      port: 6000,
      user: 'u',
      password: 'p@ss',
      database: 'admin',
    })
    expect(mariadbAddress).toEqual({
      host: 'db.example',
      port: 3306,
      user: 'root',
      password: '',
      database: 'mysql',
    })
    expect(await host.close()).toBeUndefined()
  })

  test('says why an engine cannot be had, and counts what was skipped for it', async () => {
    process.env['CARDEA_TEST_POSTGRES_URL'] = 'not a url'
    process.env['CARDEA_TEST_MARIADB_URL'] = 'mysql://root@db.example'
    const host = await hostDatabases()
    expect(Object.keys(host.handover.missing)).toEqual(['postgres'])
    const answer = await fetch(`${host.handover.url}/postgres/1`)
    expect([answer.status, await answer.text()]).toEqual([500, host.handover.missing.postgres])
    appendFileSync(host.handover.skipped, 'postgres: a (a.test.ts)\npostgres: b (b.test.ts)\n')
    expect(await host.close()).toMatch(/^SKIPPED 2 group.*\n.*a\.test\.ts.*\n.*b\.test\.ts/)
  })
})

describe('a private server', () => {
  test('is stopped and removed when its owner is killed', async () => {
    const support = fileURLToPath(new URL('./', import.meta.url))
    const program = `
      const { startPostgres, locatePostgres } = await import(${JSON.stringify(join(support, 'servers/postgres.ts'))})
      const { address } = await startPostgres(await locatePostgres())
      process.stdout.write(JSON.stringify(address))
      setInterval(() => {}, 1000)`
    const args = ['--import', join(support, 'typescript.mjs'), '--input-type=module', '-e', program]
    const owner = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [printed] = await once(owner.stdout, 'data')
    const { port, log } = JSON.parse(String(printed))
    expect(existsSync(log)).toBe(true)
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    while (existsSync(log)) await new Promise(done => setTimeout(done, 20))
    const socket = connect(port, '127.0.0.1')
    const [error] = await once(socket, 'error').catch(reason => [reason])
    expect(error.code).toBe('ECONNREFUSED')
  })
})
