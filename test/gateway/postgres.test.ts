/** The door that speaks PostgreSQL's protocol in a whole gateway: who comes in, who does not, and how sessions end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { verifyTrail } from '../../src/audit/verify.js'
import { PAN } from '../support/billing.js'
import { describePostgres } from '../support/databases.js'
import { certificateAuthority } from '../support/issuer/certificates.js'
import { openPlace, type Place } from './kit.js'
import { type Clients, gatewayClients, metrics, refusal } from './postgres-clients.js'

describePostgres('PostgreSQL clients of a gateway', () => {
  let place: Place
  let token: string
  let clients: Clients

  beforeAll(async () => {
    place = await openPlace()
    token = await place.token()
    clients = gatewayClients(place, token)
    const { cert, key } = certificateAuthority().issue('localhost')
    place.write('cert.pem', cert)
    place.write('key.pem', key)
  })
  afterEach(() => clients.end())
  afterAll(() => place.close())
  const open: Clients['open'] = (changes, door) => clients.open(changes, door)
  const connect: Clients['connect'] = (port, more) => clients.connect(port, more)

  test('are served beside HTTP: masked, decided, counted and on record', async () => {
    const gateway = await open()
    const client = await connect(gateway.port)
    const { rows } = await client.query('select id, pan from cards order by id')
    expect(rows[0]).toMatchObject({ id: 1 })
    expect(JSON.stringify(rows)).not.toContain(PAN)
    expect(await refusal(client.query('drop table cards'))).toMatchObject({ code: '42501' })
    const changed = await client.query(`update payments set status = 'settled' where id = $1`, [1])
    expect(changed.rowCount).toBe(1)
    expect((await gateway.query(token, 'select id from payments where id = 1')).body['status']).toBe('ok')
    expect(await metrics(gateway)).toMatch(/^cardea_sessions\{[^}]*data_source="billing"[^}]*\} 1$/m)
    await client.end()
    for (let tries = 0; tries < 100 && !gateway.log().includes('session ended'); tries += 1) await sleep(20)
    expect(gateway.log()).toMatch(
      /"session":"\w{26}","dataSource":"billing","statements":3,.*"msg":"session ended"/,
    )
    expect(gateway.log()).not.toContain('agent-7')
    expect(gateway.log()).not.toContain('select')
    expect(place.trail()).toContain('"point":"postgres"')
    expect(place.trail()).toContain('agent-7')
  })

  test('without a good token, with another database or from another port get nowhere', async () => {
    const gateway = await open({
      dataSources: {
        billing: { url: { file: 'billing.url' }, environment: 'test' },
        files: { url: 'sqlite::memory:', environment: 'test' },
      },
    })
    expect(await refusal(connect(gateway.port, { password: 'hunter2' }))).toMatchObject({ code: '28P01' })
    expect(gateway.log()).toMatch(
      /"door":"postgres","code":"CARDEA_IDENTITY_REFUSED","address":"127\.0\.0\.1","msg":"sign-in refused"/,
    )
    expect(gateway.log()).not.toContain('hunter2')
    expect(await metrics(gateway)).toMatch(
      /^cardea_turned_away_clients_total\{door="postgres",code="CARDEA_IDENTITY_REFUSED"\} 1$/m,
    )
    expect(await refusal(connect(gateway.port, { database: 'payroll' }))).toMatchObject({ code: '3D000' })
    expect(await refusal(connect(gateway.port, { database: 'files' }))).toMatchObject({
      code: '3D000',
      message: expect.stringContaining('another protocol'),
    })
    expect(await metrics(gateway)).toMatch(
      /turned_away_clients_total\{[^}]*CARDEA_DATA_SOURCE_UNKNOWN"[^}]*\} 2/,
    )
    expect(await metrics(gateway)).not.toContain('payroll')
  })

  test('may show a certificate instead of a token, and get the account of their roles', async () => {
    const authority = certificateAuthority()
    const [server, bot, stranger] = ['localhost', 'report-bot', 'stranger'].map(name => authority.issue(name))
    if (server === undefined || bot === undefined || stranger === undefined) throw new Error('none')
    place.write('server.pem', server.cert)
    place.write('server-key.pem', server.key)
    place.write('authority.pem', authority.cert)
    const role = `cardea_analyst_${process.pid}`
    await place.sql(`create role ${role} login password 'x'; grant select on cards to ${role}`)
    const analyst = Object.assign(new URL(place.database.url), { username: role, password: 'x' })
    place.write('analyst.url', analyst.href)
    const gateway = await open(
      {
        dataSources: {
          billing: {
            url: { file: 'billing.url' },
            environment: 'test',
            accounts: [{ roles: ['reports'], url: { file: 'analyst.url' } }],
          },
        },
      },
      {
        tls: { cert: 'server.pem', key: 'server-key.pem', clientCa: 'authority.pem' },
        certificates: [
          {
            commonName: 'report-bot',
            principal: { subject: 'report-bot', issuer: 'corp-ca', roles: ['reports'] },
          },
        ],
      },
    )
    const showing = (one: { cert: string; key: string }, password?: string) =>
      connect(gateway.port, { host: 'localhost', password, ssl: { ca: authority.cert, ...one } })
    const who = 'select current_user as name'
    const reports = await showing(bot)
    expect((await reports.query(who)).rows).toEqual([{ name: role }])
    expect(place.trail()).toContain(
      '"issuer":"corp-ca","kind":"service","roles":["reports"],"subject":"report-bot"',
    )
    expect((await refusal(showing(stranger, 'no-token'))).code).toBe('28P01')
    expect((await refusal(showing(certificateAuthority().issue('report-bot'), 'no-token'))).code).toBe(
      '28P01',
    )
    const other = await connect(gateway.port)
    expect((await other.query(who)).rows).not.toEqual([{ name: role }])
    await gateway.gateway.close(AbortSignal.abort())
    await place.sql(`drop owned by ${role}; drop role ${role}`)
  })

  test('may have so many sessions and statements, and are told which limit it was', async () => {
    const gateway = await open({ limits: { sessions: 2, statementsPerMinute: 5 } })
    const first = await connect(gateway.port)
    await connect(gateway.port)
    expect(await refusal(connect(gateway.port))).toMatchObject({
      code: '53300',
      message: expect.stringContaining('too many sessions open'),
    })
    for (let n = 0; n < 5; n += 1) await first.query('select 1')
    expect(await refusal(first.query('select 1'))).toMatchObject({
      message: expect.stringContaining('too many statements'),
    })
    await first.end()
    for (let tries = 0; tries < 100 && !gateway.log().includes('session ended'); tries += 1) await sleep(20)
    await connect(gateway.port)
  })

  test('over TLS: the listener takes a new certificate, clear text is refused', async () => {
    const tls = { cert: 'cert.pem', key: 'key.pem' }
    const gateway = await open({}, { cleartext: undefined, tls })
    expect(await refusal(connect(gateway.port))).toMatchObject({ code: '28000' })
    const secure = (ca: string) => ({ host: 'localhost', ssl: { ca, servername: 'localhost' } })
    const authority = certificateAuthority()
    const { cert, key } = authority.issue('localhost')
    expect((await refusal(connect(gateway.port, secure(authority.cert)))).message).toMatch(
      /certificate|issuer/,
    )
    place.write('cert.pem', cert)
    place.write('key.pem', key)
    expect((await gateway.gateway.reload('test')).applied).toBe(true)
    const client = await connect(gateway.port, secure(authority.cert))
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('closing: idle ones are told, a transaction may end, new ones are refused, and the trail is whole', async () => {
    const gateway = await open({ drain: '10s' })
    const [idle, busy] = [await connect(gateway.port), await connect(gateway.port)]
    const farewell = new Promise<{ code?: string }>(resolve => idle.once('error', resolve))
    await busy.query('begin')
    await busy.query(`update payments set amount = 100 where id = 2`)
    const closing = gateway.gateway.close()
    expect(await farewell).toMatchObject({ code: '57P01' })
    expect(await refusal(connect(gateway.port))).toMatchObject({ code: '57P03' })
    await busy.query(`update payments set amount = 101 where id = 2`)
    const goodbye = new Promise<{ code?: string }>(resolve => busy.once('error', resolve))
    await busy.query('commit')
    expect(await goodbye).toMatchObject({ code: '57P01' })
    await closing
    expect(await place.sql('select amount from payments where id = 2')).toEqual([{ amount: 101 }])
    expect((await verifyTrail(place.at('audit/billing'))).status).toBe('whole')
  })

  test('closing without patience: what runs is cancelled and rolled back', async () => {
    const gateway = await open({ drain: '100ms' })
    const busy = await connect(gateway.port)
    await busy.query('begin')
    await busy.query(`update payments set amount = 200 where id = 3`)
    const holder = new pg.Client(place.database.url)
    await holder.connect()
    await holder.query('begin')
    await holder.query('select 1 from payments where id = 4 for update')
    const slow = refusal(busy.query(`update payments set amount = 400 where id = 4`))
    const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    while ((await place.sql(waits)).length === 0) await sleep(20)
    await gateway.gateway.close()
    // Whoever waits is told, unless the connection has gone first.
    expect(['57P01', '57014', '42501', undefined]).toContain((await slow).code)
    await holder.query('commit')
    await holder.end()
    const left = await place.sql('select amount from payments where id in (3, 4) order by id')
    expect(left).toEqual([{ amount: 3 }, { amount: 4 }])
    expect((await verifyTrail(place.at('audit/billing'))).status).toBe('whole')
  })
})
