/** What single drivers do, and others do not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readColumn } from '../../../src/enforcement/mysql/rows/columns.js'
import { encryptedPassword } from '../../../src/enforcement/upstream/mysql/scramble.js'
import {
  CAPABILITY,
  COMMAND,
  cString,
  int,
  lenencBytes,
} from '../../../src/enforcement/upstream/mysql/wire.js'
import { allowAllPolicy } from '../../../src/testing/index.js'
import { describeMariadb } from '../../support/databases.js'
import { mysqlProper } from '../../support/mysql-proper.js'
import { bare, type RawClient, rawClient } from './raw-client.js'
import { openWire, type Wire } from './wire.js'

describeMariadb('drivers of the MySQL door', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire()
  })
  afterAll(() => wire.close())

  test('bytes that a driver writes between quotes are the bytes that arrive', async () => {
    const client = await rawClient(wire.port)
    const literals = fc.record({
      bytes: fc.uint8Array({ maxLength: 6 }).map(bytes => Buffer.from(bytes)),
      introducer: fc.constantFrom('_binary', '_BINARY ', '', '_latin1\n'),
      quote: fc.constantFrom("'", '"'),
      doubled: fc.boolean(),
      around: fc.constantFrom('', "/* it's */ ", "'ä', ", '`id`, ', '1 -- "\n, '),
    })
    await fc.assert(
      fc.asyncProperty(literals, async ({ bytes, introducer, quote, doubled, around }) => {
        const literal = Buffer.concat([
          Buffer.from(quote),
          ...escaped(bytes, quote, doubled),
          Buffer.from(quote),
        ])
        const text = Buffer.concat([
          ...[Buffer.from([COMMAND.query]), Buffer.from(`select ${around}hex(${introducer}`), literal],
          Buffer.from(') from (select 1 as id) as one'),
        ])
        const row = await onlyRow(client, text)
        const hex = bytes.toString('hex').toUpperCase()
        expect(
          row
            .subarray(-hex.length - 1)
            .toString('latin1')
            .slice(1),
        ).toBe(hex)
      }),
      { numRuns: 150 },
    )
    client.socket.destroy()
  })

  test('without autocommit a savepoint is the first of its transaction', async () => {
    const client = await wire.connect()
    await client.query('set autocommit = 0')
    await client.query('savepoint here')
    expect((await client.query('select status from payments where id = 7'))[0]).toEqual([{ status: 'open' }])
    await client.query("update payments set status = 'settled' where id = 7")
    await client.query('rollback to savepoint here')
    await client.query("update payments set status = 'settled' where id = 8")
    await client.query('commit')
    expect(await wire.sql('select status from payments where id in (7, 8) order by id')).toEqual([
      { status: 'open' },
      { status: 'settled' },
    ])
  })

  test('parameters are defined as the client reads definitions, whatever the server and the gateway agree on', async () => {
    const client = await rawClient(wire.port)
    const answer = await client.ask(
      Buffer.concat([Buffer.from([COMMAND.stmtPrepare]), Buffer.from('select ?')]),
    )
    expect(answer?.readUInt16LE(7)).toBe(1)
    const bytes = (await client.next()) ?? Buffer.alloc(0)
    expect(readColumn({ bytes, start: 0, end: bytes.length, sequence: 0 }, false).name).toBe('?')
    client.socket.destroy()
  })

  test('statistics are in the form that clients take apart', async () => {
    const client = await rawClient(wire.port)
    const told = await client.ask(Buffer.from([COMMAND.statistics]))
    expect(told?.toString()).toMatch(/^Uptime: \d+ {2}Threads: 1$/)
    client.socket.destroy()
  })

  test('Connector/J is answered without the header that it does not expect of an old version', async () => {
    for (const name of ['MySQL Connector/J', 'another']) {
      const { client, version } = await asked(wire.port, name)
      const isOld = version.startsWith('5.5.5-') && name !== 'another'
      expect(await client.next()).toEqual(Buffer.from(isOld ? [4] : [1, 4]))
      client.socket.destroy()
    }
  })

  test('a client that has kept the key of an earlier connection does not ask for it again', async () => {
    const first = await asked(wire.port, 'one')
    await first.client.next()
    first.client.send(Buffer.from([2]), 3)
    const key = (await first.client.next())?.toString('latin1', 1) ?? ''
    first.client.socket.destroy()
    const { client, nonce } = await asked(wire.port, 'one')
    await client.next()
    client.send(encryptedPassword('any', nonce, key), 3)
    expect((await client.next())?.[0]).toBe(0)
    client.socket.destroy()
  })

  test('a pool knows a connection that is lost by its number', async () => {
    const client = await wire.connect()
    const [rows] = await client.query('select connection_id() as id')
    const [{ id } = { id: 0 }] = rows as { id: number }[]
    await wire.sql(`kill ${id}`)
    await expect(client.query('select 1')).rejects.toMatchObject({ errno: 1927 })
  })
})

describeMariadb('a policy that allows any setting', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({ also: { policy: allowAllPolicy() } })
    await wire.sql("create procedure unpins() set names 'latin1'")
  })
  afterAll(() => wire.close())

  test.each([
    "set sql_mode = 'ANSI_QUOTES'",
    "set @@session.sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')",
    "set @a = 1, sql_mode = 'PIPES_AS_CONCAT'",
    ...(mysqlProper ? [] : ['execute immediate \'set sql_mode = "ANSI"\'']),
    '/* first */ set names gbk',
    'set character_set_client = latin1',
    'set sql_auto_is_null = 1, character_set_results = latin1',
    'call unpins()',
  ])('%s leaves statements as they are judged, and says so', async text => {
    const client = await wire.connect()
    await client.query('set autocommit = 0')
    await expect(client.query(text)).rejects.toMatchObject({ errno: 1231 })
    const [rows] = await client.query(
      `select "a" as a, 'b\\'' as b, 'a' || 'b' as c, @@character_set_client as d, @@autocommit as e`,
    )
    expect(rows).toEqual([{ a: 'a', b: "b'", c: 0, d: 'utf8mb4', e: 0 }])
  })

  test('what changes nothing of that runs as it is', async () => {
    const client = await wire.connect()
    await client.query('set @a = 5, @b = 6')
    await client.query('do 1')
    await client.query("set session sql_mode = 'STRICT_ALL_TABLES', sort_buffer_size = 300000")
    expect((await client.query('select @a + @b as n, @@sort_buffer_size as m'))[0]).toEqual([
      { n: 11, m: 300_000 },
    ])
  })
})

function escaped(bytes: Buffer, quote: string, doubled: boolean): Buffer[] {
  const escapes = new Map([
    ...[0, 10, 13, 26].map((byte): [number, string] => [byte, `\\${'0nrZ'[[0, 10, 13, 26].indexOf(byte)]}`]),
    [0x5c, '\\\\'],
    [quote.charCodeAt(0), doubled ? quote + quote : `\\${quote}`],
  ])
  return [...bytes].map(byte => Buffer.from(escapes.get(byte) ?? ([byte] as never)))
}

async function onlyRow(client: RawClient, command: Buffer): Promise<Buffer> {
  const answer = await client.ask(command)
  if (answer === undefined || answer[0] === 0xff) throw new Error(answer?.toString('latin1'))
  for (let column = 0; column < (answer[0] ?? 0); column++) await client.next()
  const row = (await client.next()) ?? Buffer.alloc(0)
  await client.next()
  return row
}

/** A client that offers `caching_sha2_password`, up to the answer to that. */
async function asked(port: number, name: string) {
  const client = bare(port)
  const greeting = (await client.next()) ?? Buffer.alloc(0)
  const end = greeting.indexOf(0)
  const nonce = Buffer.concat([greeting.subarray(end + 5, end + 13), greeting.subarray(end + 32, end + 44)])
  const capabilities =
    CAPABILITY.protocol41 |
    CAPABILITY.secureConnection |
    CAPABILITY.pluginAuth |
    CAPABILITY.connectWithDb |
    CAPABILITY.connectAttributes
  client.send(
    Buffer.concat([
      ...[int(capabilities, 4), int(0x100_0000, 4), Buffer.from([45]), Buffer.alloc(23), cString('bot')],
      ...[Buffer.from([32]), Buffer.alloc(32, 1), cString('billing'), cString('caching_sha2_password')],
      lenencBytes(Buffer.concat(['_client_name', name].map(lenencBytes))),
    ]),
    1,
  )
  return { client, nonce, version: greeting.toString('latin1', 1, end) }
}
