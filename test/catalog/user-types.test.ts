/** Types and routines of the user's own: which of them run code that somebody made, and which overload built-ins. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type pg from 'pg'
import { parseSchema, schemaFile } from '../../src/catalog/schema-file.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { connected, probe } from './support.js'

const SCHEMA = `
create schema crm;
create extension citext schema crm;
create function is_fine(text) returns boolean language sql immutable as 'select true';
create function to_mood(text) returns int language sql as 'select 1';
create type mood as enum ('ok', 'bad');
create type crm.stage as enum ('new');
create domain short as varchar(3) check (length(value) < 3);
create domain shorter as short;
create domain mooded as mood;
create domain checked as text check (is_fine(value));
create domain over_checked as checked;
create domain folded as crm.citext;
create type pair as (a int, b text);
create type cast_into as enum ('x');
create function into_cast(int) returns cast_into language sql as $$ select 'x'::cast_into $$;
create cast (int as cast_into) with function into_cast(int);
create function crm.gen_random_uuid() returns uuid language sql as 'select null::uuid';
create function many(variadic text[]) returns int language sql as 'select 1';
create function often(a text, b int default 1) returns int language sql as 'select 1';
create function pick(short, mood, date) returns int language sql as 'select 1'`

describePostgres('types and routines of the user', () => {
  let database: Database
  let client: pg.Client
  beforeAll(async () => {
    database = await postgres.database()
    client = await connected(database.url)
    await client.query(SCHEMA)
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  test('types without code of their own are plain', async () => {
    const { types } = await probe(client).source.current()
    const own = (types ?? []).filter(({ schema }) => schema !== 'information_schema')
    expect(own.map(({ schema, name }) => `${schema}.${name}`).sort()).toEqual([
      'crm.stage',
      'public.mood',
      'public.mooded',
      'public.pair',
      'public.short',
      'public.shorter',
    ])
    const fields = own.filter(type => type.fields !== undefined)
    expect(fields).toEqual([
      {
        schema: 'public',
        name: 'pair',
        fields: [
          { name: 'a', type: 'integer' },
          { name: 'b', type: 'text' },
        ],
      },
    ])
  })

  test('arguments say which calls a routine cannot take', async () => {
    const { routines } = await probe(client).source.current()
    const taken = (name: string) => routines.filter(each => each.name === name).map(each => each.arguments)
    expect(taken('is_fine')).toEqual([['text']])
    expect(taken('split_part')).toEqual([['own-type', 'own-type', 'other']])
    expect(taken('pick')).toEqual([['other', 'other', 'other']])
    expect(taken('many')).toEqual([undefined])
    expect(taken('often')).toEqual([undefined])
    expect(taken('=')).toEqual([['own-type', 'own-type']])
    expect(routines.filter(each => each.hidden).map(each => each.name)).toEqual(['gen_random_uuid'])
  })

  test('a cast that turns numbers into text by itself takes the certainty away', async () => {
    await client.query('begin')
    try {
      await client.query('create function txt(int) returns text language sql as $$ select $1::text $$')
      await client.query('create cast (int as text) with function txt(int) as implicit')
      const { routines } = await probe(client).source.current()
      expect(routines.find(each => each.name === 'is_fine')?.arguments).toEqual(['other'])
    } finally {
      await client.query('rollback')
    }
  })

  test.each([
    ['alter domain short add constraint c check (is_fine(value))', 'alter domain short drop constraint c'],
    ['create cast (int as mood) with inout', 'drop cast (int as mood)'],
  ])('%s is noticed', async (change, back) => {
    const { source } = probe(client)
    const before = await source.current()
    await client.query(change)
    const state = await source.revalidate()
    expect(state.version === before.version).toBe(change.includes('inout'))
    await client.query(back)
    expect((await source.revalidate()).version).toBe(before.version)
  })

  test('a schema file holds them', async () => {
    const catalog = await probe(client).source.current()
    expect(await parseSchema(schemaFile(catalog), []).current()).toEqual(catalog)
  })
})
