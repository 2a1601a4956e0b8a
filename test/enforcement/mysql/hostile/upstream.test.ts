/** Servers that break off, say nothing, or say too much, behind the MySQL door. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { openRelay, type Relay } from '../../../gateway/hostile/relay.js'
import { describeMariadb } from '../../../support/databases.js'
import { mysqlSequence } from '../../../support/mysql-sequence.js'
import { answerTo, errorIn, query, type RawClient, rawClient } from '../raw-client.js'
import { openWire, type Wire } from '../wire.js'

const ALL = 'select id, note from notes order by id'
/** What a COMMIT is answered with: nothing written, no transaction. */
const COMMITTED = '\x07\0\0\x01\0\0\0\x02\0\0\0'
const [LOST, IN_DOUBT, TOO_LONG] = [1927, 1180, 1153]

describeMariadb('MySQL servers that break off', () => {
  let wire: Wire
  let relay: Relay
  const raws: RawClient[] = []
  beforeAll(async () => {
    wire = await openWire({
      tables: `create table payments (id int primary key, status varchar(20));
        insert into payments select seq, 'open' from ${mysqlSequence(20)};
        create table notes (id int primary key, note text);
        insert into notes select seq, concat('note ', seq, ' ', repeat('.', 1000)) from ${mysqlSequence(3000)};`,
      rowBytes: 1_048_576,
      async through(database) {
        relay = await openRelay(database)
        return relay
      },
    })
  })
  afterEach(async () => {
    for (const { socket } of raws.splice(0)) socket.destroy()
    const client = await rawClient(wire.port)
    const packets = await answerTo(client, query('select id from payments where id = 1'))
    expect(errorIn(packets.at(-1))).toBeUndefined()
    client.socket.destroy()
  })
  afterAll(async () => {
    await wire.close()
    await relay.down()
  })

  const connect = async (): Promise<RawClient> => {
    const client = await rawClient(wire.port)
    raws.push(client)
    return client
  }
  const statusOf = (id: number) => wire.sql(`select status from payments where id = ${id}`)
  const outcomes = (): readonly unknown[] =>
    wire
      .records()
      .flatMap(({ outcome }) => (outcome === undefined ? [] : [(outcome as { status: unknown }).status]))
  const outcome = async (before: number): Promise<unknown> => {
    for (let tries = 0; tries < 200 && outcomes().length <= before; tries += 1) await pause(20)
    return outcomes().at(-1)
  }

  test.each([
    ['a small result', 'select id, note from notes where id = 7', 'note 7 '],
    ['a large one, of which much has left', ALL, 'note 2900 '],
  ])('cut in the middle of a row of %s: the client is told, the record is true', async (_, text, mark) => {
    const client = await connect()
    const before = outcomes().length
    relay.cutAt(mark)
    const packets = await answerTo(client, query(text))
    expect(errorIn(packets.at(-1))?.errno).toBe(LOST)
    expect(await client.next()).toBeUndefined()
    // No part of the row that was cut.
    expect(client.bytes().includes(mark.trim())).toBe(false)
    expect(await outcome(before)).toBe('failed')
  })

  test('cut before it has answered for a write: nothing was written', async () => {
    const client = await connect()
    const before = outcomes().length
    relay.cutAt('Rows matched')
    const packets = await answerTo(client, query("update payments set status = 'lost' where id = 3"))
    expect(errorIn(packets.at(-1))?.errno).toBe(LOST)
    expect(await outcome(before)).toBe('failed')
    expect(await statusOf(3)).toEqual([{ status: 'open' }])
  })

  test.each([
    ['of one statement', []],
    ['of a transaction, at its COMMIT', ['begin']],
  ])('a commit %s whose answer is lost is on record as unknown: it happened', async (_, first) => {
    const client = await connect()
    // What the connection has to learn first comes in exchanges of its own.
    await answerTo(client, query("update payments set status = 'first' where id = 6"))
    const texts = [...first, "update payments set status = 'kept' where id = 7"]
    if (first.length > 0) for (const text of texts) await answerTo(client, query(text))
    const before = outcomes().length
    relay.cutAt(COMMITTED)
    const packets = await answerTo(client, query(first.length > 0 ? 'commit' : (texts[0] ?? '')))
    expect(errorIn(packets.at(-1))?.errno).toBe(IN_DOUBT)
    expect(await outcome(before)).toBe('unknown')
    expect(await statusOf(7)).toEqual([{ status: 'kept' }])
    await wire.sql("update payments set status = 'open' where id in (6, 7)")
  })

  test('a row that claims to be longer than may be is not waited for', async () => {
    const client = await connect()
    const before = outcomes().length
    relay.replaceAt('note 9 ', Buffer.from([0xff, 0xff, 0xff, 1]))
    const packets = await answerTo(client, query('select id, note from notes where id = 9'))
    expect(errorIn(packets.at(-1))?.errno).toBe(TOO_LONG)
    expect(await outcome(before)).toBe('failed')
  })

  test('a server that asks for a file gets none, and is left', async () => {
    const client = await connect()
    relay.replaceAt('note 10 ', Buffer.concat([Buffer.from([12, 0, 0, 1, 0xfb]), Buffer.from('/etc/passwd')]))
    const packets = await answerTo(client, query('select id, note from notes where id = 10'))
    expect(packets).toHaveLength(1)
    expect(errorIn(packets[0])?.errno).toBe(LOST)
    expect(client.bytes().includes('passwd')).toBe(false)
  })

  test('a connection that the server kills tells its client, and its transaction is gone', async () => {
    const client = await connect()
    await answerTo(client, query('begin'))
    await answerTo(client, query("update payments set status = 'gone' where id = 4"))
    const [{ id } = {}] = await wire.sql(
      `select trx_mysql_thread_id as id from information_schema.innodb_trx where trx_rows_modified = 1`,
    )
    await wire.sql(`kill ${id}`)
    const [last] = await answerTo(client, query('select id from payments where id = 4'))
    expect(errorIn(last)?.errno).toBe(LOST)
    expect(await statusOf(4)).toEqual([{ status: 'open' }])
  })

  test('a server that goes takes its clients along, and the next is served as soon as it is back', async () => {
    const [idle, busy] = [await connect(), await connect()]
    await answerTo(busy, query('begin'))
    await relay.down()
    for (const one of [idle, busy]) {
      const [last] = await answerTo(one, query('select 1'))
      expect(errorIn(last)?.errno ?? 'closed').toBe(LOST)
    }
    await relay.up()
  })

  test('a client that closes its half in the middle of its transaction is gone, and so is that', async () => {
    const client = await connect()
    await answerTo(client, query('begin'))
    await answerTo(client, query("update payments set status = 'half' where id = 5"))
    const before = wire.used()
    client.socket.end()
    for (let tries = 0; tries < 200 && wire.used() >= before; tries++) await pause(20)
    expect(wire.used()).toBe(before - 1)
    expect(await statusOf(5)).toEqual([{ status: 'open' }])
  })
})
