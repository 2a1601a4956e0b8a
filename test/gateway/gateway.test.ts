/** The gateway in this process: who gets in, what comes out, what people who run it see. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../support/databases.js'
import { openPlace, PAN, type Place, run, type Running } from './kit.js'

describePostgres('a gateway', () => {
  let place: Place
  let running: Running
  let token: string

  beforeAll(async () => {
    place = await openPlace()
    running = await run(place.config())
    token = await place.token()
  })
  afterAll(async () => {
    await running.gateway.close()
    await place.close()
  })

  test('answers a caller with a token, masked', async () => {
    const { status, body } = await running.query(token, 'select id, pan from cards order by id')
    expect([status, body['rows']]).toEqual([200, [[1, '411111******1111'], [2, '550000******5559']]])
  })

  test('runs a write that policy allows', async () => {
    const { body } = await running.execute(token, "update payments set status = 'settled' where id = 1")
    expect(body).toMatchObject({ status: 'executed', affected_rows: 1 })
  })
})
