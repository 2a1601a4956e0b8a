/** One client of the MySQL door, on a real server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type mysql from 'mysql2/promise'
import { PAN } from '../../support/billing.js'
import { describeMariadb } from '../../support/databases.js'
import { openWire, type Wire } from './wire.js'

const MASKED = '411111******1111'

describeMariadb('a client of the MySQL door', () => {
  let wire: Wire
  let client: mysql.Connection
  beforeAll(async () => {
    wire = await openWire()
    client = await wire.connect()
  })
  afterAll(() => wire.close())

  test('reads cards masked, as texts and as prepared statements', async () => {
    const [rows] = await client.query('select id, pan from cards order by id')
    expect(rows).toEqual([
      { id: 1, pan: MASKED },
      { id: 2, pan: '550000******5559' },
    ])
    const [bound] = await client.execute('select id, pan from cards where id = ?', [1])
    expect(bound).toEqual([{ id: 1, pan: MASKED }])
  })

  test('finds no card number in what has no label', async () => {
    const text = 'select number, note from cards where id = 1'
    for (const [found] of [await client.query(text), await client.execute(text)]) {
      const rows = found as { number: unknown; note: unknown }[]
      expect(JSON.stringify(rows)).not.toContain(PAN)
      expect(rows[0]?.note).toBe(`paid with ${MASKED} today`)
    }
  })

  test('what is refused says why, and the session goes on', async () => {
    await expect(client.query('drop table cards')).rejects.toMatchObject({
      errno: 1142,
      sqlState: '42000',
      message: expect.stringContaining('cardea: [CARDEA_'),
    })
    expect((await client.query('select 1 as one'))[0]).toEqual([{ one: 1 }])
    await expect(client.query('select 1; select 2')).rejects.toMatchObject({ errno: 1142 })
  })

  test('what the server refuses comes in its own codes', async () => {
    await expect(client.query('select * from nowhere')).rejects.toMatchObject({
      sqlState: expect.any(String),
    })
    await expect(client.query('')).rejects.toMatchObject({ errno: 1065 })
  })

  test('writes stay with their transaction', async () => {
    await client.beginTransaction()
    const [{ affectedRows, info }] = (await client.query(
      "update payments set status = 'settled' where id = 1",
    )) as unknown as [{ affectedRows: number; info: string }]
    expect([affectedRows, info]).toEqual([1, ''])
    expect((await client.query('select status from payments where id = 1'))[0]).toEqual([
      { status: 'settled' },
    ])
    expect(await wire.sql('select status from payments where id = 1')).toEqual([{ status: 'open' }])
    await client.rollback()
    expect((await client.query('select status from payments where id = 1'))[0]).toEqual([{ status: 'open' }])
    await client.query("update payments set status = 'settled' where id = 2")
    expect(await wire.sql('select status from payments where id = 2')).toEqual([{ status: 'settled' }])
  })

  test('without autocommit a write stays open until it is committed', async () => {
    const own = await wire.connect()
    await own.query('set autocommit = 0')
    expect((await own.query('select status from payments where id = 3'))[0]).toEqual([{ status: 'open' }])
    await own.query("update payments set status = 'settled' where id = 3")
    expect(await wire.sql('select status from payments where id = 3')).toEqual([{ status: 'open' }])
    await own.query('rollback')
    await own.query("update payments set status = 'settled' where id = 4")
    await own.query('commit')
    expect(await wire.sql('select id, status from payments where id in (3, 4)')).toEqual([
      { id: 3, status: 'open' },
      { id: 4, status: 'settled' },
    ])
  })

  test('a large result streams', async () => {
    const own = await wire.connect()
    const [rows] = (await own.query('select n, name from numbers where n <= 10000')) as unknown as [
      { n: number }[],
    ]
    expect(rows).toHaveLength(10_000)
    expect(rows.reduce((sum, { n }) => sum + n, 0)).toBe(50_005_000)
    await expect(own.query('select n, name from numbers')).rejects.toMatchObject({ errno: 1104 })
    expect((await own.query('select 1 as one'))[0]).toEqual([{ one: 1 }])
  })

  test('everything is on record', () => {
    const statements = wire
      .records()
      .filter(({ event }) => event === 'statement')
      .map(record => JSON.stringify(record))
    expect(statements.some(text => text.includes('drop table cards') && text.includes('refused'))).toBe(true)
    expect(statements.join('')).not.toContain(PAN)
    // A read that takes a while is two records.
    expect(statements.some(text => text.includes('"point":"mysql"'))).toBe(true)
    expect(statements.some(text => text.includes(MASKED))).toBe(true)
  })
})
