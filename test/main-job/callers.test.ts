/** Who a handle's statements belong to, from a real issuer's token to the record, for as long as the token holds. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type GovernedConnection, oidc, type RevocationList } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'
import { type Issuer, startIssuer } from '../support/issuer.js'
import { alice, openHouse, type TestHouse } from './house.js'

describePostgres('callers with tokens', () => {
  let issuer: Issuer
  let house: TestHouse
  let governed: GovernedConnection
  const clock = {
    ahead: 0,
    now: () => Date.now() + clock.ahead,
    monotonic: () => performance.now() + clock.ahead,
  }
  const revoked = new Set<string>()
  const revocation: RevocationList = { isRevoked: ({ subject }) => revoked.has(subject) }
  const refused = { code: 'CARDEA_IDENTITY_REFUSED' }
  let identity: ReturnType<typeof oidc>

  beforeAll(async () => {
    issuer = await startIssuer()
    for (const name of ['ann', 'ben', 'cid'])
      issuer.addUser(name, { groups: ['support'], amr: ['pwd', 'otp'] })
    const { url, ca, audience } = issuer
    identity = oidc({ issuer: url, audience, ca, roles: { support: ['support'] }, revocation, clock })
    house = await openHouse({ also: { identity, clock } })
    governed = house.governed
  }, 60_000)
  afterAll(async () => {
    await house.close()
    await issuer.close()
  })

  const token = async (name: string) => (await issuer.signIn(name)).accessToken
  const read = (db: ReturnType<GovernedConnection['as']>) => db('payments').where({ id: 1 }).first('status')

  test('are who the issuer says, in every record, and their token is in none', async () => {
    const secret = await token('ann')
    const db = governed.as(await identity.verify(secret), { agent: { framework: 'autogen', id: 'bot' } })
    expect(await read(db)).toEqual({ status: 'settled' })
    expect(await read(governed.as({ token: secret }))).toEqual({ status: 'settled' })
    const trail = house.trail()
    expect(trail).toContain(`"issuer":"${issuer.url}"`)
    expect(trail).toMatch(/"amr":\["pwd","otp"\]/)
    for (const part of secret.split('.')) expect(trail).not.toContain(part)
  })

  test('that only say so are refused', async () => {
    const principal = await identity.verify(await token('ann'))
    for (const forged of [
      alice,
      { ...principal },
      structuredClone(principal),
      Object.freeze({ ...principal }),
    ]) {
      await expect(read(governed.as(forged))).rejects.toMatchObject(refused)
    }
    await expect(read(governed.as({ token: 'e30.e30.' }))).rejects.toMatchObject(refused)
  })

  test('are stopped within a handle when the token expires, or is revoked', async () => {
    const db = governed.as(await identity.verify(await token('ben')))
    const bearing = governed.as({ token: await token('ben') })
    await read(db)
    await read(bearing)
    revoked.add('ben')
    await expect(read(db)).rejects.toMatchObject(refused)
    await expect(read(bearing)).rejects.toMatchObject(refused)
    revoked.delete('ben')
    await read(db)
    clock.ahead = 11 * 60_000
    await expect(read(db)).rejects.toMatchObject(refused)
    await expect(read(bearing)).rejects.toMatchObject(refused)
    clock.ahead = 0
  })

  test('that expire in a transaction do not commit what follows', async () => {
    const db = governed.as(await identity.verify(await token('ann')))
    const work = db.transaction(async trx => {
      await trx('payments').where({ id: 1 }).first('status')
      clock.ahead = 11 * 60_000
      await trx('payments').where({ id: 1 }).first('status')
    })
    await expect(work).rejects.toMatchObject(refused)
    clock.ahead = 0
    expect(await read(governed.as(await identity.verify(await token('ann'))))).toEqual({ status: 'settled' })
  })

  test('are kept apart by run() and current(), across awaits and timers', async () => {
    expect(() => governed.current()).toThrow(expect.objectContaining(refused))
    const visit = async (name: string, pause: number) =>
      governed.run({ token: await token(name) }, { session: `request of ${name}` }, async () => {
        await new Promise(resolve => setTimeout(resolve, pause))
        const mine = governed.current()
        await read(mine)
        await new Promise(resolve => setImmediate(resolve))
        return governed.current() === mine
      })
    expect(await Promise.all([visit('ann', 30), visit('ben', 5), visit('cid', 15)])).toEqual([
      true,
      true,
      true,
    ])
    const records = house
      .trail()
      .split('\n')
      .filter(line => line.includes('request of') && line.startsWith('{"body":'))
      .map(line => JSON.parse(line).body)
    expect(records.map(({ session, principal }) => [session, principal.subject]).sort()).toEqual([
      ['request of ann', 'ann'],
      ['request of ben', 'ben'],
      ['request of cid', 'cid'],
    ])
    expect(() => governed.current()).toThrow(expect.objectContaining(refused))
  })

  test('are refused while their issuer cannot be asked and no key is fresh, and served again afterwards', async () => {
    const { url, ca, audience } = issuer
    const cold = oidc({ issuer: url, audience, ca, timeoutMs: 500 })
    const good = await token('cid')
    await issuer.stop()
    await expect(cold.verify(good)).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
    // Keys that were fetched a moment ago still serve.
    expect(await read(governed.as({ token: good }))).toEqual({ status: 'settled' })
    await issuer.start()
    const again = oidc({ issuer: url, audience, ca })
    expect((await again.verify(good)).subject).toBe('cid')
  })
})
