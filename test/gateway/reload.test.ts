/** A configuration that changes while the gateway runs: taken over whole or not at all, and on record either way. */
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { POLICY } from '../support/billing.js'
import { describePostgres } from '../support/databases.js'
import { certificateAuthority } from '../support/issuer/certificates.js'
import { openPlace, type Place, type Running, run } from './kit.js'

describePostgres('a reload', () => {
  let place: Place
  let running: Running
  let token: string

  beforeAll(async () => {
    place = await openPlace()
    tls('first')
    place.config({ http: { port: 0, tls: { cert: 'cert.pem', key: 'key.pem' } } })
    running = await run(place.at('cardea.yaml'))
    token = await place.token()
  })
  afterAll(async () => {
    await running.gateway.close()
    await place.close()
  })

  const tls = (name: string): void => {
    const { cert, key } = certificateAuthority().issue(name)
    place.write('cert.pem', cert)
    place.write('key.pem', key)
  }
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const port = running.gateway.addresses['http']?.port ?? 0
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      })
      socket.on('error', reject)
    })
  const reloads = (): {
    result: string
    asked: string
    why?: string
    policy?: { before: string; after: string }
    config: object
  }[] =>
    place
      .trail()
      .split('\n')
      .filter(line => line.includes('"event":"config.reload"'))
      .map(line => JSON.parse(line).detail)

  test('takes over a new certificate and a new policy, and says so on record', async () => {
    expect(await shown()).toBe('first')
    tls('second')
    place.write('policy.yaml', 'version: 1\n')
    expect(await running.gateway.reload('SIGHUP')).toEqual({
      applied: true,
      changed: ['dataSources.billing.policy', 'http.tls.cert', 'http.tls.key'],
    })
    expect(await shown()).toBe('second')
    const [record] = reloads()
    expect(record).toMatchObject({ result: 'applied', asked: 'SIGHUP' })
    const { before, after } = record?.policy ?? { before: '', after: '' }
    expect([before.length, after.length, before === after]).toEqual([64, 64, false])
    place.write('policy.yaml', POLICY)
    await running.gateway.reload('test')
  })

  test.each([
    ['a policy that is not valid', () => place.write('policy.yaml', 'version: 7\n'), /policy\.yaml:1:1/],
    [
      'another database',
      () =>
        place.config({
          dataSources: { payroll: { url: { file: 'billing.url' }, environment: 'test' } },
          http: { port: 0, tls: { cert: 'cert.pem', key: 'key.pem' } },
        }),
      /Only a restart can change .*dataSources\.billing/,
    ],
    ['no TLS any more', () => place.config(), /Only a restart can change http\.tls/],
    [
      'a key of another certificate',
      () => place.write('key.pem', certificateAuthority().issue('x').key),
      /do not go together/,
    ],
    ['a file that is not there', () => place.config({ policy: 'gone.yaml' }), /gone\.yaml cannot be read/],
  ])('refuses %s, and keeps what it has', async (_, spoil, why) => {
    const records = reloads().length
    const certificate = await shown()
    spoil()
    expect(await running.gateway.reload('SIGHUP')).toEqual({
      applied: false,
      why: expect.stringMatching(why),
    })
    expect(reloads()).toHaveLength(records + 1)
    expect(reloads().at(-1)).toMatchObject({ result: 'refused', why: expect.stringMatching(why) })
    expect(await shown()).toBe(certificate)
    place.write('policy.yaml', POLICY)
    tls('second')
    place.config({ http: { port: 0, tls: { cert: 'cert.pem', key: 'key.pem' } } })
  })

  test('two at once are taken one after the other', async () => {
    place.write('policy.yaml', 'version: 1\n')
    const both = await Promise.all([running.gateway.reload('a'), running.gateway.reload('b')])
    expect(both.map(({ applied }) => applied)).toEqual([true, true])
    expect(both[1]).toMatchObject({ changed: [] })
    place.write('policy.yaml', POLICY)
    await running.gateway.reload('test')
    expect(token).not.toBe('')
  })
})

describePostgres('a policy that changes under a call', () => {
  test('leaves what runs alone, and judges what comes after', async () => {
    const place = await openPlace()
    const running = await run(place.config())
    try {
      const token = await place.token()
      const [{ pid }] = (await place.sql('select pg_backend_pid() as pid')) as [{ pid: number }]
      expect(pid).toBeGreaterThan(0)
      const slow = running.query(
        token,
        'select count(*) from payments a, payments b, payments c, payments d, payments e',
      )
      place.write('policy.yaml', 'version: 1\n')
      await running.gateway.reload('SIGHUP')
      expect(await running.query(token, 'select id from payments where id = 1')).toMatchObject({
        body: { status: 'denied', rule: 'default-deny' },
      })
      const { body } = await slow
      expect(['ok', 'denied']).toContain(body['status'])
    } finally {
      await running.gateway.close()
      await place.close()
    }
  })
})
