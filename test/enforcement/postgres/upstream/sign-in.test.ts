/** How Cardea signs in to a server: to a real one in every way that it may ask for, and to impostors not at all. */
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import {
  AUTHENTICATION,
  authentication,
  cString,
  message,
  readyForQuery,
} from '../../../../src/enforcement/upstream/postgres/messages.js'
import { pgUpstreams } from '../../../../src/enforcement/upstream/postgres/pool.js'
import { scram } from '../../../../src/enforcement/upstream/postgres/scram.js'
import { pgTarget } from '../../../../src/enforcement/upstream/postgres/target.js'
import { systemClock } from '../../../../src/util/clock.js'
import { describePostgres } from '../../../support/databases.js'
import { certificateAuthority } from '../../../support/issuer/certificates.js'
import { locatePostgres, type StartedServer, startPostgres } from '../../../support/servers/postgres.js'
import { answers } from './kit.js'

/** As whom the server knows the connection, and whether it is encrypted. */
async function signIn(
  url: string,
  signal = new AbortController().signal,
): Promise<readonly (string | null)[]> {
  const pool = pgUpstreams({
    target: pgTarget(url),
    connections: 1,
    messageBytes: 100_000,
    clock: systemClock,
  })
  try {
    const upstream = await pool.acquire(new Map(), signal)
    const { rows } = await answers(
      upstream,
      'select current_user, ssl from pg_stat_ssl where pid = pg_backend_pid()',
    )
    return rows[0] ?? []
  } finally {
    await pool.close()
  }
}

describePostgres('a server that asks', () => {
  let server: StartedServer
  let directory: string
  let at: (user: string, password: string, query: string, host?: string) => string
  const scrammed = 'pässword ½'
  beforeAll(async () => {
    server = await startPostgres(await locatePostgres(), [
      'fsync=off',
      'listen_addresses=127.0.0.1,127.0.0.2',
    ])
    const { address } = server
    directory = mkdtempSync(join(tmpdir(), 'cardea-signin-'))
    const client = new pg.Client(address)
    await client.connect()
    const [{ data_directory: data = '' } = {}] = (await client.query('show data_directory')).rows
    const { uid, gid } = statSync(data)
    const write = (name: string, text: string): void => {
      writeFileSync(join(data, name), text, { mode: 0o600 })
      chownSync(join(data, name), uid, gid)
    }
    const authority = certificateAuthority()
    const { cert, key } = authority.issue('database')
    write('server.crt', cert)
    write('server.key', key)
    writeFileSync(join(directory, 'ca.pem'), authority.cert)
    writeFileSync(join(directory, 'other.pem'), certificateAuthority().cert)
    write(
      'pg_hba.conf',
      [
        'host all postgres all scram-sha-256',
        'host all md all md5',
        'host all clear all password',
        'host all free all trust',
        'host all scram all scram-sha-256',
        '',
      ].join('\n'),
    )
    await client.query(`create role scram login password '${scrammed}'`)
    await client.query("create role clear login password 'c'; create role free login")
    await client.query("set password_encryption = 'md5'; create role md login password 'm'")
    await client.query('alter system set ssl = on')
    await client.query('select pg_reload_conf()')
    await client.end()
    at = (user, password, query, host = address.host) =>
      `postgres://${user}:${encodeURIComponent(password)}@${host}:${address.port}/postgres?${query.replace('DIR', directory)}`
    // The reload is the server's own affair.
    for (let tries = 0; tries < 100; tries++) {
      const ready = await signIn(at('free', '', 'sslmode=require')).then(
        () => true,
        () => false,
      )
      if (ready) break
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  })
  afterAll(async () => {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test.each([
    ['scram', scrammed, '', 'f'],
    ['scram', scrammed, 'sslmode=disable', 'f'],
    ['scram', scrammed, 'sslmode=require', 't'],
    ['scram', scrammed, 'sslmode=verify-ca&sslrootcert=DIR/ca.pem', 't'],
    ['scram', scrammed, 'sslmode=verify-full&sslrootcert=DIR/ca.pem', 't'],
    ['scram', scrammed, 'sslrootcert=DIR/ca.pem', 't'],
    ['md', 'm', 'sslmode=require', 't'],
    ['md', 'm', '', 'f'],
    ['clear', 'c', 'sslmode=verify-full&sslrootcert=DIR/ca.pem', 't'],
    ['free', '', '', 'f'],
  ])('is answered: %s with %s, %s', async (user, password, query, ssl) => {
    expect(await signIn(at(user, password, query))).toEqual([user, ssl])
  })

  test.each([
    ['a wrong password', 'scram', 'wrong', '', /SQLSTATE 28P01/],
    ['a wrong md5 password', 'md', 'wrong', '', /SQLSTATE 28P01/],
    ['no such role', 'nobody', 'x', '', /SQLSTATE 28/],
    ['a password in clear text without TLS', 'clear', 'c', '', /needs verified TLS/],
    ['a password in clear text to whoever answers', 'clear', 'c', 'sslmode=require', /needs verified TLS/],
    [
      'an authority that did not sign',
      'scram',
      scrammed,
      'sslmode=verify-ca&sslrootcert=DIR/other.pem',
      /cannot be reached/,
    ],
    ['no authority that is known', 'scram', scrammed, 'sslmode=verify-full', /cannot be reached/],
  ])('%s is no way in, and nothing secret is told', async (_, user, password, query, why) => {
    const error: Error = await signIn(at(user, password, query)).then(
      () => new Error('let in'),
      reason => reason,
    )
    expect(error).toMatchObject({ code: 'CARDEA_CONNECTION_FAILED', message: expect.stringMatching(why) })
    expect(JSON.stringify([error.message, error.stack, error])).not.toContain(
      password.length > 2 ? password : '\0',
    )
  })

  test('a certificate for another name is refused by verify-full only', async () => {
    const elsewhere = (mode: string) =>
      signIn(at('scram', scrammed, `sslmode=${mode}&sslrootcert=DIR/ca.pem`, '127.0.0.2'))
    await expect(elsewhere('verify-full')).rejects.toThrow('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(await elsewhere('verify-ca')).toEqual(['scram', 't'])
  })

  test('a cancel request goes the same way', async () => {
    const target = pgTarget(at('scram', scrammed, 'sslmode=verify-full&sslrootcert=DIR/ca.pem'))
    const pool = pgUpstreams({ target, connections: 1, messageBytes: 100_000, clock: systemClock })
    const upstream = await pool.acquire(new Map(), new AbortController().signal)
    const answer = answers(upstream, 'select pg_sleep(60)')
    await upstream.cancel()
    expect(await answer).toMatchObject({ state: '57014' })
    await pool.close()
  })
})

describe('impostors', () => {
  const servers: net.Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  /** Says each answer when something arrives. */
  const impostor = async (said: readonly (Buffer | string)[], query = ''): Promise<string> => {
    const server = net.createServer(socket => {
      const left = [...said]
      socket.on('error', () => {})
      socket.on('data', () => {
        const next = left.shift()
        if (next === undefined) socket.destroy()
        else socket.write(next)
      })
    })
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return `postgres://u:secret@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/d${query}`
  }
  const sasl = (...names: string[]): Buffer =>
    authentication(AUTHENTICATION.sasl, ...names.map(cString), Buffer.alloc(1))
  const ready = Buffer.concat([authentication(AUTHENTICATION.ok), readyForQuery('I')])
  const more = (text: string): Buffer => authentication(AUTHENTICATION.saslContinue, Buffer.from(text))

  test.each<[string, readonly (Buffer | string)[], string]>([
    ['lets in half-way through SCRAM', [sasl('SCRAM-SHA-256'), ready], ''],
    ['does not go on from our nonce', [sasl('SCRAM-SHA-256'), more('r=abc,s=c2FsdA==,i=4096')], ''],
    ['offers what is no SCRAM', [sasl('GS2-KRB5')], ''],
    ['asks for what nobody knows', [authentication(7)], ''],
    ['is ready before it asks', [readyForQuery('I')], ''],
    ['speaks HTTP', ['HTTP/1.1 400 Bad Request\r\n\r\n'], ''],
    ['says a message that is too long', [Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff])], ''],
    ['says a message that is too short', [message('R', Buffer.alloc(1))], ''],
    ['has no TLS', ['N'], '?sslmode=require'],
    ['says more along with its yes', [Buffer.concat([Buffer.from('S'), ready])], '?sslmode=require'],
    ['hangs up', [], ''],
    ['hangs up on TLS', [], '?sslmode=require'],
  ])('one that %s is found out', async (_, said, query) => {
    const failed = signIn(await impostor(said, query))
    await expect(failed).rejects.toMatchObject({ code: 'CARDEA_CONNECTION_FAILED' })
    await expect(failed).rejects.not.toThrow('secret')
  })

  test.each(['', '?sslmode=require'])(
    'one that says nothing is waited for until the signal: %s',
    async query => {
      const url = await impostor([Buffer.alloc(0), Buffer.alloc(0)], query)
      await expect(signIn(url, AbortSignal.timeout(100))).rejects.toMatchObject({
        code: 'CARDEA_CONNECTION_FAILED',
      })
    },
  )

  test('a port where nobody listens', async () => {
    const url = await impostor([])
    await new Promise(resolve => servers.splice(0)[0]?.close(resolve))
    await expect(signIn(url)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('SCRAM', () => {
  test('is bound to the channel where server and certificate allow it', () => {
    const both = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']
    expect(scram(both, 'p', Buffer.alloc(32)).first).toMatch(/^p=tls-server-end-point,,n=,r=/)
    expect(scram(both, 'p').first).toMatch(/^n,,n=,r=/)
    expect(scram(['SCRAM-SHA-256'], 'p', Buffer.alloc(32)).mechanism).toBe('SCRAM-SHA-256')
  })

  test('a signature that is not the server’s is found out', async () => {
    const exchange = scram(['SCRAM-SHA-256'], 'pencil', undefined, 'rOprNGfwEbeRWgbNEkqO')
    expect(() => exchange.verify('v=AAAA')).toThrow('does not prove')
    await exchange.final(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    )
    for (const signature of ['', 'v=', 'e=other', `v=${Buffer.alloc(32).toString('base64')}`]) {
      expect(() => exchange.verify(signature)).toThrow('does not prove')
    }
  })
})

describe('URLs of servers', () => {
  test.each([
    [
      'postgres://u:p%40@db.corp/billing',
      { host: 'db.corp', port: 5432, password: 'p@', database: 'billing', tls: 'full' },
    ],
    ['postgresql://u@127.0.0.1:6432/x', { host: '127.0.0.1', port: 6432, password: '', tls: 'plain' }],
    ['postgres://u@localhost/x?sslmode=verify-full', { tls: 'full' }],
    ['postgres://u@[::1]/x', { host: '::1', tls: 'plain' }],
    ['postgres://u@db.corp', { database: 'u', tls: 'full' }],
    ['postgres://u@db.corp/x?sslmode=disable', { tls: 'plain' }],
    ['postgres://u@db.corp/x?sslmode=require', { tls: 'encrypted' }],
    ['postgres:///x?host=/var/run/postgresql&user=u', { host: '/var/run/postgresql', tls: 'plain' }],
    ['postgres://u@127.0.0.1.evil.example/x', { tls: 'full' }],
  ])('%s', (url, expected) => {
    expect(pgTarget(url)).toMatchObject(expected)
  })

  test.each([
    'mysql://u:secret@h/x',
    'secret',
    'postgres://h/x',
    'postgres://u:secret@h/x?sslmode=prefer',
    'postgres://u:secret@h/x?sslmode=allow',
    'postgres://u:secret@h/x?sslmode=SECRET',
    'postgres://u:secret%@h/x',
    'postgres://u:secret@h/x?sslrootcert=/secret/none.pem',
  ])('%s is refused, and not repeated', url => {
    let told: unknown
    try {
      pgTarget(url)
    } catch (error) {
      told = error
    }
    expect(told).toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    expect(String(told)).not.toMatch(/secret/i)
  })
})
