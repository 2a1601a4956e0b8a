/** The private PostgreSQL of `cardea mcp --embedded`, where somebody else has taken its port meanwhile. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import knexFactory from 'knex'
import { startEmbedded } from '../../src/cli/mcp/embedded.js'
import { freePort } from '../support/servers/process.js'

let taker: Server
let taken = 0
beforeAll(async () => {
  taker = createServer().listen(0, '127.0.0.1')
  await once(taker, 'listening')
  taken = (taker.address() as AddressInfo).port
})
afterAll(() => new Promise(resolve => taker.close(resolve)))

test('takes another port', async () => {
  let asked = 0
  const database = await startEmbedded(undefined, async () => {
    asked += 1
    return asked === 1 ? taken : freePort()
  })
  const knex = knexFactory(database.config)
  try {
    expect(await knex.select(knex.raw('1 as one'))).toEqual([{ one: 1 }])
    expect(asked).toBe(2)
  } finally {
    await knex.destroy()
    await database.stop()
  }
}, 60_000)

test('says so where there is none', async () => {
  const started = startEmbedded(undefined, async () => taken)
  await expect(started).rejects.toMatchObject({
    code: 'CARDEA_CONFIGURATION',
    message: expect.stringContaining('does not start on this machine'),
  })
}, 60_000)
