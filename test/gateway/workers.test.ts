/** Several processes on one port: they serve together, die and come back, and are told what to do by the first. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { type Program, program } from '../cli/program.js'
import { cardea } from '../cli/support.js'
import { type Database, describePostgres } from '../support/databases.js'
import { client, openPlace, type Place } from './kit.js'
import { openStore, STORE } from './shared-store.js'

async function logged(process: Program, pattern: RegExp, times = 1): Promise<readonly string[]> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const found = [...process.out().matchAll(new RegExp(pattern, 'g'))].map(match => match[1] ?? match[0])
    if (found.length >= times) return found
    if (process.child.exitCode !== null) break
    await sleep(25)
  }
  throw new Error(`not logged: ${pattern}\n${process.out()}${process.err()}`)
}

describePostgres('cardea gateway with workers', () => {
  let place: Place
  let store: Database
  let token: string
  const running: Program[] = []

  beforeAll(async () => {
    place = await openPlace()
    store = await openStore(place)
    token = await place.token()
  })
  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await store.drop()
    await place.close()
  })

  const config = (changes: object = {}) =>
    place.config({
      store: STORE,
      workers: 2,
      limits: { perMinute: 100_000 },
      ...changes,
    })
  const start = (file: string): Program => {
    const started = program(['gateway', '--config', file], { NODE_ENV: 'production' })
    running.push(started)
    return started
  }

  test('serve on one port, are looked at in one place, come back when they die, and end together', async () => {
    const gateway = start(config())
    await logged(gateway, /"msg":"workers open"/)
    const ports = await logged(gateway, /"listener":"http","host":"127\.0\.0\.1","port":(\d+)/, 2)
    expect(new Set(ports).size).toBe(1)
    const [operator] = await logged(gateway, /"listener":"operator","host":"127\.0\.0\.1","port":(\d+)/)
    const { query } = client(`http://127.0.0.1:${ports[0]}`)
    const asked = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        const { body } = await query(token, 'select id from payments where id = 1')
        expect(body['status']).toBe('ok')
      }
    }
    await asked(6)
    const look = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${operator}${path}`)
      return { status: response.status, text: await response.text() }
    }
    expect((await look('/healthz')).status).toBe(200)
    const ready = await look('/readyz')
    expect(ready.status).toBe(200)
    expect(JSON.parse(ready.text).checks).toMatchObject({ 'worker-1': 'ok', 'worker-2': 'ok', store: 'ok' })
    const statements = async (): Promise<number> => {
      const found = /^cardea_statements_total\{[^}]*released[^}]*\} (\d+)/m.exec(
        (await look('/metrics')).text,
      )
      return Number(found?.[1] ?? 0)
    }
    expect(await statements()).toBe(6)
    expect((await look('/metrics')).text).toMatch(/^cardea_build_info\{[^}]*\} 1$/m)

    const [pid] = await logged(gateway, /"worker":"worker-1","workerPid":(\d+),"msg":"a worker serves"/)
    process.kill(Number(pid), 'SIGKILL')
    await logged(
      gateway,
      /"worker":"worker-1","signal":"SIGKILL".*"msg":"a worker ended; it is started again"/,
    )
    await logged(gateway, /"msg":"a worker serves"/, 3)
    await asked(4)

    gateway.child.kill('SIGHUP')
    await logged(gateway, /"msg":"configuration reloaded"/, 2)
    // A terminal's signal reaches every process: what the workers get themselves changes nothing.
    const [other] = await logged(gateway, /"worker":"worker-2","workerPid":(\d+),"msg":"a worker serves"/)
    process.kill(Number(other), 'SIGTERM')
    await asked(2)
    gateway.child.kill('SIGTERM')
    const { code, err } = await gateway.ended()
    expect([code, err]).toEqual([0, ''])

    const verified = await cardea('audit', 'verify', place.at('audit/billing'))
    expect(verified.out).toMatch(/worker-1, \d+ sound records[\s\S]*worker-2, \d+ sound records/)
    const found = await cardea('audit', 'search', place.at('audit/billing'), '--status', 'released')
    expect(found.err).toMatch(/^ *12 found$/m)
    expect(found.out).toMatch(/^worker-[12] /m)
    const times = found.out.split('\n').flatMap(line => /\d{4}-\S+Z/.exec(line)?.[0] ?? [])
    expect(times).toHaveLength(12)
    const one = await cardea('audit', 'verify', place.at('audit/billing/worker-2'), '--json')
    expect([one.code, JSON.parse(one.out).status]).toEqual([0, 'whole'])
    const anchored = await cardea(
      'audit',
      'verify',
      place.at('audit/billing'),
      '--checkpoint',
      place.at('audit/billing/worker-2/checkpoint'),
    )
    expect([anchored.code, anchored.err]).toEqual([0, ''])
  })

  test('a client cancels what it runs in whatever process the request arrives', async () => {
    const gateway = start(config({ postgres: { port: 0, cleartext: 'loopback' } }))
    await logged(gateway, /"msg":"workers open"/)
    const [port] = await logged(gateway, /"listener":"postgres","host":"127\.0\.0\.1","port":(\d+)/)
    const holder = new pg.Client(place.database.url)
    await holder.connect()
    await holder.query('begin')
    await holder.query('select 1 from payments where id = 9 for update')
    const client = new pg.Client({
      host: '127.0.0.1',
      port: Number(port),
      user: 'agent-7',
      password: token,
      database: 'billing',
    })
    client.on('error', () => {})
    await client.connect()
    const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
    const cancel = Buffer.alloc(16)
    cancel.writeInt32BE(16, 0)
    cancel.writeInt32BE(80_877_102, 4)
    cancel.writeInt32BE(processID, 8)
    const cancelWith = async (key: number): Promise<void> => {
      const request = Buffer.from(cancel)
      request.writeInt32BE(key, 12)
      const socket = connect(Number(port), '127.0.0.1')
      await once(socket, 'connect')
      socket.end(request)
      await once(socket.resume(), 'close')
    }
    // Connections go to the processes in turn: the true key comes to the other process first, and then to its own.
    for (let round = 0; round < 2; round += 1) {
      const stuck = client.query(`update payments set amount = 9 where id = 9`).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      )
      while ((await place.sql(waits)).length === 0) await sleep(20)
      // A flood of keys that are forged keeps the true one from nothing.
      const forged = Array.from({ length: 400 }, (_, n) => cancelWith((secretKey ^ (n + 1)) | 0))
      await Promise.all(forged)
      expect((await place.sql(waits)).length).toBe(1)
      await cancelWith(secretKey)
      expect(await stuck).toBe('57014')
    }
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await holder.end()
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended()).toMatchObject({ code: 0, err: '' })
    await client.end().catch(() => {})
  })

  test('none is left where one cannot start', async () => {
    place.write('gone.url', 'postgres://cardea:hunter2@127.0.0.1:1/x')
    const unreachable = start(
      config({ dataSources: { billing: { url: { file: 'gone.url' }, environment: 'test' } } }),
    )
    const ended = await unreachable.ended()
    expect(ended.code).toBe(2)
    expect(ended.err).toMatch(/worker-[12] could not start; it has said why/)
    expect(ended.out + ended.err).not.toContain('hunter2')
  })
})
