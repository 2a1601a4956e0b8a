/** Numbers that only look like card numbers stay what they are where no column is labelled; real ones in free text do not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../support/databases.js'
import { ask, openShop, type Shop } from './shop.js'

describePostgres('lookalikes', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop(TABLE)
  })
  afterAll(() => shop.close())

  test.each([
    'select * from lookalikes order by n',
    'select json_agg(l order by n) from lookalikes l',
    'select array_agg(order_number order by n), array_agg(big order by n), array_agg(id order by n) from lookalikes',
    "select n, format('order %s of %s', order_number, happened_at) as line, id::text, epoch_ms::text from lookalikes order by n",
    "select string_agg(id::text, ',' order by n) as ids, string_agg(order_number, E'\\n' order by n) from lookalikes",
    'select sum(big), avg(epoch_ms), max(micros), min(amount), sum(amount) from lookalikes',
    "select jsonb_build_object('id', id, 'at', epoch_ms, 'trace', trace, 'iban', iban) from lookalikes order by n",
    'select extract(epoch from happened_at) as seconds, (extract(epoch from happened_at) * 1000)::bigint as ms, happened_at::text from lookalikes order by n',
    "select md5(n::text), encode(sha256(n::text::bytea), 'hex'), encode(sha256(n::text::bytea), 'base64') from lookalikes order by n",
    "select to_char(happened_at at time zone 'UTC', 'YYYYMMDDHH24MISS') as stamp, to_char(happened_at at time zone 'UTC', 'YYYYMMDDHH24MISSMS') as fine from lookalikes order by n",
    'select array_agg(4000 + n * 4 + i order by i), array_agg((412000 + n * 3 + i)::bigint order by i) from lookalikes, generate_series(1, 4) i group by n order by n',
    'select jsonb_agg(4000 + n * 4 + i order by i), json_agg(n * i + 51234 order by i) from lookalikes, generate_series(1, 3) i group by n order by n',
    'select random_bytes, digest from lookalikes order by n',
  ])('%s', async sql => {
    expect(await ask(shop.governed, sql)).toStrictEqual(await ask(shop.plain, sql))
  })

  test('a card number in free text is masked, and nothing around it', async () => {
    const [row] = (
      await ask(
        shop.governed,
        "select 'order 7012024021000005, card 4111 1111 1111 1111, call +44 20 7946 0958' as note",
      )
    ).rows as { note: string }[]
    expect(row?.note).toMatch(/^order 7012024021000005, card 411111.*1111, call \+44 20 7946 0958$/u)
    expect(row?.note).not.toMatch(/4111 1111 1111 1111/u)
  })
})

/** Three hundred rows as a busy shop makes them: counters, clocks, hashes and keys of every usual kind. */
const TABLE = `
create table lookalikes as
select n,
  md5('id' || n)::uuid as id,
  'ORD-' || to_char(date '2024-01-01' + n, 'YYYYMMDD') || '-' || lpad(n::text, 6, '0') as order_number,
  to_char(date '2024-01-01' + n, 'YYMMDD') || lpad((n * 7919)::text, 8, '0') as short_number,
  1704067200000 + n::bigint * 86399123 as epoch_ms,
  (1704067200000000 + n::bigint * 86399123457)::bigint as micros,
  1000000000000000::bigint + n * 37 as snowflake_like,
  9007199254740000 + n::bigint as big,
  (n * 12345.67)::numeric(14, 2) as amount,
  (n / 3.0)::numeric(30, 20) as third,
  n / 7.0::float8 as seventh,
  timestamptz '2024-01-01Z' + n * interval '1 hour 1 second 7 milliseconds' as happened_at,
  date '2024-01-01' + n as day,
  '+49 171 ' || lpad((n * 13577)::text, 7, '0') as phone,
  '+1-202-555-' || lpad(n::text, 4, '0') as phone_us,
  case n % 3 when 0 then 'DE89370400440532013000' when 1 then 'GB29NWBK60161331926819' else 'FR14 2004 1010 0505 0001 3M02 606' end as iban,
  md5('t' || n) as trace,
  encode(sha256(n::text::bytea), 'hex') as checksum,
  '1Z' || upper(substr(md5(n::text), 1, 6)) || lpad((n * 31)::text, 10, '0') as parcel,
  '10.' || n % 256 || '.0.' || n % 7 || ':54' || lpad(n::text, 3, '0') as endpoint,
  jsonb_build_object('id', n, 'ts', 1704067200000 + n, 'ref', md5(n::text), 'total', n * 1.5) as payload,
  array[n, n * 10, n * 100, n * 1000] as series,
  decode(md5('b' || n), 'hex') as random_bytes,
  sha256(n::text::bytea) as digest,
  'v' || n || '.' || n % 10 || '.' || n % 100 as version,
  '2024-' || lpad((n % 12 + 1)::text, 2, '0') || '-' || lpad((n % 28 + 1)::text, 2, '0') || 'T08:00:00.000Z' as iso
from generate_series(1, 300) n`
