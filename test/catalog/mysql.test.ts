import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type mysql from 'mysql2/promise'
import { type Database, describeMariadb, mariadb } from '../support/databases.js'
import { filled, mysqlConnected, mysqlProbe, runScript } from './mysql-support.js'
import { columnNames, labelled, relation } from './support.js'

const SCHEMA = `
create table cards (
  id int primary key auto_increment, pan varchar(40) not null, exp date, note varchar(20), code int, amount decimal(12,2),
  tail varchar(9) generated always as (right(pan, 9)) stored, shout varchar(9) as (upper(tail)) virtual,
  copied varchar(40) default (concat('\`note\`', pan)), secret varchar(40) invisible,
  unique (pan, exp), unique (code), unique prefix_key (note(5)), key plain (amount), fulltext (note));
create table \`Odd \`\`Name\`\` ünï\` (\`Pan.Nummer\` text, \`select\` int, \`ÅÄÖ\` int unique);
create table audited (id int primary key);
create table refers (id int primary key, card int, foreign key (card) references cards (id) on delete cascade);
create table points (id int primary key, audit int, foreign key (audit) references audited (id));
create trigger on_audited before insert on refers for each row set new.card = 1;
create table history (id int primary key, v int) with system versioning;
create table merged_one (id int, pan varchar(40)) engine = myisam;
create table merged (id int, pan varchar(40)) engine = merge union = (merged_one);
create table typed (a bigint unsigned, b enum('x', 'y'), c json, d bit(3), e datetime(3) not null, f mediumblob);
create view plain_view as select id, pan as number from cards;
create view nested_view as select number from plain_view;
create view gone_view as select v from history;
create sequence numbers;
create temporary table fleeting (pan text);
create function doubled(a int) returns int deterministic no sql return a * 2;
create function Touched(a int) returns int modifies sql data return a;
create procedure run_it() select 1;
`

describeMariadb('the catalog of a MariaDB database', () => {
  const place = filled(SCHEMA)
  const { own } = place

  test('knows every kind of relation, and leaves out what only one session sees', () => {
    const found = place.catalog.relations.filter(each => each.schema === place.name)
    expect(found.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'Odd `Name` ünï: table',
      'audited: table',
      'cards: table',
      'gone_view: view',
      'history: table',
      'merged: view',
      'merged_one: table',
      'nested_view: view',
      'numbers: sequence',
      'plain_view: view',
      'points: table',
      'refers: table',
      'typed: table',
    ])
  })

  test('looks unqualified names up in the current database, told apart by case as the server does', async () => {
    expect(place.catalog.searchPath).toEqual([place.name])
    const [[row]] = await place.client.query<mysql.RowDataPacket[]>(
      'select @@lower_case_table_names as folding',
    )
    expect(place.catalog.foldsNames).toBe(row?.['folding'] === 0 ? undefined : true)
  })

  test('knows the engine’s own relations and says so', () => {
    const system = new Set(place.catalog.relations.filter(each => each.system).map(each => each.schema))
    expect([...system].sort()).toEqual(['information_schema', 'mysql', 'performance_schema', 'sys'])
    expect(columnNames(place.catalog, 'tables', 'information_schema')).toContain('TABLE_NAME')
    expect(columnNames(place.catalog, 'user', 'mysql')).toContain('User')
  })

  test('lists columns as * expands them, and marks those that it leaves out', async () => {
    for (const { name, columns, kind } of place.catalog.relations.filter(
      each => each.schema === place.name,
    )) {
      if (kind === 'sequence') continue
      const [, fields] = await place.client.query(`select * from \`${name.replaceAll('`', '``')}\` limit 0`)
      const shown = columns.filter(column => column.hidden !== true).map(column => column.name)
      expect([name, shown]).toEqual([name, fields.map(field => field.name)])
    }
    expect(own('cards').columns.find(column => column.hidden)).toMatchObject({ name: 'secret' })
  })

  test('names types as the engine does', () => {
    const types = own('typed').columns.map(({ type, nullable }) => `${type} ${nullable}`)
    expect(types).toEqual([
      'bigint true',
      'enum true',
      'longtext true',
      'bit true',
      'datetime false',
      'mediumblob true',
    ])
  })

  test('counts as a key only what makes equality unique', () => {
    expect(own('cards').keys).toEqual([['code'], ['id'], ['pan', 'exp']])
    expect(own('Odd `Name` ünï').keys).toEqual([['ÅÄÖ']])
    expect(own('merged').keys).toEqual([])
  })

  test('names the column that an INSERT reports as its generated key', () => {
    expect(own('cards').rowNumber).toBe('id')
    expect(own('audited').rowNumber).toBeUndefined()
  })

  test('a column made of others names all of them, through others and through defaults', () => {
    const from = Object.fromEntries(own('cards').columns.map(column => [column.name, column.generatedFrom]))
    expect(from).toMatchObject({ tail: ['pan'], shout: ['pan', 'tail'], copied: ['pan'] })
    expect(from['pan']).toBeUndefined()
  })

  test('carries labels to what is made of a labelled column', async () => {
    const { source } = mysqlProbe(place.client, [{ column: 'cards.pan', label: 'pan' }])
    const at = `${place.name}.cards`
    expect(labelled(await source.current())).toEqual(
      ['pan', 'tail', 'shout', 'copied'].map(column => `${at}.${column}=pan`),
    )
  })

  test('gives the query of a view with every name qualified, and none of a MERGE table', () => {
    expect(own('plain_view').definition).toBe(
      `select \`${place.name}\`.\`cards\`.\`id\` AS \`id\`,\`${place.name}\`.\`cards\`.\`pan\` AS \`number\` ` +
        `from \`${place.name}\`.\`cards\``,
    )
    expect(own('nested_view').definition).toContain(`\`${place.name}\`.\`plain_view\``)
    for (const name of ['cards', 'merged']) expect(own(name).definition).toBeUndefined()
  })

  test('says where a write may set off more than itself', () => {
    const active = place.catalog.relations.filter(
      each => each.schema === place.name && each.hasTriggersOrRules,
    )
    expect(active.map(each => each.name)).toEqual(['cards', 'refers'])
  })

  test('lists the routines of the user', () => {
    const routines = place.catalog.routines.filter(each => each.schema === place.name)
    expect(routines.map(({ name, kind, volatility }) => [name, kind, volatility])).toEqual([
      ['doubled', 'function', 'immutable'],
      ['touched', 'function', 'volatile'],
      ['run_it', 'procedure', 'volatile'],
    ])
  })
})

describeMariadb('the catalog of an account with few privileges', () => {
  let database: Database
  let client: mysql.Connection
  let account: mysql.Connection
  let user: string

  beforeAll(async () => {
    database = await mariadb.database()
    client = await mysqlConnected(database.url)
    user = database.database.slice(-16)
    await runScript(
      client,
      `
create table cards (id int primary key, pan varchar(40), tail varchar(9) as (right(pan, 9)) stored);
create table free (id int primary key);
create table watched (id int primary key);
create trigger seen before insert on watched for each row set new.id = new.id + 1;
create view shown as select id, tail from cards;
create user '${user}'@'%' identified by 'x';
grant select (id, tail) on cards to '${user}'@'%';
grant select, insert on free to '${user}'@'%';
grant select, insert on watched to '${user}'@'%';
grant trigger on free to '${user}'@'%';
grant select on shown to '${user}'@'%';
`,
    )
    const url = new URL(database.url)
    url.username = user
    url.password = 'x'
    account = await mysqlConnected(url.href)
  })
  afterAll(async () => {
    await account.end()
    await client.query(`drop user '${user}'@'%'`)
    await client.end()
    await database.drop()
  })

  test('holds a generated column’s source, which it is not shown, as one that cannot be read by *', async () => {
    const { source } = mysqlProbe(account, [{ column: 'cards.pan', label: 'pan' }])
    const cards = relation(await source.current(), 'cards', database.database)
    expect(cards.columns).toEqual([
      { name: 'id', type: 'int', nullable: false, labels: [] },
      { name: 'tail', type: 'varchar', nullable: true, labels: ['pan'], generatedFrom: ['pan'] },
      { name: 'pan', type: '', nullable: true, labels: ['pan'], hidden: true },
    ])
  })

  test('takes tables for such with triggers where it would not be shown any', async () => {
    const catalog = await mysqlProbe(account).source.current()
    const active = (name: string) => relation(catalog, name, database.database).hasTriggersOrRules
    expect([active('free'), active('watched'), active('cards')]).toEqual([false, true, true])
  })

  test('has no query for a view whose text it may not see', async () => {
    const catalog = await mysqlProbe(account).source.current()
    expect(relation(catalog, 'shown', database.database).definition).toBeUndefined()
  })
})
