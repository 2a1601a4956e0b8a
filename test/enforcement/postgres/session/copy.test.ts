/** COPY where a policy lets it pass: rows travel in the protocol itself, in either direction. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { message } from '../../../../src/enforcement/upstream/postgres/messages.js'
import { allowAllPolicy } from '../../../../src/testing/index.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import { query, type RawClient, rawClient } from '../raw-client.js'

describePostgres('COPY under a policy that allows it', () => {
  let wire: Wire
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire({ also: { policy: allowAllPolicy() } })
    await wire.sql('create table t (id int, text text)')
    client = await rawClient(wire.port)
  })
  afterAll(async () => {
    client.socket.destroy()
    await wire.close()
  })
  const types = (answers: readonly { readonly type: string }[]): string =>
    answers.map(({ type }) => type).join('')

  test('in: rows go to the server as they are', async () => {
    client.send(
      query('copy t from stdin'),
      message('d', Buffer.from('1\ta\n')),
      message('d', Buffer.from('2\tb\n')),
    )
    expect(types(await client.exchange(message('c')))).toBe('GCZ')
    expect(await wire.sql('select * from t order by id')).toEqual([
      { id: 1, text: 'a' },
      { id: 2, text: 'b' },
    ])
  })

  test('out: rows come as the server sends them', async () => {
    const answers = await client.exchange(query('copy t to stdout'))
    expect(types(answers)).toBe('HddcCZ')
    expect(answers[1]?.body.toString()).toBe('1\ta\n')
  })

  test('a client that fails its copy, and a server that fails it, leave the session whole', async () => {
    client.send(query('copy t from stdin'), message('f', Buffer.from('no\0')))
    expect(types(await client.ready())).toBe('GEZ')
    client.send(query('copy t from stdin'), message('d', Buffer.from('x\ty\tz\n')), message('c'))
    expect(types(await client.ready())).toBe('GEZ')
    expect(types(await client.exchange(query('select count(*) from t')))).toBe('TDCZ')
  })

  test('other messages in the middle of a copy end it', async () => {
    client.send(query('copy t from stdin'), query('drop table t'))
    expect(types(await client.ready(2)).startsWith('GE')).toBe(true)
  })
})
