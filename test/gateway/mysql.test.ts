/** The door that speaks MySQL's protocol in a whole gateway: who comes in, who does not, and how sessions end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { POLICY } from '../enforcement/mysql/wire.js'
import { PAN } from '../support/billing.js'
import { type Database, describeMariadb, mariadb } from '../support/databases.js'
import { certificateAuthority } from '../support/issuer/certificates.js'
import { openPlace, type Place, type Running, run } from './kit.js'
import { metrics } from './postgres-clients.js'

describeMariadb('MySQL clients of a gateway', () => {
  const authority = certificateAuthority()
  let place: Place
  let database: Database
  let token: string
  const running: Running[] = []
  const clients: mysql.Connection[] = []

  beforeAll(async () => {
    place = await openPlace()
    database = await mariadb.database()
    const admin = await mysql.createConnection({ uri: database.url, multipleStatements: true })
    await admin.query(`create table cards (id int primary key, pan varchar(32));
      insert into cards values (1, '${PAN}');
      create table payments (id int primary key, status varchar(20));
      insert into payments values (1, 'open');`)
    await admin.end()
    place.write('mysql.url', database.url)
    place.write('mysql.yaml', POLICY)
    const { cert, key } = authority.issue('localhost')
    place.write('cert.pem', cert)
    place.write('key.pem', key)
    token = await place.token()
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await Promise.allSettled(running.splice(0).map(({ gateway }) => gateway.close(AbortSignal.abort())))
  })
  afterAll(() => Promise.all([place.close(), database.drop()]))

  const open = async (door: object, changes: object = {}): Promise<Running & { readonly port: number }> => {
    const one = await run(
      place.config({
        dataSources: {
          billing: { url: { file: 'mysql.url' }, environment: 'test', policy: 'mysql.yaml' },
          ledger: { url: { file: 'billing.url' }, environment: 'test' },
        },
        mysql: { port: 0, ...door },
        ...changes,
      }),
    )
    running.push(one)
    return { ...one, port: one.gateway.addresses['mysql']?.port ?? 0 }
  }
  const connect = async (port: number, more: mysql.ConnectionOptions = {}): Promise<mysql.Connection> => {
    const client = await mysql.createConnection({
      host: 'localhost',
      port,
      user: 'agent-7',
      password: token,
      database: 'billing',
      ...more,
    })
    client.on('error', () => {})
    clients.push(client)
    return client
  }
  const TLS = { tls: { cert: 'cert.pem', key: 'key.pem' } }

  test('are served over TLS beside HTTP: masked, decided, counted and on record', async () => {
    const gateway = await open(TLS)
    const client = await connect(gateway.port, { ssl: { ca: authority.cert } })
    const [rows] = await client.query('select id, pan from cards')
    expect(rows).toEqual([{ id: 1, pan: '411111******1111' }])
    await expect(client.query('drop table cards')).rejects.toMatchObject({ errno: 1142 })
    const [{ affectedRows }] = (await client.execute('update payments set status = ? where id = ?', [
      'settled',
      1,
    ])) as unknown as [{ affectedRows: number }]
    expect(affectedRows).toBe(1)
    expect((await gateway.query(token, 'select id from payments where id = 1')).body['status']).toBe('ok')
    expect(await metrics(gateway)).toMatch(/^cardea_sessions\{[^}]*data_source="billing"[^}]*\} 1$/m)
    await client.end()
    for (let tries = 0; tries < 100 && !gateway.log().includes('session ended'); tries += 1) await sleep(20)
    expect(gateway.log()).toContain('session ended')
    expect(gateway.log()).not.toContain(token)
    expect(place.trail()).toContain('"point":"mysql"')
    expect(place.trail()).toContain('agent-7')
    expect(place.trail()).not.toContain(PAN)
  })

  test('are asked for TLS before they have said who they are', async () => {
    const gateway = await open(TLS)
    await expect(connect(gateway.port)).rejects.toMatchObject({ errno: 3159 })
    expect(gateway.log()).not.toContain('sign-in')
  })

  test('on this machine may come without TLS, with a token that fits under a key', async () => {
    const gateway = await open({ cleartext: 'loopback' })
    await expect(connect(gateway.port, { password: 'hunter2' })).rejects.toMatchObject({ errno: 1045 })
    expect(gateway.log()).toMatch(/"door":"mysql","code":"CARDEA_IDENTITY_REFUSED"/)
  })

  test('without a good token, or with another database, get nowhere', async () => {
    const gateway = await open(TLS)
    const ssl = { ca: authority.cert }
    await expect(connect(gateway.port, { ssl, password: 'hunter2' })).rejects.toMatchObject({ errno: 1045 })
    await expect(connect(gateway.port, { ssl, password: '' })).rejects.toMatchObject({ errno: 1045 })
    expect(gateway.log()).toMatch(/"door":"mysql","code":"CARDEA_IDENTITY_REFUSED"/)
    expect(gateway.log()).not.toContain('hunter2')
    await expect(connect(gateway.port, { ssl, database: 'payroll' })).rejects.toMatchObject({ errno: 1049 })
    await expect(connect(gateway.port, { ssl, database: 'ledger' })).rejects.toMatchObject({ errno: 1049 })
    await expect(connect(gateway.port, { ssl, database: '' })).rejects.toMatchObject({ errno: 1046 })
  })

  test('end with the gateway, after their transaction', async () => {
    const gateway = await open(TLS)
    const client = await connect(gateway.port, { ssl: { ca: authority.cert } })
    await client.query('begin')
    await client.query("update payments set status = 'open' where id = 1")
    const closing = gateway.gateway.close()
    await sleep(100)
    await client.query('commit')
    await closing
    const admin = await mysql.createConnection(database.url)
    expect((await admin.query('select status from payments'))[0]).toEqual([{ status: 'open' }])
    await admin.end()
  })
})
