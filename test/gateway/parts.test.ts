/** What the gateway leans on goes away and comes back; people answer; tokens are bound to certificates. */
import { createHash, randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { request } from 'node:https'
import { expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import pg from 'pg'
import { verifyTrail } from '../../src/audit/verify.js'
import { describePostgres } from '../support/databases.js'
import { certificateAuthority } from '../support/issuer/certificates.js'
import { openPlace, type Place, plain, type Running, run } from './kit.js'

const within = async (
  use: (
    place: Place,
    open: (changes?: Readonly<Record<string, unknown>>) => Promise<Running>,
  ) => Promise<void>,
): Promise<void> => {
  const place = await openPlace()
  const running: Running[] = []
  try {
    await use(place, async changes => {
      const one = await run(place.config(changes))
      running.push(one)
      return one
    })
  } finally {
    await Promise.allSettled(running.map(({ gateway }) => gateway.close()))
    await place.close()
  }
}

const readyz = async ({ operator }: Running) => {
  const response = await fetch(`${operator}/readyz`)
  return {
    status: response.status,
    checks: ((await response.json()) as { checks: Record<string, string> }).checks,
  }
}

/** Asked again until the answer that is kept for a moment is over. */
const becomes = async (running: Running, status: number) => {
  let found = await readyz(running)
  for (let tries = 0; tries < 200 && found.status !== status; tries += 1) {
    await new Promise(resolve => setTimeout(resolve, 50))
    found = await readyz(running)
  }
  return found
}

describePostgres('a gateway whose parts come and go', () => {
  test('that is closed at once leaves no timer behind, which would keep its process', () =>
    within(async (_, open) => {
      const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
      const before = timers()
      const { gateway } = await open({ postgres: { port: 0, cleartext: 'loopback' } })
      await gateway.close(AbortSignal.abort())
      expect(timers()).toBeLessThanOrEqual(before)
    }))

  test(
    'is not ready while its database is away, and serves again when it is back',
    () =>
      within(async (place, open) => {
        const running = await open()
        const token = await place.token()
        expect((await readyz(running)).status).toBe(200)
        const admin = new pg.Client({ connectionString: place.database.url.replace(/\/[^/]*$/, '/postgres') })
        await admin.connect()
        const { database } = place.database
        await admin.query(`alter database ${database} with allow_connections false`)
        await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
        )
        const away = await becomes(running, 503)
        expect(away).toMatchObject({
          status: 503,
          checks: { 'database billing': 'failing', 'trail billing': 'ok' },
        })
        expect((await fetch(`${running.operator}/healthz`)).status).toBe(200)
        await admin.query(`alter database ${database} with allow_connections true`)
        await admin.end()
        expect((await becomes(running, 200)).status).toBe(200)
        expect((await running.query(token, 'select id from payments where id = 1')).body).toMatchObject({
          status: 'ok',
        })
        expect(running.log()).toMatch(/"msg":"a part does not work"[\s\S]*"msg":"a part works again"/)
      }),
    30_000,
  )

  test(
    'lets nobody in before its identity provider can be asked',
    () =>
      within(async (place, open) => {
        const token = await place.token()
        await place.issuer.stop()
        const running = await open()
        expect((await readyz(running)).status).toBe(503)
        expect((await running.query(token, 'select 1')).status).toBe(503)
        await place.issuer.start()
        expect((await becomes(running, 200)).status).toBe(200)
        expect((await running.query(token, 'select 1')).status).toBe(200)
      }),
    30_000,
  )

  test(
    'asks for a restart once its trail cannot be written',
    () =>
      within(async (place, open) => {
        const running = await open()
        const token = await place.token()
        // Whoever moves the directory away takes the trail from its writer.
        renameSync(place.at('audit/billing'), place.at('elsewhere'))
        for (let tries = 0; tries < 100; tries += 1) {
          if ((await running.query(token, 'select id from payments where id = 1')).body['status'] !== 'ok')
            break
          await new Promise(resolve => setTimeout(resolve, 100))
        }
        const answer = await running.query(token, 'select id from payments where id = 1')
        expect(answer.body).toMatchObject({ status: 'failed', code: 'CARDEA_AUDIT_UNAVAILABLE' })
        expect((await fetch(`${running.operator}/healthz`)).status).toBe(503)
        expect(await (await fetch(`${running.operator}/metrics`)).text()).toMatch(
          /^cardea_trail_failures_total\{data_source="billing"\} [1-9]/m,
        )
        await expect(running.gateway.close()).rejects.toThrow(/trail/)
      }),
    30_000,
  )
})

describePostgres('people and certificates', () => {
  test(
    'a person approves in the inbox, and the frozen statement runs once',
    () =>
      within(async (place, open) => {
        const { identity, ...rest } = plain(place.issuer)
        const running = await open({ ...rest, identity })
        place.issuer.addUser('bob', { groups: ['dba'] })
        const [token, { accessToken }] = await Promise.all([place.token(), place.issuer.signIn('bob')])
        const asked = await running.execute(token, 'delete from payments where id = 3', {
          reason: 'duplicate',
        })
        expect(asked.body).toMatchObject({ status: 'approval_required' })
        const id = String(asked.body['approval_id'])
        const { approvals } = running.gateway.addresses
        const answer = (bearer: string) =>
          fetch(`http://127.0.0.1:${approvals?.port}/approvals/${id}/answer`, {
            method: 'POST',
            headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
            body: JSON.stringify({ decision: 'approved', reason: 'it is one' }),
          })
        expect((await answer(token)).status).toBe(403)
        expect((await answer(accessToken)).status).toBe(200)
        const redeem = async () => {
          const response = await fetch(`${running.url}/v1/approvals/${id}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: '{}',
          })
          return (await response.json()) as Record<string, unknown>
        }
        expect(await redeem()).toMatchObject({ status: 'executed', affected_rows: 1 })
        expect((await redeem())['status']).not.toBe('executed')
        expect(await place.sql('select count(*)::int as n from payments')).toEqual([{ n: 19 }])
      }),
    30_000,
  )

  test(
    'a token bound to a certificate is good with that certificate only',
    () =>
      within(async (place, open) => {
        const server = certificateAuthority().issue('gateway')
        place.write('cert.pem', server.cert)
        place.write('key.pem', server.key)
        const running = await open({
          http: { port: 0, tls: { cert: 'cert.pem', key: 'key.pem', clientCa: 'issuer.pem' } },
        })
        place.issuer.addClient('bound-bot', {}, { tls_client_certificate_bound_access_tokens: true })
        const [own, other] = [place.issuer.certificate('bot'), place.issuer.certificate('thief')]
        const token = await place.issuer.clientToken('bound-bot', { certificate: own })
        const status = (tls: object): Promise<number | undefined> =>
          new Promise((resolve, reject) => {
            const call = request(
              {
                port: running.gateway.addresses['http']?.port,
                host: '127.0.0.1',
                path: '/v1/query',
                method: 'POST',
                agent: false,
                rejectUnauthorized: false,
                headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
                ...tls,
              },
              response => {
                response.resume()
                resolve(response.statusCode)
              },
            )
            call.on('error', reject)
            call.end('{"sql":"select 1"}')
          })
        expect(await status({ cert: own.cert, key: own.key })).toBe(200)
        expect(await status({ cert: other.cert, key: other.key })).toBe(401)
        expect(await status({})).toBe(401)
        const stranger = certificateAuthority().issue('bot')
        expect(await status({ cert: stranger.cert, key: stranger.key })).toBe(401)
      }),
    30_000,
  )

  test(
    'a token bound to a key is good for one request per proof, at the public address, through either door',
    () =>
      within(async (place, open) => {
        const running = await open({ http: { port: 0, publicUrl: 'https://db.corp.example' } })
        const pair = await generateKeyPair('ES256', { extractable: true })
        const jwk = await exportJWK(pair.publicKey)
        const proof = (claims: object): Promise<string> =>
          new SignJWT({
            jti: randomBytes(9).toString('hex'),
            iat: Math.floor(Date.now() / 1_000),
            htm: 'POST',
            ...claims,
          })
            .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
            .sign(pair.privateKey)
        const dpop = await proof({ htu: place.issuer.tokenEndpoint })
        const token = await place.issuer.clientToken('billing-bot', { dpop })
        const ath = createHash('sha256').update(token).digest('base64url')
        const at = (path: string, shown: string, body: string): Promise<number> =>
          fetch(`${running.url}${path}`, {
            method: 'POST',
            headers: {
              authorization: `DPoP ${token}`,
              dpop: shown,
              'content-type': 'application/json',
              accept: 'application/json, text/event-stream',
            },
            body,
          }).then(({ status }) => status)
        for (const [path, body] of [
          ['/v1/query', '{"sql":"select 1"}'],
          ['/mcp', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'],
        ] as const) {
          const shown = await proof({ htu: `https://db.corp.example${path}`, ath })
          expect([path, await at(path, shown, body)]).toEqual([path, 200])
          expect([path, await at(path, shown, body)]).toEqual([path, 401])
          const elsewhere = await proof({ htu: `${running.url}${path}`, ath })
          expect([path, await at(path, elsewhere, body)]).toEqual([path, 401])
        }
        expect((await running.query(token, 'select 1')).status).toBe(401)
      }),
    30_000,
  )
})

describePostgres('closing under load', () => {
  test(
    'answers what it took, takes nothing more, and leaves nothing open',
    () =>
      within(async (place, open) => {
        const running = await open({ limits: { concurrent: 1_000, perMinute: 100_000 } })
        const token = await place.token()
        const seen: string[] = []
        let going = true
        const asking = Array.from({ length: 12 }, async (_, n) => {
          while (going) {
            const id = (n % 20) + 1
            const answer = await running
              .execute(token, `update payments set amount = amount + 1000 where id = ${id}`)
              .catch(() => null)
            seen.push(answer === null ? 'gone' : String(answer.body['status']))
            if (answer === null || answer.status === 503) return
          }
        })
        while (!seen.includes('executed')) await new Promise(resolve => setTimeout(resolve, 10))
        await running.gateway.close()
        going = false
        await Promise.all(asking)
        const executed = seen.filter(status => status === 'executed').length
        const [row] = await place.sql('select sum((amount - id) / 1000)::int as n from payments')
        // Whoever was told so is right, and nobody else's was carried out.
        expect(row).toEqual({ n: executed })
        const left = `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'cardea'`
        expect(await place.sql(left)).toEqual([{ n: 0 }])
        expect((await verifyTrail(place.at('audit/billing'))).status).toBe('whole')
      }),
    30_000,
  )
})
