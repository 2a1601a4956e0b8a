import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { parseSchema, schemaFile } from '../../src/catalog/schema-file.js'
import { sqliteCatalog } from '../../src/catalog/sqlite.js'
import { CardeaError, ConfigurationError } from '../../src/errors.js'
import type { Catalog, CatalogColumn, LabelRule } from '../../src/model/catalog.js'
import { columnNames, labelled, relation, TestClock } from './support.js'

const SCHEMA = `
create table Customers (id integer primary key, name text not null, email text unique, note varchar(20) collate nocase unique);
create table cards (
  id integer primary key, pan text not null unique, head text as (substr("pan", 1, 6)) virtual,
  both text generated always as (head || id) stored, other int default 1
);
create table pairs (x text, y text, z, primary key (x, y)) without rowid;
create table strict_one (id int primary key, v any) strict;
create table backwards (id integer primary key desc, v);
create table loose (a, b);
create unique index by_a on loose (a); create unique index some_b on loose (b) where a > 1;
create unique index lower_b on loose (lower(b)); create unique index nocase_b on loose (b collate nocase);
create index plain on loose (b);
create table replacing (k text unique on /* odd */ conflict replace);
create table child (card int references cards (id) on delete cascade, friend int references loose (a));
create table counted (id integer primary key autoincrement);
create view shown (number) as select pan from cards;
create trigger noted after insert on pairs begin select 1; end;
create trigger instead instead of insert on shown begin select 1; end;
create virtual table notes using fts5(body, title);
create virtual table card_text using fts5(PAN, other, content='cards', content_rowid='id');
create virtual table view_text using fts5(number, content='shown');
create virtual table terms using fts5vocab('card_text', 'row');
create virtual table boxes using rtree(id, low, high);
create table "odd ""name" ("a b" text, [select] int, \`c\` text as ("a b" || [select]) virtual);
`

const LABELS: readonly LabelRule[] = [
  { column: 'cards.pan', label: 'pan' },
  { column: 'CUSTOMERS.Email', label: 'email' },
]

function sourceOf(database: Database.Database, sent: string[] = [], clock = new TestClock()) {
  const source = sqliteCatalog({
    clock,
    labels: LABELS,
    query: async (sql, params) => {
      sent.push(sql)
      return database.prepare(sql).all(...params) as Record<string, unknown>[]
    },
  })
  return { source, clock, sent }
}

function column(catalog: Catalog, name: string, of: string, schema = 'main'): CatalogColumn {
  const found = relation(catalog, of, schema).columns.find(each => each.name === name)
  if (found === undefined) throw new Error(`no column ${name}`)
  return found
}

describe('the catalog of SQLite', () => {
  let database: Database.Database
  let catalog: Catalog
  beforeEach(async () => {
    database = new Database(':memory:')
    database.exec(SCHEMA)
    catalog = await sourceOf(database).source.current()
  })
  afterEach(() => {
    database.close()
  })

  test('folds names and looks in temp, main and the attached', async () => {
    expect(catalog).toMatchObject({
      dialect: 'sqlite',
      foldsNames: true,
      searchPath: ['temp', 'main'],
      routines: [],
    })
    database.exec("attach ':memory:' as other; create temp table cards (a); create table other.cards (b)")
    const more = await sourceOf(database).source.current()
    expect(more.searchPath).toEqual(['temp', 'main', 'other'])
    expect(columnNames(more, 'cards', 'temp')).toEqual(['a'])
    expect(columnNames(more, 'cards', 'other')).toEqual(['b'])
  })

  test('has tables and views with columns in their order', () => {
    expect(columnNames(catalog, 'cards', 'main')).toEqual(['id', 'pan', 'head', 'both', 'other'])
    expect(columnNames(catalog, 'odd "name', 'main')).toEqual(['a b', 'select', 'c'])
    expect(relation(catalog, 'Customers', 'main')).toMatchObject({ kind: 'table', system: false })
    expect(relation(catalog, 'shown', 'main')).toMatchObject({
      kind: 'view',
      keys: [],
      definition: 'CREATE VIEW shown (number) as select pan from cards',
    })
  })

  test('tells types in lower case and what is never null', () => {
    expect(column(catalog, 'note', 'Customers')).toMatchObject({ type: 'varchar(20)', nullable: true })
    expect(column(catalog, 'name', 'Customers')).toMatchObject({ type: 'text', nullable: false })
    expect(column(catalog, 'id', 'cards')).toMatchObject({ nullable: false })
    expect(column(catalog, 'x', 'pairs')).toMatchObject({ nullable: false })
    expect(column(catalog, 'id', 'backwards')).toMatchObject({ nullable: true })
  })

  test.each([
    ['Customers', [['email'], ['id']]],
    ['cards', [['id'], ['pan']]],
    ['pairs', [['x', 'y']]],
    ['strict_one', [['id']]],
    ['backwards', [['id']]],
    ['loose', [['a']]],
    ['replacing', [['k']]],
    ['notes', []],
  ])('keys of %s are total, on plain columns, and byte by byte', (name, keys) => {
    expect(relation(catalog, name, 'main').keys).toEqual(keys)
  })

  test.each([
    ['cards', 'id'],
    ['pairs', null],
    ['backwards', undefined],
    ['strict_one', undefined],
    ['loose', undefined],
    ['card_text', 'rowid'],
    ['notes', undefined],
  ])('the row number of %s is %j', (name, expected) => {
    expect(relation(catalog, name, 'main').rowNumber).toBe(expected)
  })

  test.each([
    ['pairs', true],
    ['shown', true],
    ['cards', true],
    ['replacing', true],
    ['loose', false],
    ['child', false],
    ['Customers', false],
  ])('a write of %s reacts: %j', (name, reacts) => {
    expect(relation(catalog, name, 'main').hasTriggersOrRules).toBe(reacts)
  })

  test('a temporary trigger may stand on a table of any schema', async () => {
    database.exec('create temp trigger t after insert on main.loose begin select 1; end')
    const { source } = sourceOf(database)
    expect(relation(await source.current(), 'loose', 'main').hasTriggersOrRules).toBe(true)
  })

  test('generated columns carry the labels of what they are made of, through others', () => {
    expect(column(catalog, 'head', 'cards')).toMatchObject({ generatedFrom: ['pan'], labels: ['pan'] })
    expect(column(catalog, 'both', 'cards')).toMatchObject({ generatedFrom: ['id', 'pan'], labels: ['pan'] })
    expect(column(catalog, 'c', 'odd "name').generatedFrom).toEqual(['a b', 'select'])
    expect(column(catalog, 'other', 'cards').generatedFrom).toBeUndefined()
    expect(labelled(catalog)).toContain('main.Customers.email=email')
  })

  test('full-text tables share labels with the table they draw on, hidden columns and all', () => {
    const text = relation(catalog, 'card_text', 'main')
    expect(text).toMatchObject({ kind: 'other', parents: [{ schema: 'main', relation: 'cards' }] })
    expect(text.columns.filter(each => each.hidden === true).map(each => each.name)).toEqual(
      expect.arrayContaining(['card_text', 'rank', 'rowid']),
    )
    expect(column(catalog, 'PAN', 'card_text').labels).toEqual(['pan'])
    expect(column(catalog, 'card_text', 'card_text').labels).toEqual(['pan'])
    expect(column(catalog, 'other', 'card_text').labels).toEqual([])
  })

  test('the row numbers of a full-text table are those of the table behind it', async () => {
    database.exec(
      "create table numbers (PAN integer primary key, t); create virtual table nt using fts5(t, content='numbers', content_rowid='pan')",
    )
    const source = sqliteCatalog({
      query: async (sql, params) => database.prepare(sql).all(...params) as Record<string, unknown>[],
      labels: [{ column: 'numbers.pan', label: 'pan' }],
      clock: new TestClock(),
    })
    expect(column(await source.current(), 'rowid', 'nt').labels).toEqual(['pan'])
  })

  test.each(['view_text', 'terms'])('%s cannot be resolved: what it shows is another relation’s', name => {
    const found = relation(catalog, name, 'main')
    expect(found).toMatchObject({ kind: 'view', columns: [] })
    expect(found.definition).toBeUndefined()
  })

  test('shadow tables are left out', () => {
    const names = catalog.relations.map(each => each.name)
    expect(names.filter(name => /^(?:notes|card_text|boxes)_/.test(name))).toEqual([])
    expect(columnNames(catalog, 'boxes', 'main')).toEqual(['id', 'low', 'high'])
  })

  test('the engine’s own tables are marked', () => {
    const system = catalog.relations.filter(each => each.system).map(each => each.name)
    for (const name of ['sqlite_schema', 'sqlite_master', 'sqlite_sequence', 'pragma_table_list'])
      expect(system).toContain(name)
    expect(columnNames(catalog, 'sqlite_master', 'main')).toContain('sql')
    expect(system.filter(name => !/^(?:sqlite_|pragma_)/.test(name))).toEqual([])
  })

  test('a broken view does not make the rest unreadable', async () => {
    database.exec('create table gone (a); create view broken as select a from gone; drop table gone')
    const more = await sourceOf(database).source.current()
    expect(relation(more, 'broken', 'main').columns).toEqual([])
    expect(columnNames(more, 'cards', 'main')).toHaveLength(5)
  })

  test('a schema file holds all of it', () => {
    expect(parseSchema(schemaFile(catalog), []).current()).toEqual(catalog)
  })
})

/** Every kind of change that a picture must not survive. */
const CHANGES: readonly string[] = [
  'create table fresh (id int)',
  'alter table fresh add column b',
  'alter table fresh rename column b to c',
  'alter table fresh drop column c',
  'alter table fresh rename to stale',
  'drop table stale',
  'create view seen as select 1 as one',
  'drop view seen',
  'create unique index one on loose (b)',
  'drop index one',
  'create trigger t after insert on loose begin select 1; end',
  'drop trigger t',
  'create virtual table words using fts5(a)',
  'create temp table passing (a)',
  'create temp view over_it as select a from passing',
  'create temp trigger tt after insert on main.loose begin select 1; end',
  'drop trigger tt',
  "attach ':memory:' as other",
  'create table other.t (a)',
  "detach other; attach ':memory:' as other; create table other.t (b)",
  'detach other',
]

describe('a cached picture of SQLite', () => {
  let database: Database.Database
  beforeEach(() => {
    database = new Database(':memory:')
    database.exec(SCHEMA)
  })
  afterEach(() => {
    database.close()
  })

  test('notices every kind of DDL on revalidate', async () => {
    const { source } = sourceOf(database)
    let known = await source.current()
    for (const change of CHANGES) {
      database.exec(change)
      expect(source.current()).toBe(known)
      const seen = await source.revalidate()
      expect([change, seen.version === known.version]).toEqual([change, false])
      expect([change, seen.version]).toEqual([change, (await sourceOf(database).source.current()).version])
      known = seen
    }
  })

  test('stays, with few statements, through everything that is no change', async () => {
    const { source, sent } = sourceOf(database)
    const known = await source.current()
    for (const noise of [
      'insert into loose values (1, 2)',
      'analyze nothing',
      'delete from loose',
      'pragma cache_size = 5',
    ]) {
      try {
        database.exec(noise)
      } catch {
        // ANALYZE of a table that is not there changes nothing either.
      }
      sent.length = 0
      expect(await source.revalidate()).toBe(known)
      expect([noise, sent.length < 4]).toEqual([noise, true])
    }
  })

  test('notices what another connection did to the same file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cardea-sqlite-'))
    const one = new Database(join(directory, 'a.db'))
    const two = new Database(join(directory, 'a.db'))
    try {
      one.exec('create table t (a)')
      const { source } = sourceOf(one)
      const known = await source.current()
      two.exec('alter table t add column b')
      const seen = await source.revalidate()
      expect(seen.version).not.toBe(known.version)
      expect(columnNames(seen, 't', 'main')).toEqual(['a', 'b'])
    } finally {
      one.close()
      two.close()
      rmSync(directory, { recursive: true })
    }
  })

  test('is the same object until something changes, and is compared after its time', async () => {
    const { source, clock, sent } = sourceOf(database)
    const known = await source.current()
    sent.length = 0
    expect(source.current()).toBe(known)
    expect(sent).toEqual([])
    database.exec('create table fresh (a)')
    clock.pass(60_000)
    expect(columnNames(await source.current(), 'fresh', 'main')).toEqual(['a'])
  })

  test('is gone when the database is', async () => {
    const { source } = sourceOf(database)
    await source.current()
    database.close()
    await expect(source.revalidate()).rejects.toMatchObject({ code: 'CARDEA_CATALOG_UNAVAILABLE' })
    await expect(source.current()).rejects.toBeInstanceOf(CardeaError)
    database = new Database(':memory:')
  })

  test('refuses rows of another shape and options that cannot be honoured', async () => {
    const clock = new TestClock()
    const query = async () => [{ name: 1 }]
    await expect(sqliteCatalog({ query, labels: [], clock }).current()).rejects.toBeInstanceOf(CardeaError)
    expect(() => sqliteCatalog({ query, labels: [], clock, maxAgeMs: 0 })).toThrow(ConfigurationError)
  })
})
