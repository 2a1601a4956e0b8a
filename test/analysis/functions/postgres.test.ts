/** The reviewed lists against a live server: nothing of it is forgotten, nothing listed does more than it should. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import {
  POSTGRES_FUNCTIONS,
  POSTGRES_OPERATORS,
  POSTGRES_TYPES,
  postgresRefusal,
} from '../../../src/analysis/functions/postgres.data.js'
import { type Database, describePostgres, postgres } from '../../support/databases.js'

/** Listed names that the grammar knows, or that only later versions than the oldest supported one have. */
const WITHOUT_ENTRY = new Set(
  `current_catalog current_date current_role current_time current_timestamp current_user localtime localtimestamp
  session_user system_user user json_arrayagg json_objectagg
  any_value array_reverse array_sample array_shuffle array_sort casefold crc32 crc32c date_add date_subtract erf erfc
  gamma json_agg_strict json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict jsonb_agg_strict
  jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict lgamma pg_input_is_valid random_normal
  to_bin to_oct uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7 xmltext`.split(/\s+/),
)

/** Functions behind operators, casts, aggregates, indexes and the wire: no statement of a person calls them. */
const BEHIND = `
  select oprcode from pg_operator union select oprrest from pg_operator union select oprjoin from pg_operator
  union select castfunc from pg_cast union select amproc from pg_amproc
  union select unnest(array[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn,
    aggminvtransfn, aggmfinalfn]) from pg_aggregate
  union select unnest(array[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze,
    typsubscript]) from pg_type
  union select unnest(array[rngcanonical, rngsubdiff]) from pg_range
  union select unnest(array[prsstart, prstoken, prsend, prsheadline, prslextype]) from pg_ts_parser
  union select unnest(array[tmplinit, tmpllexize]) from pg_ts_template
  union select conproc from pg_conversion union select amhandler from pg_am
  union select prosupport from pg_proc`

/** Second names of listed functions, left over from old versions of the server. */
const SECOND_NAMES = new Set(
  `dexp dlog1 dlog10 dround dtrunc enum_send int4inc int8_sum nameconcatoid numeric_div_trunc numeric_exp numeric_inc
  numeric_ln numeric_log numeric_sqrt textlen`.split(/\s+/),
)

const EXAMPLES: Readonly<Record<string, string>> = {
  text: "'1'",
  name: "'a'",
  bpchar: "'1'",
  char: "'r'",
  bool: 'true',
  int2: '1',
  int4: '1',
  int8: '1',
  float4: '1',
  float8: '1',
  numeric: '1',
  date: "'2024-01-31'",
  time: "'10:00'",
  timetz: "'10:00+01'",
  timestamp: "'2024-01-31 10:00'",
  timestamptz: "'2024-01-31 10:00+00'",
  interval: "'1 day'",
  json: '\'{"a":[1]}\'',
  jsonb: '\'{"a":[1]}\'',
  jsonpath: "'$.a'",
  bytea: "'\\x01'",
  uuid: "'2b1e0f8a-2a3c-4f0e-9d56-0a1b2c3d4e5f'",
  oid: "'cards'::regclass::oid",
  regclass: "'cards'",
  inet: "'10.0.0.1'",
  tsvector: "'a:1 b:2'",
  tsquery: "'a'",
  xml: "'<a/>'",
  int4range: "'[1,5)'",
  anyarray: "'{1,2}'::int4[]",
  anyelement: '1::int4',
  anycompatible: '1::int4',
  anycompatiblearray: "'{1,2}'::int4[]",
  anynonarray: '1::int4',
  anyrange: "'[1,5)'::int4range",
  anymultirange: "'{[1,5)}'::int4multirange",
  any: "'1'::text",
  record: 'row(1)',
}

describePostgres('the reviewed names of PostgreSQL', () => {
  let database: Database
  let client: pg.Client
  beforeAll(async () => {
    database = await postgres.database()
    client = new pg.Client(database.url)
    await client.connect()
    await client.query('create table cards (id int primary key, pan text)')
    await client.query("insert into cards values (1, '4111111111111111')")
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  async function column(sql: string): Promise<string[]> {
    const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' })
    return rows.map(([value]) => String(value))
  }

  test('every built-in function is listed, refused with a reason, or behind something else', async () => {
    const names = await column(`
      select distinct proname from pg_proc p where pronamespace = 'pg_catalog'::regnamespace
      and proname not in (select proname from pg_proc where oid in (${BEHIND}))
      and prokind <> 'p'
      and not (2281 = any (proargtypes) or 2275 = any (proargtypes) or prorettype in (2281, 2275, 2279, 3838))`)
    const left = names.filter(
      name => !POSTGRES_FUNCTIONS.has(name) && postgresRefusal(name) === undefined && !SECOND_NAMES.has(name),
    )
    expect(left).toEqual([])
  })

  test('every listed function is one of the server’s, of a later version’s, or of the grammar', async () => {
    const known = new Set(
      await column("select proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace"),
    )
    const unknown = [...POSTGRES_FUNCTIONS.keys()].filter(
      name => !known.has(name) && !WITHOUT_ENTRY.has(name),
    )
    expect(unknown).toEqual([])
  })

  test('no listed function is refused as well, and every volatile one says what it does', () => {
    for (const [name, { standing, accepts }] of POSTGRES_FUNCTIONS) {
      if (accepts !== undefined) continue
      const because = postgresRefusal(name)
      expect([name, because === undefined]).toEqual([name, standing === 'listed'])
    }
  })

  test('listed functions that the server calls volatile only read the clock, chance, or sizes', async () => {
    const names = await column(`
      select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and provolatile = 'v'`)
    const listed = names.filter(name => POSTGRES_FUNCTIONS.get(name)?.standing === 'listed').sort()
    expect(listed.join(' ')).toBe(
      'bernoulli clock_timestamp gen_random_uuid pg_database_size pg_indexes_size pg_is_in_recovery pg_partition_ancestors pg_partition_tree pg_relation_size pg_table_size pg_total_relation_size random system timeofday',
    )
  })

  test('aggregates and sets are what the server says they are', async () => {
    const aggregates = await column(`
      select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and prokind = 'a'`)
    const wrong = aggregates.filter(name => {
      const shape = POSTGRES_FUNCTIONS.get(name)?.shape
      // Hypothetical-set aggregates have the names of window functions.
      if (/^(?:rank|dense_rank|percent_rank|cume_dist)$/.test(name)) return shape !== 'scalar'
      return shape !== undefined && shape !== 'aggregate' && shape !== 'count'
    })
    const sets = await column(`
      select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proretset`)
    const flat = sets.filter(name => POSTGRES_FUNCTIONS.get(name)?.shape === 'scalar')
    expect([wrong, flat]).toEqual([[], []])
  })

  test('every operator and type is listed that runs no code of the user’s', async () => {
    const operators = await column('select distinct oprname from pg_operator')
    expect(operators.filter(name => !POSTGRES_OPERATORS.has(name))).toEqual([])
    const types = await column(`
      select typname from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm')
      and typcategory <> 'A' and typname !~ '^pg_|^gtsvector$|^txid_'`)
    expect(types.filter(name => !POSTGRES_TYPES.has(name))).toEqual(['regrole'])
    const known = new Set(await column('select typname from pg_type'))
    expect([...POSTGRES_TYPES].filter(name => !known.has(name))).toEqual([])
  })

  test('called in a read-only transaction, no listed function scans a table, takes a lock or changes a setting', async () => {
    const { rows } = await client.query<{ name: string; types: string[] }>(`
      select proname as name, array(select t.typname::text from unnest(proargtypes) with ordinality a(o, n)
        join pg_type t on t.oid = a.o order by n) as types
      from pg_proc where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f'`)
    const listed = rows.filter(({ name }) => POSTGRES_FUNCTIONS.get(name)?.standing === 'listed')
    const state = async () => ({
      settings: await column('select md5(string_agg(name || setting, $$,$$ order by name)) from pg_settings'),
      locks: await column("select count(*) from pg_locks where locktype = 'advisory'"),
      transaction: await column('select txid_current_if_assigned() is null'),
      scans: await column('select seq_scan + coalesce(idx_scan, 0) from pg_stat_xact_user_tables'),
    })
    await client.query('begin read only')
    const before = await state()
    const refused: string[] = []
    let ran = 0
    for (const { name, types } of listed) {
      const args = types.map(type => `${EXAMPLES[type] ?? 'null'}${castOf(type)}`)
      await client.query('savepoint s')
      try {
        await client.query(`select * from pg_catalog.${pg.escapeIdentifier(name)}(${args.join(', ')}) x`)
        ran++
      } catch (error) {
        // Read-only transactions, missing privileges, and everything that comes of files.
        if (/^(?:25006|42501|58.*|0LP.*|55.*)$/.test(codeOf(error))) refused.push(`${name} ${codeOf(error)}`)
        await client.query('rollback to s')
      }
    }
    const after = await state()
    await client.query('rollback')
    expect(refused).toEqual([])
    expect(after).toEqual(before)
    expect(ran).toBeGreaterThan(listed.length * 0.75)
  })
})

function castOf(type: string): string {
  if (type.startsWith('any') || type === 'record') return ''
  return `::${type === 'char' ? '"char"' : type.replace(/^_(.*)$/, '$1[]')}`
}

function codeOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)
}
