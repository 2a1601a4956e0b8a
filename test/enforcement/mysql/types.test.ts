/** Every type, in both encodings: what in process is masked, decided and on record, is so here; nothing else is touched. */
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { PAN } from '../../support/billing.js'
import { describeMariadb } from '../../support/databases.js'
import { openWire, type Wire } from './wire.js'

const COLUMNS: Readonly<Record<string, readonly [type: string, plain: string, card: string]>> = {
  c_varchar: ['varchar(60)', `'zwölf € 😀'`, `'${PAN}'`],
  c_char: ['char(40)', `'text'`, `'4111-1111-1111-1111'`],
  c_text: ['mediumtext', `repeat('ab', 70000)`, `concat(repeat('x', 70000), ' ${PAN}')`],
  c_blob: ['blob', `x'00ff41'`, `'card ${PAN}.'`],
  c_binary: ['varbinary(40)', `x'0001'`, `'${PAN}'`],
  c_bigint: ['bigint', '-9223372036854775808', PAN],
  c_ubigint: ['bigint unsigned', '18446744073709551615', PAN],
  c_int: ['int', '-2147483648', '7'],
  c_uint: ['int unsigned', '4294967295', '7'],
  c_small: ['smallint', '-32768', '7'],
  c_tiny: ['tinyint', '-128', '7'],
  c_medium: ['mediumint', '-8388608', '7'],
  c_year: ['year', '2026', '2026'],
  c_decimal: ['decimal(30,4)', '-12345.6789', `${PAN}.0000`],
  c_double: ['double', '-1.5e-300', PAN],
  c_float: ['float', '0.1', '7'],
  c_date: ['date', `'1000-01-01'`, `'2026-11-29'`],
  c_datetime: ['datetime(6)', `'2026-11-29 12:34:56.789012'`, `'2026-11-29 12:34:56'`],
  c_timestamp: ['timestamp(3) null', `'2026-11-29 12:34:56.789'`, `'2026-11-29 12:34:56'`],
  c_time: ['time(6)', `'-838:59:58.000001'`, `'00:00:00'`],
  c_bit: ['bit(12)', `b'101010101010'`, `b'1'`],
  c_enum: [`enum('a', '${PAN}')`, `'a'`, `'${PAN}'`],
  c_set: [`set('a', 'b')`, `'a,b'`, `''`],
  c_json: ['json', `'{"a":[1,"x",null]}'`, `'{"card":"${PAN}","n":[${PAN}]}'`],
  c_null: ['varchar(10)', 'null', 'null'],
}
const NAMES = Object.keys(COLUMNS)

describeMariadb('cells of the MySQL door', () => {
  let wire: Wire
  let direct: mysql.Connection
  let client: mysql.Connection
  let sniffer: net.Server
  const heard: Buffer[] = []

  beforeAll(async () => {
    wire = await openWire({
      tables: `
        create table every (id int primary key, ${NAMES.map(name => `${name} ${COLUMNS[name]?.[0]}`).join(', ')}) charset utf8mb4;
        insert into every values (1, ${NAMES.map(name => COLUMNS[name]?.[1]).join(', ')});
        insert into every values (2, ${NAMES.map(name => COLUMNS[name]?.[2]).join(', ')});
        create table cards (id int primary key, pan bigint, since date, pin int);
        insert into cards values (1, ${PAN}, '2026-11-29', 1);`,
    })
    sniffer = net.createServer(own => {
      const door = net.connect(wire.port, '127.0.0.1')
      door.on('data', chunk => heard.push(chunk))
      own.pipe(door).pipe(own)
      for (const socket of [own, door]) socket.on('error', () => {})
    })
    await new Promise<void>(resolve => sniffer.listen(0, '127.0.0.1', resolve))
    const address = sniffer.address()
    client = await wire.connect({ port: typeof address === 'object' ? (address?.port ?? 0) : 0 })
    direct = await mysql.createConnection(wire.database.url)
  })
  afterAll(async () => {
    await direct.end()
    await wire.close()
    sniffer.close()
  })

  const OPTIONS = { supportBigNumbers: true, bigNumberStrings: true, dateStrings: true } as const
  type Ask = (on: mysql.Connection, sql: string) => Promise<[unknown, unknown]>
  const WAYS: readonly (readonly [string, Ask])[] = [
    ['text', (on, sql) => on.query({ sql, ...OPTIONS }) as Promise<[unknown, unknown]>],
    ['binary', (on, sql) => on.execute({ sql, ...OPTIONS }) as Promise<[unknown, unknown]>],
  ]

  describe.each(WAYS)('%s', (_way, ask) => {
    test.each(NAMES)('%s without a card is what the server sent', async name => {
      const sql = `select ${name} from every where id = 1`
      const [[own], [raw]] = [await ask(client, sql), await ask(direct, sql)]
      expect(own).toEqual(raw)
    })

    test.each(NAMES)('%s with a card shows none', async name => {
      heard.length = 0
      const [[row] = []] = (await ask(client, `select ${name} from every where id = 2`)) as unknown as [
        Record<string, unknown>[],
      ]
      expect(row).toBeDefined()
      const bytes = Buffer.concat(heard)
      for (const text of [bytes.toString('latin1').replace(/[^0-9]/g, ''), bytes.toString('hex')])
        expect(text).not.toContain(PAN.slice(0, 12))
      const little = Buffer.alloc(8)
      little.writeBigUInt64LE(BigInt(PAN))
      expect(bytes.includes(little)).toBe(false)
      const double = Buffer.alloc(8)
      double.writeDoubleLE(Number(PAN))
      expect(bytes.includes(double)).toBe(false)
    })

    test('a labelled number is a text once it is masked, for every row', async () => {
      const [rows, fields] = (await ask(client, 'select id, pan, pan as p, since from cards')) as unknown as [
        unknown[],
        { columnType: number }[],
      ]
      expect(rows).toEqual([{ id: 1, pan: '411111******1111', p: '411111******1111', since: '2026-11-29' }])
      expect(fields.map(({ columnType }) => columnType)).toEqual([3, 253, 253, 10])
    })

    test('a wide result of NULLs and texts keeps its places', async () => {
      const list = Array.from({ length: 40 }, (_, at) =>
        at % 3 === 0 ? `null as n${at}` : `'v${at}' as n${at}`,
      )
      const sql = `select ${list.join(', ')}`
      expect((await ask(client, sql))[0]).toEqual((await ask(direct, sql))[0])
    })
  })

  test('records are those of the same statement in process', async () => {
    const caller = wire.governed.statements(
      { subject: 'alice', issuer: 'https://login.corp.example', roles: ['support'] },
      { session: 's1', origination: 'here', point: 'mysql' },
    )
    for (const sql of [
      'select id, pan from cards',
      'select c_varchar, c_bigint, c_json from every',
      'drop table every',
    ]) {
      await client.query(sql).catch(() => {})
      await caller.run(sql, [])
      const [one, two] = whole(wire, sql).slice(-2)
      expect(one).toBeDefined()
      expect(one).toEqual(two)
    }
  })
})

/** The records of a statement, intent and outcome together, without what differs each time. */
function whole(wire: Wire, sql: string): readonly unknown[] {
  const byId = new Map<unknown, Record<string, unknown>>()
  for (const record of wire.records()) byId.set(record['id'], { ...byId.get(record['id']), ...record })
  return [...byId.values()]
    .filter(({ body }) => (body as { statement?: string })?.statement === sql)
    .map(comparable)
}

function comparable(record: Record<string, unknown>): unknown {
  const { body, outcome } = record as { body: Record<string, unknown>; outcome: Record<string, unknown> }
  const { origination: _, agent: __, decision, ...asked } = body
  const { id: ___, ...judged } = decision as Record<string, unknown>
  const { durationMs: ____, ...ended } = outcome
  return { asked, judged, ended }
}
