import { describe, expect, test } from '@jest/globals'
import { kind, read, verdict } from './kit.js'

describe('statements by kind', () => {
  test.each([
    ['explain select 1', 'explain: query'],
    ['desc select 1', 'explain: query'],
    ['describe format = json update t set a = 1', 'explain: update'],
    ['explain analyze select 1', 'explain analyze: query'],
    ['explain format = tree delete from t', 'explain: delete'],
    ['analyze select 1', 'explain analyze: query'],
    ['analyze format=json delete from t', 'explain analyze: delete'],
    ['analyze table t', 'maintenance: analyze'],
    ['explain for connection 5', 'explain: explain connection'],
    ['explain t', 'session: show schema (harmless)'],
    ['desc t a', 'session: show schema (harmless)'],
    ["describe db.t 'a%'", 'session: show schema (harmless)'],
    ['desc extended', 'session: show schema (harmless)'],
    ['begin', 'transaction: begin'],
    ['start transaction with consistent snapshot', 'transaction: start transaction'],
    ['start transaction read write', 'transaction: start transaction read write'],
    ['start transaction read only', 'transaction: start transaction'],
    ['set transaction read write', 'transaction: set transaction read write'],
    ['commit and chain', 'transaction: commit and chain'],
    ['commit and no chain no release', 'transaction: commit'],
    ['rollback release', 'transaction: rollback release'],
    ['rollback', 'transaction: rollback'],
    ['rollback to a', 'transaction: rollback to savepoint'],
    ['rollback work to savepoint a', 'transaction: rollback to savepoint'],
    ['savepoint a', 'transaction: savepoint'],
    ['release savepoint a', 'transaction: release savepoint'],
    ['xa start 0x1', 'transaction: xa'],
    ['lock tables t read', 'transaction: lock tables'],
    ['unlock tables', 'transaction: unlock tables'],
    ['set @a = (select pan from cards)', 'session: set'],
    ["set sql_mode = ''", 'session: set'],
    ['set global max_connections = 1', 'session: set'],
    ['set statement max_statement_time = 1 for select 1', 'session: set statement'],
    ['set names latin1', 'session: set names'],
    ['set password = 1', 'privilege: set password'],
    ['set role a', 'session: set role'],
    ['set transaction read only', 'transaction: set transaction'],
    ['use mysql', 'session: use'],
    ['do sleep(1)', 'procedural: do'],
    ['call p(1)', 'procedural: call'],
    ["prepare a from 'select 1'", 'procedural: prepare'],
    ['execute a using @b', 'procedural: execute'],
    ["execute immediate 'delete from t'", 'procedural: execute immediate'],
    ['deallocate prepare a', 'procedural: deallocate prepare'],
    ['begin not atomic delete from t', 'procedural: begin not atomic'],
    ["signal sqlstate '45000'", 'procedural: signal'],
    ['handler t open', 'cursor: handler'],
    ["load data infile 'x' into table t", 'import: load data'],
    ["load xml local infile 'x' into table t", 'import: load xml'],
    ['flush hosts', 'maintenance: flush'],
    ['reset master', 'maintenance: reset master'],
    ['kill 1', 'maintenance: kill'],
    ["purge binary logs to 'x'", 'maintenance: purge'],
    ["change master to master_host = 'x'", 'maintenance: change master'],
    ["change replication source to source_host = 'x'", 'maintenance: change replication'],
    ["binlog 'x'", 'maintenance: binlog'],
    ['shutdown', 'maintenance: shutdown'],
    ['optimize local table t', 'maintenance: optimize'],
    ['checksum table t', 'maintenance: checksum'],
    ['grant all on t to a', 'privilege: grant'],
    ['revoke all on t from a', 'privilege: revoke'],
    ['create user a', 'privilege: create user'],
    ['alter user a', 'privilege: alter user'],
    ['create table t (a int)', 'ddl: create table'],
    ['create table t like s', 'ddl: create table'],
    ['create table t (like s)', 'ddl: create table'],
    ['create table t as select pan from cards', 'create-as: create table as'],
    [
      'create temporary table t (a int) engine = memory select pan from cards',
      'create-as: create temporary table as',
    ],
    ['create table t (a int) with system versioning', 'ddl: create table'],
    ['create table t ignore (select pan from cards)', 'create-as: create table as'],
    ['create definer = a@b sql security definer view v as select 1', 'ddl: create view'],
    ['create trigger r before insert on t for each row delete from s', 'ddl: create trigger'],
    ["create function f returns string soname 'x.so'", 'ddl: create function'],
    ['create event e on schedule every 1 day do delete from t', 'ddl: create event'],
    ['create unique index i on t (a)', 'ddl: create unique index'],
    ['drop table if exists a, b', 'ddl: drop table'],
    ['drop index i on t', 'ddl: drop index'],
    ['alter table t add a int', 'ddl: alter table'],
    ['truncate t', 'ddl: truncate'],
    ['rename table a to b', 'ddl: rename table'],
    ["install plugin a soname 'b'", 'ddl: install plugin'],
    ['import table from "x"', 'ddl: import table'],
    ['delete history from t', 'ddl: delete history'],
    ["help 'select'", 'session: help'],
  ])('%s', (sql, expected) => {
    expect(kind(sql)).toBe(expected)
  })

  test.each([
    ['begin not atomic delete from t; end', 'multiple_statements'],
    ['frobnicate all', 'unknown_node'],
    ['pan', 'unknown_node'],
    ['create nothing', 'unknown_node'],
    ['from t select 1', 'syntax'],
    ['group by', 'syntax'],
    ['1', 'syntax'],
    ["'select 1'", 'syntax'],
  ])('%s', (sql, expected) => {
    expect(verdict(sql)).toBe(expected)
  })

  test('tables that are changed or shown are named', () => {
    expect(read('drop table if exists a, db.b')).toMatchObject({
      relations: [
        { name: { name: 'a' }, access: 'write' },
        { name: { schema: 'db', name: 'b' }, access: 'write' },
      ],
    })
    expect(read('show columns from t from db')).toMatchObject({
      relations: [{ name: { schema: 'db', name: 't' }, access: 'read' }],
    })
    expect(read('lock tables t write')).toMatchObject({ locks: ['lock tables'] })
    expect(read('create table t like s')).toMatchObject({
      relations: [
        { name: { name: 's' }, access: 'read' },
        { name: { name: 't' }, access: 'write' },
      ],
    })
  })
})

describe('SHOW is judged by what it shows', () => {
  test.each([
    ['show tables'],
    ["show full tables from db like 'a%'"],
    ["show full tables where table_type = 'BASE TABLE'"],
    ['show databases'],
    ['show columns from t'],
    ['show full fields in t in db'],
    ["show keys from t where key_name = 'PRIMARY'"],
    ['show index from t'],
    ['show create table t'],
    ['show create view db.v'],
  ])('the schema: %s', sql => {
    expect(kind(sql)).toBe('session: show schema (harmless)')
  })

  test.each([
    ["show variables like 'sql_mode'"],
    ["show variables like 'lower\\_case\\_table\\_names'"],
    ["show session variables where variable_name = 'version'"],
    ["show variables where variable_name in ('version', 'sql_mode')"],
    ['show collation'],
    ["show character set like 'utf8%'"],
    ['show engines'],
  ])('what every client may know: %s', sql => {
    expect(kind(sql)).toBe('session: show client setting (harmless)')
  })

  test.each([
    ['show variables'],
    ["show variables like '%'"],
    ["show variables like 's%l_mode'"],
    ["show variables like 'secure_file_priv'"],
    ["show variables where variable_name = 'version' or 1"],
    ['show tables where (select pan from cards limit 1) like "4%"'],
    ['show tables where sleep(1)'],
    ['show columns from t where f(1)'],
    ['show tables where @a := 1'],
    ['show status'],
    ['show processlist'],
    ['show grants'],
    ['show warnings'],
    ['show errors'],
    ['show engine innodb status'],
    ['show table status'],
    ['show triggers'],
    ['show create procedure p'],
    ['show create user a'],
    ['show binlog events'],
    ['show master status'],
    ['show plugins'],
    ['show anything at all'],
  ])('anything else: %s', sql => {
    expect(kind(sql)).toBe('session: show')
    expect(read(sql)).toMatchObject({ result: 'opaque' })
  })
})
