/**
 * A card number in every type of PostgreSQL that can hold one, in a column with a label and in one without, as it is
 * and in an expression, in process and through the PostgreSQL door in text and in binary: it never comes out, and a
 * value without one is the very same.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import pg from 'pg'
import { openWire, type Wire } from '../enforcement/postgres/kit.js'
import { describePostgres } from '../support/databases.js'
import { CARD, everything, OTHER_CARD, shows, showsInBytes, type TypeCase } from './types-kit.js'

const TYPES: readonly TypeCase[] = [
  { type: 'text', card: `'card ${CARD} of 4'`, plain: `'none 1234'` },
  { type: 'varchar(40)', card: `'4532 0151 1283 0366'`, plain: `'none'` },
  { type: 'char(30)', card: `'${CARD}'`, plain: `'none'` },
  { type: 'name', card: `'${CARD}'`, plain: `'none'` },
  { type: 'citext', card: `'Card ${CARD}'`, plain: `'none'` },
  { type: 'bigint', card: CARD, plain: '9007199254740993' },
  { type: 'numeric', card: CARD, plain: '12.50' },
  { type: 'numeric(20, 2)', card: CARD, plain: '12.50' },
  { type: 'money', card: `${CARD}::numeric::money`, plain: '12.5::numeric::money' },
  { type: 'json', card: `'{"a": {"b": [1, "${CARD}"]}}'`, plain: `'{"a":  [1, 2.50]}'` },
  { type: 'json', card: `'{"${CARD}": true}'`, plain: `'[]'` },
  { type: 'json', card: `'{"n": ${CARD}}'`, plain: `'7'` },
  { type: 'json', card: `'"\\u0034\\u0035\\u0033\\u0032015112830366"'`, plain: `'"\\u0041"'` },
  { type: 'jsonb', card: `'{"deep": {"deep": {"deep": {"deep": ["${CARD}"]}}}}'`, plain: `'{"a": null}'` },
  { type: 'jsonb', card: `'{"k${CARD}": 1}'`, plain: `'[1]'` },
  { type: 'jsonb', card: `'{"n": ${CARD}}'`, plain: `'{"n": 1.50}'` },
  { type: 'jsonb', card: `'${CARD}'`, plain: `'null'` },
  { type: 'jsonpath', card: `'$.a ? (@ == "${CARD}")'`, plain: `'$.a'` },
  { type: 'text[]', card: `array['x', 'no ${CARD}']`, plain: `array['x', null, '']` },
  { type: 'text[]', card: `array[['x', 'y'], ['z', '${CARD}']]`, plain: `'{}'` },
  { type: 'text[]', card: `'[2:3]={x,${CARD}}'`, plain: `'[2:2]={x}'` },
  { type: 'text[]', card: `array['4532', '0151', '1283', '0366']`, plain: `array['4532', '0151']` },
  { type: 'varchar[]', card: `array['${CARD}']`, plain: `array['a']` },
  { type: 'name[]', card: `array['${CARD}']`, plain: `array['a']` },
  { type: 'citext[]', card: `array['${CARD}'::citext]`, plain: `array['a'::citext]` },
  { type: 'bigint[]', card: `array[7, ${CARD}]`, plain: 'array[7, null]' },
  { type: 'numeric[]', card: `array[7, ${CARD}]`, plain: 'array[0.5]' },
  { type: 'money[]', card: `array[${CARD}::numeric::money]`, plain: 'array[1::money]' },
  { type: 'json[]', card: `array['{"a": "${CARD}"}'::json]`, plain: `array['{}'::json]` },
  { type: 'jsonb[]', card: `array['{"a": "${CARD}"}'::jsonb, '1']`, plain: `array['{}'::jsonb]` },
  { type: 'bytea[]', card: `array['${CARD}'::bytea]`, plain: `array['\\x00ff'::bytea]` },
  { type: 'xml[]', card: `array['<a>${CARD}</a>'::xml]`, plain: `array['<a/>'::xml]` },
  { type: 'hstore[]', card: `array['a=>${CARD}'::hstore]`, plain: `array['a=>b'::hstore]` },
  { type: 'holder[]', card: `array[row(1, '${CARD}')::holder]`, plain: `array[row(1, 'x')::holder]` },
  { type: 'int8range[]', card: `array[int8range(1, ${CARD})]`, plain: 'array[int8range(1, 5)]' },
  { type: 'holder', card: `row(1, '${CARD}')`, plain: `row(1, 'a "quoted", one')` },
  { type: 'wide_holder', card: `row(${CARD}, 2, null)`, plain: `row(1, 2.5, null)` },
  { type: 'wide_holder', card: `row(1, ${CARD}, row(2, 'x'))`, plain: `row(1, 2.5, row(2, null))` },
  { type: 'wide_holder', card: `row(1, 2, row(3, 'it is ${CARD}'))`, plain: `row(1, 2, row(3, ''))` },
  { type: 'int8range', card: `int8range(${CARD}, null)`, plain: 'int8range(1, 5)' },
  { type: 'numrange', card: `numrange(0, ${CARD})`, plain: 'numrange(0.5, 7)' },
  {
    type: 'int8multirange',
    card: `int8multirange(int8range(1, 5), int8range(${CARD}, null))`,
    plain: `'{[1,5)}'`,
  },
  { type: 'nummultirange', card: `nummultirange(numrange(${CARD}, null))`, plain: `'{}'` },
  { type: 'textrange', card: `textrange('${CARD}', null)`, plain: `textrange('a', 'b')` },
  { type: 'textmultirange', card: `textmultirange(textrange('${CARD}', null))`, plain: `'{}'` },
  { type: 'cardrange', card: `cardrange(${CARD}, null)`, plain: 'cardrange(1, 2)' },
  { type: 'bytea', card: `'${CARD}'`, plain: `'\\x00ff10'` },
  { type: 'bytea', card: `'\\x4532015112830366'`, plain: `'\\x0123456789'` },
  { type: 'bytea', card: `convert_to('é ${CARD}', 'UTF8')`, plain: `convert_to('é', 'UTF8')` },
  { type: 'xml', card: `'<a b="${CARD}"/>'`, plain: `'<a b="1"/>'` },
  { type: 'xml', card: `'<a>&#52;532015112830366</a>'`, plain: `'<a>&#52;</a>'` },
  { type: 'hstore', card: `'card=>${CARD}'`, plain: `'a=>b, c=>NULL'` },
  { type: 'hstore', card: `'${CARD}=>1'`, plain: `''` },
  { type: 'brand', card: `'${CARD}'`, plain: `'visa'` },
  { type: 'brand[]', card: `array['${CARD}'::brand]`, plain: `array['visa'::brand]` },
  {
    type: 'tsvector',
    card: `to_tsvector('simple', 'card ${CARD}')`,
    plain: `to_tsvector('simple', 'a cat')`,
  },
  { type: 'tsquery', card: `to_tsquery('simple', '${CARD}')`, plain: `to_tsquery('simple', 'cat & dog')` },
  {
    type: 'tsvector',
    card: `to_tsvector('simple', 'card 1 ${CARD} 2')`,
    plain: `'12:1 34 56 78:2 90 12 13'`,
  },
  {
    type: 'tsvector[]',
    card: `array[to_tsvector('simple', '${CARD}')]`,
    plain: `array[$$'a':1$$::tsvector]`,
  },
  { type: 'xid8', card: `'${CARD}'`, plain: `'7'` },
  { type: 'pg_snapshot', card: `'${CARD}:${CARD}:'`, plain: `'10:20:10,14'` },
  { type: 'card_holder', card: `row(${CARD}, null, 7)`, plain: `row(1, 'a=>b', null)` },
  { type: 'card_holder', card: `row(1, 'a=>"${CARD} ${'x'.repeat(36)}"', 7)`, plain: `row(null, '', 1.50)` },
  { type: 'card_holder', card: `row(1, '${CARD}=>7', 7)`, plain: `row(null, null, null)` },
  { type: 'card_holder', card: `row(1, null, ${CARD})`, plain: `row(null, null, 0)` },
  { type: 'card_amount[]', card: `array[${CARD}::card_amount]`, plain: 'array[1.5::card_amount]' },
  { type: 'card_text', card: `'${CARD}'`, plain: `'x'` },
  { type: 'card_number', card: CARD, plain: '7' },
  { type: 'card_text[]', card: `array['${CARD}'::card_text]`, plain: `array['x'::card_text]` },
  { type: 'ltree', card: `'a.b.c${CARD}'`, plain: `'a.b.c'` },
  { type: 'refcursor', card: `'${CARD}'`, plain: `'x'` },
]

/** Types that have no room for a card number: nothing is done to them. */
const ROOMLESS: readonly (readonly [type: string, value: string])[] = [
  ['"char"', `'4'`],
  ['bool', 'true'],
  ['int4', '2147483647'],
  ['int2', '32767'],
  ['oid', '4294967295'],
  ['float4', '4532015112830366'],
  ['date', `'2026-11-29'`],
  ['timestamptz', `'2026-11-29 12:34:56.789012+00'`],
  ['timestamp', `'2026-11-29 12:34:56.789012'`],
  ['time', `'12:34:56.789012'`],
  ['timetz', `'12:34:56.789012+01'`],
  ['interval', `'4532 years 151 days 12:34:56.789012'`],
  ['uuid', `'45320151-1283-0366-aaaa-000000000000'`],
  ['inet', `'192.168.100.128/25'`],
  ['cidr', `'192.168.100.128/25'`],
  ['macaddr', `'08:00:2b:01:02:03'`],
  ['bit(8)', `B'10101010'`],
  ['varbit', `B'1010101010101010101'`],
  ['point', `'(1.5,2)'`],
  ['box', `'(3,4),(1,2)'`],
  ['circle', `'<(1,2),3>'`],
  ['daterange', `daterange('2026-01-01', '2026-02-01')`],
  ['tstzrange', `tstzrange('2026-01-01', null)`],
  ['pg_lsn', `'16/B374D848'`],
  ['tid', `'(12,3)'`],
  ['date[]', `array['2026-01-01'::date]`],
  ['uuid[]', `array['45320151-1283-0366-aaaa-000000000000'::uuid]`],
  ['interval[]', `array['1 day'::interval]`],
  ['bool[]', 'array[true, null]'],
]

const tables = `
create extension hstore; create extension citext; create extension ltree;
create type holder as (id int, pan text);
create type wide_holder as (a bigint, b numeric, c holder);
create type brand as enum ('visa', '${CARD}');
create type textrange as range (subtype = text);
create type cardrange as range (subtype = numeric);
create domain card_text as text check (value <> '');
create domain card_number as bigint;
create domain card_amount as numeric(20, 2);
create type card_holder as (a card_number, b hstore, c card_amount);
${TYPES.map(
  ({ type, card, plain }, n) => `create table t${n} (id int, v ${type}, w ${type});
    insert into t${n} values (1, ${card}, ${card}), (2, ${plain}, ${plain}), (3, null, null);`,
).join('\n')}
${ROOMLESS.map(([type, value], n) => `create table r${n} (id int, v ${type}); insert into r${n} values (1, ${value}), (2, null);`).join('\n')}
`

const policy = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.*.w', label: pan }
exceptions:
  - { id: see, lifts: pci/pan-output, when: { column: '*.*.w' }, reason: the bot sees masked cards }
`

/** What became of a statement at one door: its cells as they came, or the code of the error. */
type Seen = readonly (string | null)[] | string

describePostgres('a card number in any type', () => {
  let wire: Wire
  let db: Knex
  let doors: Readonly<Record<'simple' | 'text' | 'binary', (sql: string) => Promise<Seen>>>
  let direct: (sql: string, binary: boolean) => Promise<Seen>
  const clients: pg.Client[] = []
  let heard = Buffer.alloc(0)

  beforeAll(async () => {
    wire = await openWire({ tables, policy })
    db = wire.governed.as({ subject: 'alice', issuer: 'https://login.corp.example', roles: ['support'] })
    const client = await wire.connect()
    const straight = new pg.Client(wire.database.url)
    await straight.connect()
    clients.push(client, straight)
    const ask = listening(client)
    const askDirectly = listening(straight)
    doors = {
      simple: sql => ask({ text: sql }),
      text: sql => ask({ text: sql, values: [], queryMode: 'extended' }),
      binary: sql => ask({ text: sql, values: [], queryMode: 'extended', binary: true }),
    }
    direct = (sql, binary) => askDirectly({ text: sql, values: [], queryMode: 'extended', binary })
  })
  afterAll(async () => {
    for (const client of clients) await client.end()
    await wire.close()
  })

  /** node-postgres reads every cell as UTF-8: here they are as they came. */
  function listening(client: pg.Client): (query: object) => Promise<Seen> {
    let chunks: Buffer[] = []
    const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadableStream } }).connection
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    return async query => {
      chunks = []
      try {
        await client.query({ ...(query as { text: string }), types: { getTypeParser: () => () => null } })
        return firstCells(Buffer.concat(chunks))
      } catch (error) {
        return String((error as { code?: string }).code)
      } finally {
        heard = Buffer.concat(chunks)
      }
    }
  }

  async function inProcess(sql: string): Promise<unknown> {
    try {
      const { rows } = (await db.raw(sql)) as { rows: readonly unknown[] }
      return rows
    } catch (error) {
      return error
    }
  }

  /** Everything that came out anywhere, for what must not be in it. */
  async function leaks(sql: string): Promise<readonly string[]> {
    const found: string[] = []
    for (const [name, door] of Object.entries(doors)) {
      const cells = await door(sql)
      // Each cell apart: bytes of its neighbour's length are no digits of it.
      const all = typeof cells === 'string' ? [] : cells.flatMap(cell => cell ?? [])
      const leaked = all.some(cell => showsInBytes(Buffer.from(cell, 'latin1'))) || heard.includes(CARD)
      if (leaked) found.push(`${name}: ${all.join(' | ')}`)
    }
    const rows = everything(await inProcess(sql))
    if (shows(rows)) found.push(`in process: ${rows}`)
    return found
  }

  /** A list of numbers in a text is a list of numbers (docs/masking.md, "What is not found"). */
  const isList = (card: string, sql: string): boolean =>
    card.startsWith("array['4532',") && /::text|row\(/.test(sql)

  test('the cards are there, in bytes that this test can tell', async () => {
    const unseen: string[] = []
    for (const [n, { type }] of TYPES.entries()) {
      for (const binary of [false, true]) {
        const cells = await direct(`select v from t${n} where id = 1`, binary)
        if (typeof cells === 'string' || !showsInBytes(Buffer.from(cells[0] ?? '', 'latin1')))
          unseen.push(`${type} ${binary ? 'binary' : 'text'} ${String(cells)}`)
      }
    }
    expect(unseen).toEqual([])
  })

  test.each(TYPES.map((one, n) => [`${n} ${one.type}`, n] as const))('%s', async (_, n) => {
    const wrong: string[] = []
    for (const column of ['v', 'w']) {
      const whole = [
        `select ${column} from t${n} order by id`,
        `select ${column}::text from t${n} order by id`,
        `select t from t${n} t order by id`,
        `select x from (select ${column} as x from t${n} union all select ${column} from t${n}) s`,
      ]
      // Computed from a labelled column, it is redacted whatever it is.
      const nested = [
        `select array[v] from t${n} order by id`,
        `select row(v) from t${n} order by id`,
        `select row(id, row(v)) from t${n} order by id`,
        `select json_build_object('k', v) from t${n} order by id`,
        `select array_agg(v) from t${n}`,
        `select max(v::text) from t${n}`,
      ]
      for (const sql of [...whole, ...(column === 'v' ? nested : [])]) {
        if (column === 'v' && isList(TYPES[n]?.card ?? '', sql)) continue
        for (const leak of await leaks(sql)) wrong.push(`${sql} → ${leak}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('what holds none is the very same, byte by byte', async () => {
    const changed: unknown[] = []
    const same = async (what: string, sql: string): Promise<void> => {
      for (const [name, door] of Object.entries(doors)) {
        const [is, should] = [await door(sql), await direct(sql, name === 'binary')]
        if (JSON.stringify(is) !== JSON.stringify(should)) changed.push({ what, name, is, should })
      }
    }
    for (const [n, { type }] of TYPES.entries())
      await same(type, `select v from t${n} where id <> 1 order by id`)
    for (const [n, [type]] of ROOMLESS.entries()) await same(type, `select v from r${n} order by id`)
    expect(changed).toEqual([])
  })

  test('in process it is the very same as well', async () => {
    const changed: unknown[] = []
    const raw = new pg.Client(wire.database.url)
    await raw.connect()
    for (const sql of [
      ...TYPES.map((_, n) => `select v from t${n} where id <> 1 order by id`),
      ...ROOMLESS.map((_, n) => `select v from r${n} order by id`),
    ]) {
      const [is, should] = [await inProcess(sql), (await raw.query(sql)).rows]
      if (everything(is) !== everything(should)) changed.push({ sql, is, should })
    }
    await raw.end()
    expect(changed).toEqual([])
  })

  test('every door treats a column alike: passed, masked or refused', async () => {
    const different: unknown[] = []
    for (const [n, { type }] of TYPES.entries()) {
      for (const column of ['v', 'w']) {
        const sql = `select ${column} from t${n} where id = 1`
        const treated: string[] = []
        for (const [name, door] of Object.entries(doors)) {
          const cells = await door(sql)
          const passed = JSON.stringify(cells) === JSON.stringify(await direct(sql, name === 'binary'))
          treated.push(typeof cells === 'string' ? cells : passed ? 'passed' : 'masked')
        }
        const rows = await inProcess(sql)
        const there = rows instanceof Error ? 'refused' : 'masked'
        if (new Set(treated).size !== 1 || treated[0] !== there)
          different.push({ type, column, treated, there })
      }
    }
    expect(different).toEqual([])
  })

  test('another card beside it is no less hidden', async () => {
    const sql = `select array['${CARD}', '${OTHER_CARD}', 'x']`
    for (const door of Object.values(doors)) {
      const cells = await door(sql)
      expect(shows(String(cells)) || shows(String(cells), OTHER_CARD)).toBe(false)
    }
  })
})

/** The first cell of every DataRow, a character for each byte. */
function firstCells(bytes: Buffer): readonly (string | null)[] {
  const cells: (string | null)[] = []
  for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    if (bytes[at] !== 0x44) continue
    const length = bytes.readInt32BE(at + 7)
    cells.push(length < 0 ? null : bytes.toString('latin1', at + 11, at + 11 + length))
  }
  return cells
}
