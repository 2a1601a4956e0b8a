/** Statements that are prepared once and executed as nobody expects: other values, other policies, other people's ids. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { COMMAND, cString, int } from '../../../../src/enforcement/upstream/mysql/wire.js'
import { parsePolicy } from '../../../../src/index.js'
import { PAN } from '../../../support/billing.js'
import { describeMariadb } from '../../../support/databases.js'
import { testMariadb } from '../../../support/mysql-proper.js'
import { mysqlSequence } from '../../../support/mysql-sequence.js'
import {
  answerTo,
  command,
  errorIn,
  execute,
  prepare,
  query,
  type RawClient,
  rawClient,
} from '../raw-client.js'
import { openWire, POLICY, type Wire } from '../wire.js'

const [VAR_STRING, LONG, LONGLONG] = [253, 3, 8]
const TEXT = 'select id, pan from cards where id = ?'
const ONE = Buffer.from([0])
const types = (...given: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from([1]), ...given.map(type => int(type, 2))])
const value = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
/** Types are those of before. */
const SAME = Buffer.from([0])

describeMariadb('prepared statements of the MySQL door', () => {
  let wire: Wire
  const raws: RawClient[] = []
  beforeAll(async () => {
    wire = await openWire({
      tables: `create table cards (id int primary key, pan varchar(32));
        insert into cards values (1, '${PAN}'), (2, '5500005555555559');
        create table payments (id int primary key, status varchar(20));
        insert into payments select seq, 'open' from ${mysqlSequence(20)};
        create table seen (id int auto_increment primary key, what varchar(40)) engine = myisam;
        create function looks() returns varchar(40) deterministic
          begin insert into seen (what) values ('ran'); return reverse((select pan from cards where id = 1)); end;`,
    })
  })
  afterEach(() => {
    for (const { socket } of raws.splice(0)) socket.destroy()
  })
  afterAll(() => wire.close())
  const connect = async (): Promise<RawClient> => {
    const client = await rawClient(wire.port)
    raws.push(client)
    return client
  }
  const said = (packets: readonly Buffer[]): string => packets.map(each => each.toString('latin1')).join('|')
  const statements = (): readonly Record<string, unknown>[] =>
    wire
      .records()
      .flatMap(({ event, body }) => (event === 'statement' && body ? [body as Record<string, unknown>] : []))

  test('types of before are those of the values that follow', async () => {
    const client = await connect()
    const id = await prepare(client, TEXT)
    expect(said(await answerTo(client, execute(id, ONE, types(LONG), int(1, 4))))).toContain(
      '411111******1111',
    )
    expect(said(await answerTo(client, execute(id, ONE, SAME, int(2, 4))))).toContain('550000******5559')
    expect(said(await answerTo(client, execute(id, ONE, types(VAR_STRING), value('1'))))).toContain(
      '411111******1111',
    )
    expect(said(await answerTo(client, execute(id, ONE, SAME, value('2'))))).toContain('550000******5559')
    // An eight-byte number is not what the four bytes of before were said to be.
    const [short] = await answerTo(client, execute(id, ONE, types(LONGLONG), int(1, 4)))
    expect(errorIn(short)?.errno).toBe(1835)
    expect(
      statements()
        .slice(-4)
        .map(({ bindings }) => bindings),
    ).toEqual([['1'], ['2'], ['1'], ['2']])
  })

  test('an execution that was refused leaves no types that the server does not know', async () => {
    const client = await connect()
    const id = await prepare(client, 'update payments set status = ? where id = ?')
    const refused = execute(id, ONE, types(VAR_STRING, LONG), value(PAN.slice(0, 16)), int(1, 4))
    await answerTo(client, refused)
    const [ok] = await answerTo(client, execute(id, ONE, SAME, value('settled'), int(2, 4)))
    expect(ok?.[0]).toBe(0)
    expect(await wire.sql('select status from payments where id = 2')).toEqual([{ status: 'settled' }])
  })

  test('ids are a session’s own, and end with it', async () => {
    const [one, two] = [await connect(), await connect()]
    const id = await prepare(one, TEXT)
    for (const other of [id, id + 1, 0xffff_ffff, 0]) {
      const [answer] = await answerTo(two, execute(other, ONE, types(LONG), int(1, 4)))
      expect(errorIn(answer)?.errno).toBe(1243)
    }
    two.send(command(COMMAND.stmtClose, int(id, 4)))
    await answerTo(two, command(COMMAND.resetConnection))
    expect(said(await answerTo(one, execute(id, ONE, types(LONG), int(1, 4))))).toContain('411111******1111')
    await answerTo(one, command(COMMAND.resetConnection))
    const [gone] = await answerTo(one, execute(id, ONE, types(LONG), int(1, 4)))
    expect(errorIn(gone)?.errno).toBe(1243)
  })

  test('the last one prepared has no second name', async () => {
    const client = await connect()
    await prepare(client, TEXT)
    const [answer] = await answerTo(client, execute(0xffff_ffff, ONE, types(LONG), int(1, 4)))
    expect(errorIn(answer)?.errno).toBe(1243)
  })

  test('a cursor that is asked for is not opened, and nothing is fetched from it', async () => {
    const client = await connect()
    const id = await prepare(client, 'select id, pan from cards order by id')
    const withCursor = command(COMMAND.stmtExecute, int(id, 4), Buffer.from([1]), int(1, 4))
    const rows = said(await answerTo(client, withCursor))
    expect(rows).toContain('411111******1111')
    expect(rows).toContain('550000******5559')
    const [answer] = await answerTo(client, command(COMMAND.stmtFetch, int(id, 4), int(1000, 4)))
    expect(errorIn(answer)?.errno).toBe(1047)
    expect(client.bytes().includes(PAN)).toBe(false)
  })

  test('values in pieces that come after an execution are of the next one', async () => {
    const client = await connect()
    const id = await prepare(client, 'select ? as said')
    const piece = (text: string): Buffer => command(COMMAND.stmtSendLongData, int(id, 4), int(0, 2), text)
    expect(said(await answerTo(client, execute(id, ONE, types(VAR_STRING), value('first'))))).toContain(
      'first',
    )
    client.send(piece('in '))
    client.send(piece('pieces'))
    expect(said(await answerTo(client, execute(id, ONE, SAME)))).toContain('in pieces')
    const [none] = await answerTo(client, execute(id, ONE, SAME))
    expect(errorIn(none)?.errno).toBe(1835)
    client.send(piece('left'))
    await answerTo(client, command(COMMAND.stmtReset, int(id, 4)))
    expect(said(await answerTo(client, execute(id, ONE, SAME, value('again'))))).toContain('again')
  })

  test.each([
    'select extractvalue(1, concat(0x5c, looks()))',
    "select looks() regexp '('",
    'select updatexml(1, concat(0x5c, load_file("/etc/hostname")), 1)',
    'select sleep(2) from payments procedure analyse()',
    "execute immediate concat('select ', 1)",
  ])('what is denied is not worked out while it is prepared: %#', async text => {
    const client = await connect()
    await expect(prepare(client, text)).rejects.toThrow('CARDEA_POLICY_DENIED')
    expect(client.bytes().includes([...PAN].reverse().join(''))).toBe(false)
    expect(await wire.sql('select * from seen')).toEqual([])
    expect(statements().at(-1)).toMatchObject({ statement: text, decision: { effect: 'deny' } })
  })

  // MySQL works nothing out while it prepares.
  testMariadb('the server works it out, or the test above shows nothing', async () => {
    const direct = wire.sql("prepare p from 'select extractvalue(1, concat(0x5c, looks()))'")
    await expect(direct).rejects.toThrow([...PAN].reverse().join(''))
    await wire.sql('delete from seen')
  })

  test('what values may make right is prepared, and judged with them', async () => {
    const client = await connect()
    const id = await prepare(client, 'update payments set status = ? where status = ? and id = ?')
    const with3 = (third: Buffer, type: number) =>
      execute(id, ONE, types(VAR_STRING, VAR_STRING, type), value('kept'), value('open'), third)
    expect((await answerTo(client, with3(int(7, 4), LONG)))[0]?.[0]).toBe(0)
    expect(await wire.sql("select id from payments where status = 'kept'")).toEqual([{ id: 7 }])
  })

  test('a statement prepared under one policy is decided under the next, and the one after', async () => {
    const own = await openWire()
    const client = await rawClient(own.port)
    const stricter = parsePolicy(POLICY.replace(/exceptions:[\s\S]*/, ''), { file: 'stricter.yaml' })
    try {
      const id = await prepare(client, 'select pan from cards')
      const write = await prepare(client, "update payments set status = 'x' where id = 1")
      await answerTo(client, query('begin'))
      expect((await answerTo(client, execute(write)))[0]?.[0]).toBe(0)
      await own.governed.replacePolicy(stricter)
      for (const each of [id, write])
        expect(errorIn((await answerTo(client, execute(each)))[0])?.errno).toBe(1142)
      await answerTo(client, query('rollback'))
      await own.governed.replacePolicy(parsePolicy(POLICY, { file: 'policy.yaml' }))
      expect(said(await answerTo(client, execute(id)))).toContain('411111******1111')
      expect(await own.sql('select status from payments where id = 1')).toEqual([{ status: 'open' }])
    } finally {
      client.socket.destroy()
      await own.close()
    }
  })

  test('the database is no other one for what a client says while it signs in or later', async () => {
    const client = await connect()
    for (const payload of [
      command(COMMAND.initDb, 'mysql'),
      query('use mysql'),
      command(COMMAND.changeUser, cString('root'), Buffer.from([0]), cString('mysql')),
    ])
      expect(errorIn((await answerTo(client, payload))[0])).toBeDefined()
    expect(said(await answerTo(client, query('select count(*) as n from payments')))).toContain('20')
  })
})
