/** What the log says of clients that were not let in: enough to look for them, and nothing that they have typed. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { PAN } from '../support/billing.js'
import { describePostgres } from '../support/databases.js'
import { openPlace, type Place } from './kit.js'
import { type Clients, gatewayClients, refusal, type Served } from './postgres-clients.js'

describePostgres('a refused sign-in', () => {
  let place: Place
  let token: string
  let clients: Clients

  beforeAll(async () => {
    place = await openPlace()
    token = await place.token()
    clients = gatewayClients(place, token)
  })
  afterEach(() => clients.end())
  afterAll(() => place.close())

  const lines = (gateway: Served) =>
    gateway
      .log()
      .split('\n')
      .filter(line => line.includes('sign-in refused'))
      .map(line => JSON.parse(line) as Record<string, unknown>)
  const fail = (gateway: Served, user: string) =>
    refusal(clients.connect(gateway.port, { user, password: 'hunter2' }))

  const refusalsOnRecord = () =>
    place
      .trail()
      .split('\n')
      .filter(line => line.includes('"identity.refuse"'))
      .map(line => JSON.parse(line).detail)

  test('says door, code and address, and the name of an agent that the configuration knows', async () => {
    const gateway = await clients.open()
    await fail(gateway, 'billing-bot')
    await clients.end()
    expect(refusalsOnRecord()).toContainEqual({
      door: 'postgres',
      address: '127.0.0.1',
      code: 'CARDEA_IDENTITY_REFUSED',
      name: 'billing-bot',
    })
    expect(lines(gateway)).toEqual([
      expect.objectContaining({
        level: 'warn',
        door: 'postgres',
        code: 'CARDEA_IDENTITY_REFUSED',
        address: '127.0.0.1',
        agent: 'billing-bot',
      }),
    ])
  })

  test('says the name of whoever has been in under it, and of nobody else', async () => {
    place.issuer.addClient('night-bot')
    const gateway = await clients.open()
    await fail(gateway, 'night-bot')
    await clients.connect(gateway.port, { user: 'whatever', password: await place.token('night-bot') })
    await fail(gateway, 'night-bot')
    await fail(gateway, 'whatever')
    expect(lines(gateway).map(line => line['agent'])).toEqual([undefined, 'night-bot', undefined])
  })

  test.each([
    ['a token', () => token.slice(0, 128)],
    ['the end of a token', () => token.slice(-100)],
    ['a card number', () => PAN],
    ['a card number in groups', () => '4111 1111 1111 1111'],
    ['a long random text', () => 'q7Zx0cV1'.repeat(15)],
    ['a password', () => 'correct horse battery staple'],
  ])('says nothing of %s in the place of a user name', async (_, name) => {
    const gateway = await clients.open()
    await fail(gateway, name())
    expect(lines(gateway)).toHaveLength(1)
    expect(gateway.log()).not.toContain(name())
    expect(gateway.log()).not.toContain(name().slice(0, 12))
    expect(gateway.log()).not.toContain('hunter2')
    await clients.end()
    expect(JSON.stringify(refusalsOnRecord())).not.toContain(name().slice(0, 12))
  })
})
