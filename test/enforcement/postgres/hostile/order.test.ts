/** Messages in an order, a length or a form that no driver sends. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { message } from '../../../../src/enforcement/upstream/postgres/messages.js'
import { PAN } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import {
  bind,
  describe,
  errorOf,
  eventually,
  execute,
  parse,
  query,
  type RawClient,
  rawClient,
  SYNC,
  types,
} from '../raw-client.js'

describePostgres('messages that no driver sends', () => {
  let wire: Wire
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire()
  })
  afterAll(() => wire.close())
  beforeEach(async () => {
    client = await rawClient(wire.port)
  })

  const DENIED = 'delete from cards'
  const asked = (...parts: readonly Buffer[]) => client.exchange(...parts, SYNC)
  const whole = async () => {
    expect(client.heard().includes(PAN)).toBe(false)
    client.socket.destroy()
    expect(await wire.sql('select count(*)::int as n from cards')).toEqual([{ n: 2 }])
  }

  test('what is pipelined behind a denied statement is passed over until Sync', async () => {
    const answers = await asked(
      ...[parse('', DENIED), bind('', ''), execute('')],
      ...[parse('', "update payments set status = 'late'"), bind('', ''), execute('')],
    )
    expect(errorOf(answers)?.['C']).toBe('42501')
    expect(types(answers)).not.toContain('C')
    expect(await wire.sql("select count(*)::int as n from payments where status = 'late'")).toEqual([
      { n: 0 },
    ])
    expect(types(await asked(parse('', 'select 1'), bind('', ''), execute('')))).toBe('12DCZ')
    await whole()
  })

  test.each(['S', 'P'] as const)('Describe %s of a denied statement runs nothing', async kind => {
    await asked(parse('', DENIED), bind('', ''), describe(kind, ''))
    await whole()
  })

  test('Execute without a Bind is an error, and the connection goes on', async () => {
    expect(errorOf(await asked(parse('', 'select 1'), execute('')))?.['C']).toBe('34000')
    expect(types(await asked(parse('', 'select 1'), bind('', ''), execute('')))).toBe('12DCZ')
    await whole()
  })

  test('a function call is refused', async () => {
    client.send(message('F', Buffer.from([0, 0, 4, 0x69, 0, 0, 0, 0, 0, 0])))
    expect(types(await client.ready())).toMatch(/E/)
    await whole()
  })

  test.each(['Q', 'P', 'B', 'd', 'D'])(
    'a %s that claims to hold a gigabyte ends the connection',
    async type => {
      const head = Buffer.alloc(5)
      head.write(type, 'latin1')
      head.writeInt32BE(1_073_741_824, 1)
      client.send(head)
      expect(await eventually(() => client.socket.closed)).toBe(true)
      await whole()
    },
  )

  test('the server that is killed in the middle takes its client along', async () => {
    const row = (await client.exchange(query('select pg_backend_pid()'))).find(({ type }) => type === 'D')
    const pid = row?.body.toString('latin1', 6)
    await wire.sql(`select pg_terminate_backend(${pid})`)
    client.send(query('select 1'))
    expect(await eventually(() => client.socket.closed)).toBe(true)
    await whole()
  })

  test('one byte at a time is as good as all at once', async () => {
    const text = Buffer.concat([parse('', 'select pan from cards'), bind('', ''), execute(''), SYNC])
    const before = client.heard().length
    await client.exchange(text)
    const at = client.heard().length
    const once = client.heard().subarray(before)
    client.socket.setNoDelay(true)
    for (const byte of text) {
      client.send(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    await client.ready()
    expect(client.heard().subarray(at)).toEqual(once)
    await whole()
  })
})
