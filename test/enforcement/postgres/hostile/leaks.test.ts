/** Everything but rows that a server can put card numbers into, on its way to a client that listens to every byte. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { PAN, POLICY, TABLES } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import {
  bind,
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

/** What a trigger of the server's own says, by the row that is written. */
const SPEAKS = `
${TABLES}
create function speak() returns trigger language plpgsql as $$
declare card text := (select pan from cards where id = 1);
begin
  case new.id
    when 1 then raise notice 'card % for you', card using detail = 'card ' || card, hint = 'try ' || card;
    when 2 then raise exception 'no % here', card using
      errcode = '22023', detail = 'Key (pan)=(' || card || ')', hint = card, column = card,
      constraint = card, datatype = card, table = card, schema = card;
    when 3 then perform set_config('application_name', card, false);
    when 4 then perform pg_notify('news', card); perform pg_notify(card, '');
    when 5 then perform set_config('client_encoding', 'LATIN1', false);
    when 6 then perform set_config('standard_conforming_strings', 'off', false);
    when 7 then perform card::int;
    when 8 then insert into cards select id, pan from cards where id = 1;
    when 9 then raise exception sqlstate 'CARD1' using message = card;
    when 10 then raise warning '% %', substr(card, 1, 8), substr(card, 9);
    when 11 then perform set_config('timezone', '<' || substr(card, 1, 9) || '>5', false);
    else null;
  end case;
  return new;
end $$;
create trigger speaks before update on payments for each row execute function speak();
create unique index one_pan on cards (pan);
`

describePostgres('what a server says besides rows', () => {
  let wire: Wire
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire({ tables: SPEAKS, policy: POLICY })
  })
  afterAll(() => wire.close())
  beforeEach(async () => {
    client = await rawClient(wire.port)
  })

  const write = (id: number) => query(`update payments set status = 'x' where id = ${id}`)
  const silent = () => {
    const heard = client.heard()
    for (const said of [PAN, '5500005555555559', '41111111 11111111'])
      expect(heard.includes(said)).toBe(false)
    client.socket.destroy()
  }

  test.each([1, 2, 3, 4, 7, 8, 9, 10])('holds no card number: trigger %i', async id => {
    const simple = await client.exchange(write(id))
    expect(types(simple)).toMatch(/[CE]/)
    await client.exchange(
      parse('', `update payments set status = 'x' where id = ${id}`),
      bind('', ''),
      execute(''),
      SYNC,
    )
    await client.exchange(query('select 1'))
    silent()
  })

  test('the trigger speaks, or the tests above show nothing', async () => {
    expect(errorOf(await client.exchange(write(2)))?.['C']).toBe('22023')
    expect(types(await client.exchange(write(1)))).toContain('N')
  })

  test.each([5, 6])(
    'a server that reads text in another way than Cardea serves nobody: trigger %i',
    async id => {
      await client.exchange(write(id))
      await client.exchange(query("select '\\' as a"))
      expect(await eventually(() => client.socket.closed)).toBe(true)
      silent()
    },
  )

  test.each([
    ...[
      'copy cards to stdout',
      'copy cards to stdout (format binary)',
      'copy (select pan from cards) to stdout csv',
    ],
    ...[
      'copy (select id, pan from cards) to stdout (force_quote (pan), format csv)',
      'copy cards from stdin',
    ],
    ...["copy cards to program 'cat'", "copy cards to '/tmp/cards'", "copy cards from program 'echo 1'"],
    ...[
      "copy payments from '/etc/passwd'",
      'listen news',
      'notify news',
      "select pg_notify('news', pan) from cards",
    ],
    ...["do $$ begin raise notice '%', (select pan from cards limit 1); end $$"],
    ...[
      "select set_config('application_name', pan, false) from cards",
      'explain analyze select pan::int from cards',
    ],
    ...['select pan::int from cards', 'select id / 0, pan from cards', 'select pan::date from cards'],
    ...[
      "select * from cards where pan::numeric > 'x'",
      'select row_to_json(cards) from cards',
      'select cards from cards',
    ],
    ...['select array_agg(pan) from cards', "select string_agg(pan, ',') from cards", 'table cards'],
    ...[
      "select pan || '' from cards",
      'select reverse(reverse(pan)) from cards',
      "select encode(pan::bytea, 'hex') from cards",
    ],
    ...[
      "select query_to_xml('select * from cards', true, true, '')",
      "select table_to_xml('cards', true, true, '')",
    ],
    ...[
      'select lo_from_bytea(0, pan::bytea) from cards',
      'select * from pg_stats',
      'select query from pg_stat_activity',
    ],
    ...['declare c cursor with hold for select * from cards', 'prepare p as select pan from cards'],
  ])('%s', async text => {
    const answers = await client.exchange(query(text))
    expect(types(answers)).toMatch(/Z$/)
    for (const follows of ['fetch all c', 'execute p', 'rollback']) await client.exchange(query(follows))
    silent()
  })

  test.each([[[0]], [[1]], [[]]])('rows in result formats %j', async results => {
    client.send(parse('', 'select pan, id, pan from cards'), bind('', '', { results }), execute(''), SYNC)
    expect(types(await client.ready())).toBe('12DDCZ')
    silent()
  })

  test.each([0, 1, 7])('rows in parts of %i', async rows => {
    await client.exchange(
      parse('', 'select pan from cards'),
      bind('c', ''),
      execute('c', rows),
      execute('c', rows),
      SYNC,
    )
    silent()
  })

  test('a column cannot be named after what it holds', async () => {
    await client.exchange(query(`select 1 as "${PAN}"`))
    silent()
  })
})
