/** The gateway as a process of its own: signals, and its death. */
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { verifyTrail } from '../../src/audit/verify.js'
import { type Program, program } from '../cli/program.js'
import { describeMariadb, describePostgres, mariadb } from '../support/databases.js'
import { client, openPlace, type Place } from './kit.js'
import { openStore, STORE } from './shared-store.js'

interface Started extends ReturnType<typeof client> {
  readonly process: Program
  readonly operator: string
}

/** What is logged is on standard output. */
async function logged(process: Program, pattern: RegExp): Promise<string> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const found = pattern.exec(process.out())
    if (found !== null) return found[1] ?? found[0]
    if (process.child.exitCode !== null) break
    await sleep(25)
  }
  throw new Error(`not logged: ${pattern}\n${process.out()}${process.err()}`)
}

async function start(file: string): Promise<Started> {
  const started = program(['gateway', '--config', file], { NODE_ENV: 'production' })
  const port = await logged(started, /"listener":"http","host":"127\.0\.0\.1","port":(\d+)/)
  const operator = await logged(started, /"listener":"operator","host":"127\.0\.0\.1","port":(\d+)/)
  await logged(started, /"msg":"gateway open"/)
  return { process: started, operator: `http://127.0.0.1:${operator}`, ...client(`http://127.0.0.1:${port}`) }
}

describePostgres('cardea gateway', () => {
  let place: Place
  let token: string
  /** Holds a row, so that a write of it waits. */
  let holder: pg.Client
  const running: Started[] = []

  beforeAll(async () => {
    place = await openPlace()
    token = await place.token()
    holder = new pg.Client(place.database.url)
    await holder.connect()
  })
  afterAll(async () => {
    for (const { process } of running) process.child.kill('SIGKILL')
    await holder.end()
    await place.close()
  })

  const open = async (changes: object = {}): Promise<Started> => {
    const started = await start(place.config({ ...changes }))
    running.push(started)
    return started
  }
  const write = (id: number) => `update payments set status = 'settled' where id = ${id}`
  const status = async (id: number) =>
    (await place.sql(`select status from payments where id = ${id}`))[0]?.['status']
  /** Until the write waits for the row that is held. */
  const waiting = async (): Promise<void> => {
    const asked = `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    for (let tries = 0; tries < 400; tries += 1) {
      if (Number((await place.sql(asked))[0]?.['n']) > 0) return
      await sleep(10)
    }
    throw new Error('nothing waits')
  }
  const nobodyElse = async (): Promise<void> => {
    const asked = `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'cardea'`
    for (let tries = 0; tries < 1_000; tries += 1) {
      if (Number((await place.sql(asked))[0]?.['n']) === 0) return
      await sleep(10)
    }
    throw new Error('connections are left')
  }

  test('reloads at SIGHUP, lets calls finish at SIGTERM, and leaves a whole trail', async () => {
    const { process, query, execute, operator } = await open()
    expect(process.arguments()).not.toContain('postgres')
    place.write('policy.yaml', 'version: 7\n')
    process.child.kill('SIGHUP')
    await logged(process, /"msg":"configuration not reloaded; the old one stays"/)
    place.write('policy.yaml', `${place.policy}# reloaded\nlimits: { maxRows: 9 }\n`)
    process.child.kill('SIGHUP')
    await logged(process, /"msg":"configuration reloaded"/)
    expect((await query(token, 'select id from payments where id = 1')).body).toMatchObject({ status: 'ok' })

    await holder.query('begin')
    await holder.query('select 1 from payments where id = 5 for update')
    const late = execute(token, write(5))
    await waiting()
    process.child.kill('SIGTERM')
    await logged(process, /"msg":"gateway closing"/)
    await expect(query(token, 'select 1')).rejects.toThrow()
    expect((await fetch(`${operator}/readyz`)).status).toBe(503)
    await holder.query('commit')
    expect((await late).body).toMatchObject({ status: 'executed', affected_rows: 1 })
    const { code, err } = await process.ended()
    expect([code, err]).toEqual([0, ''])
    expect(await status(5)).toBe('settled')
    const trail = await verifyTrail(place.at('audit/billing'))
    expect(trail.status).toBe('whole')
    expect(place.trail()).toContain('"event":"config.reload"')
    place.write('policy.yaml', place.policy)
  })

  test('rolls back what does not finish in time, or at a second signal', async () => {
    for (const [id, drain, again] of [
      [6, '200ms', false],
      [7, '1h', true],
    ] as const) {
      const { process, execute } = await open({ drain })
      await holder.query('begin')
      await holder.query(`select 1 from payments where id = ${id} for update`)
      const late = execute(token, write(id)).catch(() => null)
      await waiting()
      process.child.kill('SIGTERM')
      await logged(process, /"msg":"gateway closing"/)
      if (again) process.child.kill('SIGTERM')
      expect((await process.ended()).code).toBe(0)
      // Whoever still waits is told, unless the connection has gone first.
      expect((await late)?.body['status']).not.toBe('executed')
      await nobodyElse()
      await holder.query('commit')
      await sleep(100)
      expect(await status(id)).toBe('open')
      expect((await verifyTrail(place.at('audit/billing'))).status).toBe('whole')
    }
  })

  test('killed in the middle of a write: it is never carried out, and sending it again does not do it twice', async () => {
    const store = await openStore(place)
    const shared = { store: STORE }
    const first = await open(shared)
    await holder.query('begin')
    await holder.query('select 1 from payments where id = 8 for update')
    const statement = 'update payments set amount = amount + 1 where id = 8'
    const lost = first.execute(token, statement).catch(() => null)
    await waiting()
    first.process.child.kill('SIGKILL')
    expect(await lost).toBe(null)
    await first.process.ended()
    await nobodyElse()
    await holder.query('commit')
    expect((await place.sql('select amount from payments where id = 8'))[0]).toEqual({ amount: 8 })

    const second = await open(shared)
    const again = await second.execute(token, statement)
    expect(again.body['status']).toBe('failed')
    expect(['CARDEA_CALL_UNDERWAY', 'CARDEA_OUTCOME_UNKNOWN']).toContain(again.body['code'])
    expect((await place.sql('select amount from payments where id = 8'))[0]).toEqual({ amount: 8 })
    second.process.child.kill('SIGTERM')
    expect((await second.process.ended()).code).toBe(0)
    expect(place.trail()).toContain('"status":"unknown"')
    await store.drop()
  })

  describeMariadb('over MariaDB', () => {
    test('killed in the middle of a write: it is never carried out', async () => {
      const other = await mariadb.database()
      const lock = await mysql.createConnection(other.url)
      await lock.query('create table payments (id int primary key, amount int)')
      await lock.query('insert into payments values (8, 8)')
      place.write('mysql.url', other.url)
      place.write('mysql.yaml', place.policy.replace('public.payments', "'*.payments'"))
      const { process, execute } = await open({
        policy: 'mysql.yaml',
        dataSources: { billing: { url: { file: 'mysql.url' }, environment: 'test' } },
      })
      await lock.query('begin')
      await lock.query('select 1 from payments where id = 8 for update')
      const lost = execute(token, 'update payments set amount = amount + 1 where id = 8').catch(() => null)
      const waits = async (): Promise<number> => {
        const [rows] = await lock.query<mysql.RowDataPacket[]>(
          "select count(*) as n from information_schema.innodb_trx where trx_state = 'LOCK WAIT'",
        )
        return Number(rows[0]?.['n'])
      }
      // InnoDB shows a picture that it renews only where nobody has looked for 100 ms.
      while ((await waits()) === 0) await sleep(150)
      process.child.kill('SIGKILL')
      expect(await lost).toBe(null)
      await process.ended()
      await lock.query('commit')
      // The server carries out what it was sent, and drops it with the connection: it was never committed.
      await lock.query('set innodb_lock_wait_timeout = 20')
      await lock.query('update payments set amount = amount + 100 where id = 8')
      const [rows] = await lock.query<mysql.RowDataPacket[]>('select amount from payments where id = 8')
      expect(rows).toEqual([{ amount: 108 }])
      await lock.end()
      await other.drop()
    })
  })

  test('says in words why it does not start, with exit code 2', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const failing = async (changes: Readonly<Record<string, unknown>>) =>
      program(['gateway', '--config', place.config(changes)]).ended()
    const taken = await failing({ http: { port } })
    expect([taken.code, taken.err]).toEqual([
      2,
      expect.stringMatching(new RegExp(`^error: Port ${port} on 127\\.0\\.0\\.1 is in use`)),
    ])
    other.close()
    const open = await failing({ http: { port: 0, host: '0.0.0.0' } })
    expect([open.code, open.err]).toEqual([2, expect.stringMatching(/http\.host: is not this machine/)])
    place.write('gone.url', 'postgres://cardea:hunter2@127.0.0.1:1/x')
    const gone = await failing({
      dataSources: { billing: { url: { file: 'gone.url' }, environment: 'test' } },
    })
    expect(gone.code).toBe(2)
    expect(gone.out + gone.err).not.toContain('hunter2')
  })
})
