/** What clients send that no driver does, and what they do that no friend would. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { packet } from '../../../../src/enforcement/upstream/mysql/packets.js'
import { COMMAND, int } from '../../../../src/enforcement/upstream/mysql/wire.js'
import { PAN } from '../../../support/billing.js'
import { describeMariadb } from '../../../support/databases.js'
import {
  bare,
  command,
  errorIn,
  execute,
  prepare,
  query,
  type RawClient,
  type RawOptions,
  rawClient,
} from '../raw-client.js'
import { openWire, type Wire } from '../wire.js'

describeMariadb('hostile clients of the MySQL door', () => {
  let wire: Wire
  const raws: RawClient[] = []
  beforeAll(async () => {
    wire = await openWire({ limits: { packetBytes: 100_000, preparedBytes: 50_000 } })
  })
  afterEach(() => {
    for (const { socket } of raws.splice(0)) socket.destroy()
  })
  afterAll(() => wire.close())
  const connect = async (options?: RawOptions): Promise<RawClient> => {
    const client = await rawClient(wire.port, options)
    raws.push(client)
    return client
  }
  const isAlive = async (client: RawClient): Promise<boolean> =>
    (await client.ask(command(COMMAND.ping)))?.[0] === 0
  test('several statements are not to be had', async () => {
    const client = await connect({ capabilities: 0xffff_ffff & ~0x800 & ~0x200_0000 })
    expect(errorIn(await client.ask(query('select 1; select pan from cards')))?.errno).toBe(1142)
    expect(errorIn(await client.ask(command(COMMAND.setOption, int(0, 2))))?.errno).toBe(1235)
    expect(errorIn(await client.ask(query('select 1; drop table cards')))?.errno).toBe(1142)
    expect(await isAlive(client)).toBe(true)
  })

  test.each([
    '/*!50000 drop table cards */',
    'select /*!50000 pan, */ 1 from cards',
    "load data local infile '/etc/passwd' into table cards",
    "select 1 into outfile '/tmp/x'",
    'set global general_log = 1',
    "set session sql_mode = 'ANSI_QUOTES'",
    "set @@session.sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')",
    "set character_set_client = 'gbk'",
    'set names gbk',
    "prepare p from 'drop table cards'",
    "execute immediate 'drop table cards'",
    'kill 1',
    'begin not atomic drop table cards; end',
    'handler cards open',
    'set autocommit = 0, global general_log = 1',
  ])('%s does not get through', async text => {
    const client = await connect()
    expect(errorIn(await client.ask(query(text)))).toBeDefined()
    expect(await isAlive(client)).toBe(true)
    expect(await wire.sql('select count(*) n from cards')).toEqual([{ n: 2 }])
  })

  test('bytes that are no UTF-8 are no statement outside of quotes, and inside do not end them', async () => {
    const client = await connect()
    const half = Buffer.from([0xbf, 0x5c, 0x27])
    expect(errorIn(await client.ask(command(COMMAND.query, 'select ', half, ' or 1=1')))?.errno).toBe(1300)
    // In GBK the first two bytes are one character, and the quote ends the literal.
    const quoted = command(COMMAND.query, "select '", half, " union select pan from cards -- '")
    expect((await client.ask(quoted))?.[0]).toBe(1)
    await client.next()
    expect((await client.next())?.toString('latin1', 1)).toBe("\xbf' union select pan from cards -- ")
    await client.next()
    expect(await isAlive(client)).toBe(true)
  })

  test('a packet out of its turn ends the session', async () => {
    const client = await connect()
    client.send(query('select 1'), 7, 1)
    expect(errorIn(await client.next())?.errno).toBe(1156)
    expect(await client.next()).toBeUndefined()
  })

  test('a packet that is too long ends the session before it is there', async () => {
    const client = await connect()
    client.send(Buffer.alloc(200_000), 0, 1)
    expect(errorIn(await client.next())?.errno).toBe(1153)
    expect(await client.next()).toBeUndefined()
  })

  test('values that come in pieces are judged whole, and never outgrow their room', async () => {
    const client = await connect()
    const id = await prepare(client, 'select length(?) as n')
    const piece = (text: string): Buffer => command(COMMAND.stmtSendLongData, int(id, 4), int(0, 2), text)
    client.send(piece(`to ${PAN.slice(0, 8)}`))
    client.send(piece(PAN.slice(8)))
    const answer = await client.ask(execute(id, Buffer.from([0]), Buffer.from([1]), int(253, 2)))
    expect(answer).toEqual(Buffer.from([1]))
    for (let packets = 0; packets < 3; packets++) await client.next()
    expect(JSON.stringify(wire.records())).not.toContain(PAN)
    expect(JSON.stringify(wire.records())).toContain('to 411111******1111')
    for (let each = 0; each < 10; each++) client.send(piece('x'.repeat(10_000)))
    let last: Buffer | undefined
    for (let one = await client.next(); one !== undefined; one = await client.next()) last = one
    expect(errorIn(last)?.errno).toBe(1153)
  })

  test('more than may be prepared is not', async () => {
    const client = await connect()
    let refused: unknown
    for (let each = 0; each < 200 && refused === undefined; each++) {
      refused = await prepare(client, `select ${each} as n`).then(
        () => undefined,
        error => error,
      )
    }
    expect(String(refused)).toContain('prepared more than it may')
    expect(await isAlive(client)).toBe(true)
  })

  test('an execution without its types, of an unknown statement, or with more than its values is refused', async () => {
    const client = await connect()
    const id = await prepare(client, 'select ? as n')
    for (const payload of [
      execute(id, Buffer.from([0]), Buffer.from([0])),
      execute(id),
      execute(id, Buffer.from([0]), Buffer.from([1]), int(253, 2), Buffer.from([200]), Buffer.from('short')),
      execute(id, Buffer.from([0]), Buffer.from([1]), int(3, 2), int(7, 4), Buffer.from('more')),
    ])
      expect(errorIn(await client.ask(payload))?.errno).toBe(1835)
    expect(errorIn(await client.ask(execute(id + 99)))?.errno).toBe(1243)
    expect(await isAlive(client)).toBe(true)
  })

  test('KILL reaches sessions of the same principal, and no others', async () => {
    const [one, mallory] = [await wire.connect(), await wire.connect({ password: 'mallory' })]
    const [two] = [await wire.connect()]
    const thread = (one as unknown as { connection: { threadId: number } }).connection.threadId
    await expect(mallory.query(`kill query ${thread}`)).rejects.toMatchObject({ errno: 1094 })
    const running = one.query('select benchmark(2000000000, md5(1)) as n, sleep(20)').catch(error => error)
    await sleep(200)
    await two.query(`kill query ${thread}`)
    expect(await running).toBeInstanceOf(Error)
    expect((await one.query('select 1 as n'))[0]).toEqual([{ n: 1 }])
  })

  test('a client that leaves in the middle leaves nothing behind', async () => {
    const before = wire.used()
    const client = await connect()
    client.send(query('select n, name from numbers where n <= 9000'))
    await client.next()
    client.socket.destroy()
    for (let tries = 0; tries < 200 && wire.used() > before; tries++) await sleep(20)
    expect(wire.used()).toBe(before)
  })

  test('rows that are cut off end with an error in its place', async () => {
    const client = await connect()
    let last = await client.ask(query('select n, name from numbers'))
    let packets = 0
    while (last !== undefined && last[0] !== 0xff && last[0] !== 0xfe) {
      packets += 1
      last = await client.next()
    }
    expect(packets).toBeGreaterThan(1)
    expect(errorIn(last)?.errno).toBe(1104)
    expect(await isAlive(client)).toBe(true)
    const none = await client.ask(query("select concat(n, ' ', ?) from numbers"))
    expect(errorIn(none)).toBeDefined()
  })

  test('random packets crash nothing and open nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), async payloads => {
        const client = bare(wire.port)
        await client.next()
        for (const [at, payload] of payloads.entries())
          client.socket.write(packet(Buffer.from(payload), at + 1))
        client.socket.end()
        for (let one = await client.next(); one !== undefined; one = await client.next()) {
          expect([0xff, 0xfe, 0x01]).toContain(one[0])
        }
        client.socket.destroy()
      }),
      { numRuns: 40 },
    )
    expect((await (await wire.connect()).query('select 1 as n'))[0]).toEqual([{ n: 1 }])
  })
})
