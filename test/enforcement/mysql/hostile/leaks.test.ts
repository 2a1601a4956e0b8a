/** Everything but rows that a server can put card numbers into, and every way to have it read another text than was judged. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { COMMAND } from '../../../../src/enforcement/upstream/mysql/wire.js'
import { PAN } from '../../../support/billing.js'
import { describeMariadb } from '../../../support/databases.js'
import { mysqlSequence } from '../../../support/mysql-sequence.js'
import { answerTo, command, errorIn, prepare, query, type RawClient, rawClient } from '../raw-client.js'
import { openWire, type Wire } from '../wire.js'

const OTHER = '5500005555555559'

/** What triggers and functions of the database's own say, by the row that is written. */
const SPEAKS = `
create table cards (id int primary key, pan varchar(32), unique key one_pan (pan));
insert into cards values (1, '${PAN}'), (2, '${OTHER}');
create table payments (id int primary key, status varchar(20), amount int);
insert into payments select seq, 'open', seq from ${mysqlSequence(20)};
create function card() returns varchar(40) deterministic reads sql data return (select pan from cards where id = 1);
create trigger speaks before update on payments for each row
begin
  declare number int;
  case new.id
    when 1 then signal sqlstate '01000' set message_text = '${PAN}', schema_name = '${PAN}';
    when 2 then signal sqlstate '45000' set message_text = '${PAN}', mysql_errno = 1234;
    when 3 then set @leak = card();
    when 4 then set number = card();
    when 5 then insert into cards select 7, pan from cards where id = 1;
    when 6 then signal sqlstate '45000' set message_text = 'in pieces 41111111 11111111';
    when 7 then set new.status = concat(card(), card());
    when 8 then set new.amount = last_insert_id(4111111111111111 div 1000);
    when 9 then set names latin1;
    when 10 then set character_set_results = utf16;
    when 11 then set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';
    else set number = 1;
  end case;
end;
`

describeMariadb('what a MySQL server says besides rows', () => {
  let wire: Wire
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire({ tables: SPEAKS })
    client = await rawClient(wire.port)
  })
  afterAll(() => {
    client.socket.destroy()
    return wire.close()
  })

  const write = (id: number) => query(`update payments set status = 'x' where id = ${id}`)
  const expectSilence = (one = client): void => {
    const heard = one.bytes()
    for (const said of [PAN, OTHER, '41111111 11111111', [...PAN].reverse().join(''), '4111111111111'])
      expect(heard.includes(said)).toBe(false)
    // In UTF-16, either way round.
    expect(heard.includes(Buffer.from(PAN, 'utf16le'))).toBe(false)
    expect(heard.includes(Buffer.from(PAN, 'utf16le').subarray(1))).toBe(false)
  }
  const isAlive = async (): Promise<boolean> => (await client.ask(command(COMMAND.ping)))?.[0] === 0

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('holds no card number: trigger %i', async id => {
    await answerTo(client, write(id))
    for (const after of [
      'show warnings',
      'show errors',
      'select @leak',
      'select last_insert_id()',
      'get diagnostics @n = number',
    ])
      await answerTo(client, query(after))
    expect(await isAlive()).toBe(true)
    expectSilence()
  })

  test('the trigger speaks, or the tests above show nothing', async () => {
    const [refused] = await answerTo(client, write(2))
    expect(errorIn(refused)?.errno).toBe(1234)
    const direct = wire.sql(`update payments set status = 'x' where id = 2`)
    await expect(direct).rejects.toThrow(PAN)
  })

  test('a database that switches to another character set serves nobody', async () => {
    const own = await rawClient(wire.port)
    await answerTo(own, write(10))
    const [refused] = await answerTo(own, query("select 'to be read' as n"))
    expect(errorIn(refused)?.errno).toBe(1927)
    expect(await own.next()).toBeUndefined()
    expectSilence(own)
    own.socket.destroy()
  })

  test('what a trigger sets does not stay: quotes and backslashes mean what they meant', async () => {
    const own = await rawClient(wire.port)
    await answerTo(own, write(11))
    const packets = await answerTo(own, query(`select "pan" as a, 'it\\'s' as b from cards where id = 1`))
    expect(packets.map(each => each.toString('latin1')).join('')).toContain("\u0003pan\u0004it's")
    own.socket.destroy()
  })

  test.each([
    ...[
      'explain extended select pan from cards where id = 1',
      'analyze format=json select pan from cards where id = 1',
    ],
    ...['explain format=json select p.id from payments p join cards c on c.id = 1 where p.status = c.pan'],
    ...[
      'select pan from cards procedure analyse()',
      'select pan into @a from cards limit 1',
      'set @a = (select pan from cards limit 1)',
    ],
    ...[
      'select @a := pan from cards',
      "select pan from cards into outfile '/tmp/cards'",
      'select * into dumpfile "/tmp/cards" from cards limit 1',
    ],
    ...[
      "load data local infile '/etc/passwd' into table cards",
      "load data infile '/etc/passwd' into table cards",
      "load xml infile '/etc/x' into table cards",
    ],
    ...[
      'handler cards open',
      'handler cards read first',
      'lock tables cards read',
      "xa start 'a'",
      'xa recover',
      'begin not atomic select pan from cards; end',
    ],
    ...[
      'select extractvalue(1, concat(0x5c, (select pan from cards limit 1)))',
      'select updatexml(1, concat(0x5c, card()), 1)',
    ],
    ...[
      'select pan + 0 from cards',
      'select cast(pan as int) from cards',
      'select pan div 1 from cards',
      'select exp(pan) from cards',
    ],
    ...[
      'select 1 from (select count(*), concat(pan, floor(rand(0)*2)) x from cards group by x) a',
      'select pan from cards group by pan having min(0)',
    ],
    ...[
      'select hex(pan) from cards',
      'select reverse(pan) from cards',
      'select to_base64(pan) from cards',
      'select json_objectagg(id, pan) from cards',
    ],
    ...[
      'select group_concat(pan) from cards',
      'select convert(pan using utf16) from cards',
      'select cast(pan as binary) from cards',
      'select load_file("/etc/passwd")',
    ],
    ...[
      'show create table cards',
      'show create trigger speaks',
      'show index from cards',
      'select * from information_schema.column_statistics',
      'table cards',
      'do card()',
    ],
    ...[
      'select * from mysql.column_stats',
      'select * from information_schema.user_variables',
      'show full processlist',
      'show engine innodb status',
    ],
    ...[
      'call nothing()',
      'signal sqlstate "45000" set message_text = "x"',
      'help cards',
      'show profiles',
      'show explain for 1',
      'show binlog events',
    ],
    ...[
      `select 1 as \`${PAN}\``,
      `select '${PAN}'`,
      `select ${PAN}`,
      `select * from \`${PAN}\``,
      `select '${PAN.slice(0, 8)}' '${PAN.slice(8)}'`,
    ],
  ])('statement %#', async text => {
    await answerTo(client, query(text))
    // What is prepared is not asked for, and may say nothing all the same.
    await prepare(client, text).catch(() => {})
    await answerTo(client, query('show warnings'))
    expectSilence()
    expect(await wire.sql('select count(*) as n from cards')).toEqual([{ n: 2 }])
  })
})
