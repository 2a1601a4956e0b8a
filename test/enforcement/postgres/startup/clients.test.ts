/** Real clients on their way in: psql and node-postgres, over TLS and without. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { CardeaError } from '../../../../src/errors.js'
import { describePostgres } from '../../../support/databases.js'
import { ALICE, type Door, eventually, type House, openDoor, openHouse, TOKEN } from './kit.js'

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function psql(door: Door, conninfo: string, password = TOKEN, sql = 'select 40 + 2'): Promise<Run> {
  const target = `host=127.0.0.1 port=${door.port} dbname=billing user=bot ${conninfo}`
  return new Promise(resolve => {
    execFile(
      'psql',
      ['-X', '-w', '-A', '-t', '-d', target, '-c', sql],
      { env: { PATH: process.env['PATH'], PGPASSWORD: password, HOME: tmpdir() } },
      (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}

async function failure(door: Door, config: pg.ClientConfig = {}): Promise<pg.DatabaseError> {
  const client = node(door, config)
  const error: unknown = await client.connect().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  await client.end().catch(() => {})
  if (!(error instanceof pg.DatabaseError)) throw new Error(`not a database error: ${String(error)}`)
  expect(error.severity).toBe('FATAL')
  return error
}

function node(door: Door, config: pg.ClientConfig = {}): pg.Client {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: door.port,
    user: 'bot',
    database: 'billing',
    password: TOKEN,
    ssl: { ca: door.authority.cert },
    ...config,
  })
  client.on('error', () => {})
  return client
}

describePostgres('clients over TLS', () => {
  let door: Door
  let directory: string
  beforeAll(async () => {
    door = await openDoor()
    directory = mkdtempSync(join(tmpdir(), 'cardea-startup-'))
    writeFileSync(join(directory, 'ca.pem'), door.authority.cert)
    const bot = door.authority.issue('bot')
    writeFileSync(join(directory, 'bot.pem'), bot.cert)
    writeFileSync(join(directory, 'bot.key'), bot.key, { mode: 0o600 })
  })
  afterAll(async () => {
    await door.close()
    rmSync(directory, { recursive: true, force: true })
  })

  test.each(['require', 'prefer', 'allow', 'verify-ca', 'verify-full'])(
    'psql with sslmode=%s comes in with a token of 8,000 bytes as password',
    async mode => {
      const root = mode.startsWith('verify') ? `sslrootcert=${join(directory, 'ca.pem')}` : ''
      expect(await psql(door, `sslmode=${mode} ${root}`)).toEqual({ code: 0, out: '42\n', err: '' })
    },
  )

  test('psql without TLS is refused before it sends a password', async () => {
    const before = door.presented.length
    const { code, err } = await psql(door, 'sslmode=disable')
    expect(code).toBe(2)
    expect(err).toContain('FATAL:  cardea: Clients without TLS are not let in')
    expect(door.presented).toHaveLength(before)
  })

  test('a wrong token, and none, are refused', async () => {
    expect(await psql(door, 'sslmode=require', 'wrong')).toMatchObject({
      code: 2,
      err: expect.stringContaining('FATAL:  cardea: The password is no token that is accepted here.'),
    })
    expect((await failure(door, { password: 'wrong' })).code).toBe('28P01')
    expect((await failure(door, { password: 'a'.repeat(70_000) })).code).toBe('08P01')
  })

  test('an unknown database is no data source', async () => {
    expect((await failure(door, { database: 'other' })).code).toBe('3D000')
  })

  test('who is known by database, user, application and session', async () => {
    const client = node(door, {
      application_name: 'reporter',
      options: '-c cardea.session=chat-7 -c statement_timeout=5s --extra-float-digits=2',
    })
    await client.connect()
    const [visitor] = door.visitors.slice(-1)
    expect(visitor).toMatchObject({
      principal: ALICE,
      dataSource: 'billing',
      agent: { id: 'bot', framework: 'reporter' },
      conversation: 'chat-7',
      origination: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    })
    expect((await client.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '5s' }])
    expect((await client.query('show application_name')).rows).toEqual([{ application_name: 'reporter' }])
    await client.end()
    await eventually(() => expect(door.inside.size).toBe(0))
  })

  test.each([
    ['-c search_path=secret', '42501', 'search_path'],
    ['-c role=admin', '42501', 'role'],
    ['-c default_transaction_read_only=off', '22023', 'default_transaction_read_only'],
    ['-c standard_conforming_strings=off', '22023', 'standard_conforming_strings'],
    ['-e', '0A000', 'options'],
  ])('a start-up with options %s is refused', async (options, code, named) => {
    const error = await failure(door, { options })
    expect(error.code).toBe(code)
    expect(error.message).toContain(named)
    expect(/These are: application_name, .*cardea\.session/.test(error.message)).toBe(code === '42501')
  })

  test('replication is refused', async () => {
    expect(await psql(door, 'sslmode=require replication=database')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Replication is not offered'),
    })
  })

  test('a token is presented with the certificate that the client shows', async () => {
    const bot = door.authority.issue('bot')
    const client = node(door, { ssl: { ca: door.authority.cert, cert: bot.cert, key: bot.key } })
    await client.connect()
    expect(door.presented.at(-1)).toMatchObject({
      kind: 'token',
      proof: { kind: 'certificate', thumbprint: bot.thumbprint },
    })
    expect(door.visitors.at(-1)?.certificate).toBe(bot.thumbprint)
    await client.end()
  })

  test('a statement is cancelled by who has its key, and the session goes on', async () => {
    const client = node(door)
    await client.connect()
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
    const running = client.query('select pg_sleep(30)').catch((error: unknown) => error)
    await eventually(() => expect(door.inside.size).toBe(1))
    const forged = Buffer.alloc(4)
    forged.writeInt32BE(secretKey ^ 1)
    expect(door.point.cancel({ pid: processID, secret: forged })).toBe(false)
    expect(door.point.cancel({ pid: processID, secret: Buffer.alloc(32) })).toBe(false)
    expect(door.point.cancel({ pid: processID + 1, secret: forged })).toBe(false)
    await new Promise(resolve => setTimeout(resolve, 100))
    const canceller = node(door) as unknown as { cancel(client: pg.Client, query: unknown): void }
    const { _activeQuery: active, activeQuery } = client as unknown as Record<string, unknown>
    canceller.cancel(client, active ?? activeQuery)
    expect(await running).toMatchObject({ code: '57014' })
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await client.end()
    await eventually(() => {
      expect(door.inside.size).toBe(0)
      expect(door.upstreams.used).toBe(0)
    })
    forged.writeInt32BE(secretKey)
    expect(door.point.cancel({ pid: processID, secret: forged })).toBe(false)
  })

  test('a new certificate is shown from then on', async () => {
    const { cert, key } = door.authority.issue('gateway-2')
    door.point.setTls({ cert, key, clientCa: door.authority.cert })
    expect(await psql(door, `sslmode=verify-full sslrootcert=${join(directory, 'ca.pem')}`)).toMatchObject({
      code: 0,
    })
  })
})

describePostgres('listeners with other rules', () => {
  let house: House
  beforeAll(async () => {
    house = await openHouse()
  })
  afterAll(() => house.close())
  const within = async (options: Parameters<typeof openDoor>[0], work: (door: Door) => Promise<void>) => {
    const door = await openDoor(options, house)
    try {
      await work(door)
    } finally {
      await door.close()
    }
  }

  test('loopback without TLS, where that is configured', () =>
    within({ tls: false, cleartext: 'loopback' }, async door => {
      expect(await psql(door, 'sslmode=prefer')).toEqual({ code: 0, out: '42\n', err: '' })
      expect(await psql(door, 'sslmode=require')).toMatchObject({ code: 2 })
    }))

  test('neither TLS nor cleartext lets nobody in', () =>
    within({ tls: false }, async door => {
      expect((await failure(door, { ssl: false })).code).toBe('28000')
    }))

  test('a certificate stands for whom it is mapped to, and one of a stranger for nobody', () =>
    within(
      {
        certificate: ({ subject }) =>
          subject === 'CN=bot' ? { kind: 'asserted', principal: ALICE } : undefined,
        identify: async credentials => (credentials.kind === 'asserted' ? credentials.principal : null),
      },
      async door => {
        const bot = door.authority.issue('bot')
        const client = node(door, {
          password: '',
          ssl: { ca: door.authority.cert, cert: bot.cert, key: bot.key },
        })
        await client.connect()
        expect(door.presented).toEqual([{ kind: 'asserted', principal: ALICE }])
        await client.end()
        const other = (await import('../../../support/issuer/certificates.js'))
          .certificateAuthority()
          .issue('bot')
        const error = await failure(door, {
          password: 'x',
          ssl: { ca: door.authority.cert, cert: other.cert, key: other.key },
        })
        expect(error.code).toBe('28P01')
        expect(door.presented.at(-1)).toMatchObject({ kind: 'token' })
      },
    ))

  test.each([
    ['CARDEA_CLOSED', '57P03'],
    ['CARDEA_TOO_MANY_REQUESTS', '53300'],
    ['CARDEA_AGENT_STOPPED', '28000'],
  ] as const)('%s is told as %s', (code, state) =>
    within({ refuse: new CardeaError(code, 'Not now.') }, async door => {
      const error = await failure(door)
      expect(error).toMatchObject({ code: state, message: 'cardea: Not now.', detail: code })
    }),
  )

  test('when every connection to the database is lent the client is told', () =>
    within({ connections: 1, startMs: 300 }, async door => {
      const client = node(door)
      await client.connect()
      expect((await failure(door)).code).toBe('53300')
      await client.end()
    }))

  test('a session ends with its token', () =>
    within({ identify: async () => ({ ...ALICE, expiresAt: Date.now() + 300 }) }, async door => {
      const client = node(door)
      const ended = new Promise<pg.DatabaseError>(resolve => {
        client.on('error', error => {
          if (error instanceof pg.DatabaseError) resolve(error)
        })
      })
      await client.connect()
      expect(await ended).toMatchObject({
        code: '57P01',
        message: expect.stringContaining('token has expired'),
      })
      await eventually(() => expect(door.inside.size).toBe(0))
    }))

  test('no provider can tell: nothing of why is told', () =>
    within({ identify: async () => Promise.reject(new Error('postgres://root:secret@db')) }, async door => {
      const error = await failure(door)
      expect(error.code).toBe('XX000')
      expect(JSON.stringify(error)).not.toContain('secret')
    }))
})
