/** `cardea scan` on MariaDB: what it reads, as whom, and that it leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type mysql from 'mysql2/promise'
import { parsePolicy } from '../../src/policy/load.js'
import { mysqlConnected, runScript } from '../catalog/mysql-support.js'
import { type Database, describeMariadb, mariadb } from '../support/databases.js'
import { mysqlSequence } from '../support/mysql-sequence.js'
import { cards, scanned, verdicts } from './scan-kit.js'
import { cardea } from './support.js'

const PANS = cards(60)
const values = (row: (pan: string, at: number) => string) =>
  PANS.map((pan, at) => `(${row(pan, at)})`).join(', ')

describeMariadb('cardea scan on MariaDB', () => {
  let database: Database
  let other: Database
  let client: mysql.Connection
  beforeAll(async () => {
    database = await mariadb.database()
    other = await mariadb.database()
    client = await mysqlConnected(database.url)
    await runScript(
      client,
      `create table types (id int primary key auto_increment, \`Ref \`\` .\` varchar(40), whole bigint, exact decimal(30,4),
        floating double, raw varbinary(40), big longblob, packed varbinary(8), doc json, long_text longtext, fixed char(40),
        derived varchar(40) as (lower(\`Ref \`\` .\`)) virtual, unseen varchar(40) invisible default '',
        day date default '2026-01-01', at timestamp default current_timestamp, kind enum('a', 'b') default 'a',
        shape point default null, few bit(4) default 1, year year default 2026, serial_no bigint);
      insert into types (\`Ref \`\` .\`, whole, exact, floating, raw, big, packed, doc, long_text, fixed, unseen, serial_no) values
        ${values((p, at) => `'${p}', ${p}, ${p}, ${p}, '${p}', '${p}', unhex('${p}'), '{"card": {"number": ${p}}}', '${p.replace(/(.{4})/g, '$1 ').trim()}', '${p}', '${p}', ${4000000000000000 + at}`)};
      create table notes (id int, body text);
      insert into notes values (1, 'paid with ${PANS[0]}'), (2, null);
      create table by_key (id bigint primary key, ref varchar(40));
      create table by_word (code varchar(20) primary key, ref varchar(40));
      create table by_nothing (ref varchar(40));
      insert into by_key select seq * 1000003, if(seq > 700, elt(1 + seq mod 60, ${PANS.map(p => `'${p}'`).join(',')}), 'none') from ${mysqlSequence(6000)};
      insert into by_word select concat('k', lpad(seq, 6, '0')), if(seq > 3000, elt(1 + seq mod 60, ${PANS.map(p => `'${p}'`).join(',')}), 'none') from ${mysqlSequence(6000)};
      insert into by_nothing select elt(1 + seq mod 60, ${PANS.map(p => `'${p}'`).join(',')}) from ${mysqlSequence(3000)};
      create view shown as select whole from types;
      create table \`empty\` (cvc char(3));`,
    )
    const elsewhere = await mysqlConnected(other.url)
    await elsewhere.query(`create table cards (pan varchar(40))`)
    await elsewhere.end()
  }, 60_000)
  afterAll(async () => {
    await client.end()
    await database.drop()
    await other.drop()
  })

  test('finds numbers in every type that can hold them, in the database of the address alone', async () => {
    const { code, report } = await scanned(database.url)
    const at = (column: string) => `${database.database}.${column}`
    expect([code, report.unread]).toEqual([1, []])
    expect(verdicts(report)).toEqual({
      ...Object.fromEntries(
        [
          'Ref ` .',
          'whole',
          'exact',
          'floating',
          'raw',
          'big',
          'packed',
          'doc',
          'long_text',
          'fixed',
          'derived',
          'unseen',
        ].map(column => [at(`types.${column}`), 'pan']),
      ),
      [at('by_key.ref')]: 'pan',
      [at('by_nothing.ref')]: 'pan',
      [at('by_word.ref')]: 'pan',
      [at('empty.cvc')]: 'sad?',
    })
    const ways = new Map(report.found.map(({ relation, sample }) => [relation, sample]))
    expect(Object.fromEntries(ways)).toEqual({
      by_key: 'key',
      by_nothing: 'first',
      by_word: 'ends',
      empty: 'whole',
      types: 'whole',
    })
    expect(report.holding).toMatchObject([
      { relation: 'notes', column: 'body', holds: 'pan', values: 1, of: 1 },
    ])
    expect(report.skipped).toMatchObject([{ relation: 'shown', why: 'a view' }])
    const { out } = await cardea('scan', database.url, '--policy')
    expect(parsePolicy(out).labels).toContainEqual({
      column: `${database.database}.types."Ref \` ."`,
      label: 'pan',
    })
  })

  test('writes nothing; SELECT is enough; what may not be read is not there or named', async () => {
    const user = `scan_${process.pid}`
    const at = database.database
    await runScript(
      client,
      `create user ${user}@'%' identified by 'x';
      grant select on ${at}.by_key to ${user}@'%';
      grant select (whole) on ${at}.types to ${user}@'%';
      grant insert on ${at}.notes to ${user}@'%';`,
    )
    const url = new URL(database.url)
    url.username = user
    url.password = 'x'
    try {
      const state = async () => {
        const [sums] = await client.query('checksum table types, notes, by_key, by_word, by_nothing')
        const [tables] = await client.query(`show table status where name <> 'shown'`)
        const shape = (tables as mysql.RowDataPacket[]).map(row => [
          row['Name'],
          row['Auto_increment'],
          row['Update_time'],
        ])
        return JSON.stringify([sums, shape])
      }
      const before = await state()
      const { code, report } = await scanned(url.href)
      expect([code, report.unread]).toEqual([2, [{ schema: at, relation: 'notes', why: 'may not be read' }]])
      expect(verdicts(report)).toEqual({ [`${at}.by_key.ref`]: 'pan', [`${at}.types.whole`]: 'pan' })
      expect(await state()).toBe(before)
      await client.query(`revoke all privileges, grant option from ${user}@'%'`)
      await client.query(`grant usage on *.* to ${user}@'%'`)
      expect(await cardea('scan', new URL('/', url).href)).toMatchObject({ code: 2 })
    } finally {
      await client.query(`drop user ${user}@'%'`)
    }
  })

  test('passes a locked table by, and gives a slow statement up', async () => {
    const holder = await mysqlConnected(database.url)
    try {
      await holder.query('lock tables notes write')
      const { code, report } = await scanned(database.url, '--connections', '1')
      expect(code).toBe(2)
      expect(report.unread).toEqual([{ schema: database.database, relation: 'notes', why: 'is locked' }])
      await holder.query('unlock tables')
    } finally {
      await holder.end()
    }
    await client.query('create table slow (t longtext)')
    await client.query(`insert into slow select repeat('ab', 2000000) from ${mysqlSequence(60)}`)
    try {
      const { code, report } = await scanned(database.url, '--only', 'slow', '--timeout', '1')
      expect([code, report.unread]).toEqual([
        2,
        [{ schema: database.database, relation: 'slow', why: 'took too long' }],
      ])
    } finally {
      await client.query('drop table slow')
    }
  })
})
