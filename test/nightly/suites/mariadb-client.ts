/** MariaDB's command line client and its dump, as a person uses them: what they print is compared, line by line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../call.js'
import { administerMariadb } from '../mariadb-server.js'
import { NotHad, type Place, type Result, type Suite } from '../suite.js'

const TABLES = [
  'create table customers (id int primary key, name varchar(40) not null, joined date default "2024-02-29", key (name))',
  `create table payments (id int primary key auto_increment, customer int references customers (id),
    amount decimal(12,2) check (amount > 0), tags json, raw varbinary(20), kind enum('card', 'cash'),
    bits bit(10), made datetime(3) default '2024-01-02 03:04:05.678', key (customer, amount)) comment 'what was paid'`,
  'create view paid as select c.name, sum(p.amount) as total from customers c join payments p on p.customer = c.id group by c.name',
  'create function twice(n int) returns int deterministic return n * 2',
  'create procedure add_customer(n int) insert into customers (id, name) values (n, concat("customer ", n))',
  'insert into customers (id, name) select seq, concat("customer ", seq) from seq_1_to_20',
  `insert into payments (customer, amount, tags, raw, kind, bits)
    select 1 + seq % 20, seq * 1.25, json_array('a', seq), unhex('00ff27'), 'card', seq from seq_1_to_40`,
]

/** Each is one session's input. */
const INPUTS: Readonly<Record<string, string>> = {
  'show tables': 'show tables;\nshow full tables;\n',
  'show table status': "show table status like 'paid';\n",
  describe: 'describe payments;\nshow full columns from customers;\nshow index from payments;\n',
  'show create': 'show create table payments\\G\nshow create view paid\\G\nshow create function twice\\G\n',
  'show variables': "show variables like 'max_connections';\nshow status like 'nothing%';\n",
  'show engines, collations, plugins': "show engines;\nshow collation like 'utf8mb4_bin';\n",
  'show grants': 'show grants for current_user();\n',
  select: 'select * from payments order by id limit 5;\nselect * from paid order by name limit 3;\n',
  '\\G': 'select id, customer, amount, tags, kind, made from payments where id < 3\\G\n',
  '\\g and delimiter': 'select 1 \\g\ndelimiter //\nselect 2//\nselect 3;//\ndelimiter ;\nselect 4;\n',
  '\\u': 'use regression;\n\\u regression\nselect database();\n',
  'use of another database': 'use mysql;\nselect 1;\n',
  status: 'status\n',
  help: 'help\n?\n',
  transaction:
    'begin;\nupdate payments set amount = amount + 1 where id = 1;\nselect amount from payments where id = 1;\nrollback;\nselect amount from payments where id = 1;\n',
  'without autocommit':
    'set autocommit = 0;\ninsert into customers (id, name) values (90, "x");\nselect count(*) from customers;\nrollback;\nselect count(*) from customers;\nset autocommit = 1;\n',
  savepoint:
    'begin;\nsavepoint a;\ndelete from payments where id = 2;\nrollback to a;\nrelease savepoint a;\ncommit;\nselect count(*) from payments;\n',
  errors:
    'select nothing from payments;\nselect * fro payments;\nselect * from absent;\ninsert into customers (id, name) values (1, "again");\n',
  'rows affected':
    'insert into customers (id, name) values (91, "a"), (92, "b");\nupdate customers set name = "c" where id in (91, 92);\ndelete from customers where id > 90;\n',
  'the text with an answer': 'prepare s from "select 1";\n',
  'rows that held the values before': 'update customers set name = "customer 1" where id = 1;\n',
  warnings: 'select 1 / 0;\nshow warnings;\nshow count(*) warnings;\n\\W\nselect cast("12x" as int);\n\\w\n',
  'types of columns':
    'select 1, 1.5, 1e0, null, now(6) > 0, "a", x"41", cast("1" as json), true from dual;\n',
  'user variables': 'set @a = 3;\nselect @a + 1, @a := 5, @b;\n',
  'time zone':
    "set time_zone = '+09:00';\nselect from_unixtime(0), @@time_zone;\nset time_zone = default;\nset names utf8mb4;\n",
  'a mode of sql_mode': "set sql_mode = 'STRICT_ALL_TABLES';\nselect @@autocommit;\n",
  'functions and procedures':
    'select twice(21);\ncall add_customer(95);\ndelete from customers where id = 95;\n',
  'a procedure with rows':
    'delimiter //\ncreate procedure several() begin select 1; select 2; end//\ndelimiter ;\ncall several();\ndrop procedure several;\n',
  DDL: 'create table fresh (a int primary key);\nalter table fresh add b text;\ndescribe fresh;\ntruncate fresh;\ndrop table fresh;\n',
  'temporary tables':
    'create temporary table here (a int);\ninsert into here values (1), (2);\nselect * from here;\ndrop temporary table here;\n',
  explain: 'explain select * from payments where id = 7;\nexplain format=json select 1;\n',
  'common table expressions and windows':
    'with recursive n as (select 1 as i union all select i + 1 from n where i < 5) select i, sum(i) over (order by i) from n;\n',
  'several statements in a line': 'select 1; select 2; select 3;\n',
  'load data local': "load data local infile '/etc/hostname' into table customers (name);\nselect 1;\n",
  'handler and locks':
    'lock tables customers read;\nunlock tables;\nselect get_lock("a", 0), release_lock("a");\n',
  'long texts': `select length('${'x'.repeat(200_000)}') as n;\n`,
  'binary in a text': 'select hex("ä€😀"), "ä€😀";\n',
  kill: 'kill 4294967290;\n',
}

/** Options by the name of what they show. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  table: ['-t', '-vv'],
  batch: ['-B'],
  'column types': ['-t', '--column-type-info'],
  XML: ['-X'],
  HTML: ['-H'],
  unbuffered: ['-q', '-N', '-B'],
}

const SHOWN =
  'select id, customer, amount, tags, kind, made, bits + 0, raw from payments order by id limit 6;\n'

export const mariadbClient: Suite = {
  name: 'mariadb client',
  engine: 'mysql',
  quick: true,
  prepare: async () => {
    if ((await call('sh', ['-c', 'command -v mariadb mariadb-dump'])).status !== 0)
      throw new NotHad("needs MariaDB's command line clients")
    return async route => {
      await administerMariadb(route.server, TABLES)
      const results = new Map<string, Result>()
      const told = async (name: string, program: string, args: readonly string[], input = '') => {
        const whole = [program, '--no-defaults', ...login(route.place), ...args]
        const command = `exec ${whole.map(each => `'${each}'`).join(' ')} 2>&1`
        const { output } = await call('sh', ['-c', command], {
          env: { MYSQL_PWD: route.place.password },
          input,
          timeoutMs: 30_000,
        })
        results.set(name, { verdict: 'passed', told: normal(output, route.place.port) })
      }
      for (const [name, input] of Object.entries(INPUTS))
        await told(name, 'mariadb', ['-f', '-t', '-vv', 'regression'], input)
      for (const [name, options] of Object.entries(OPTIONS))
        await told(`output: ${name}`, 'mariadb', [...options, 'regression'], SHOWN)
      const script = join(route.scratch, 'script.sql')
      writeFileSync(script, 'select 1;\nselect count(*) from payments;\n')
      await told('source', 'mariadb', ['-t', 'regression'], `source ${script}\n`)
      await told('execute', 'mariadb', ['regression', '-e', 'select 1; select 2'])
      await told('no database', 'mariadb', ['-e', 'select 1'])
      const dump = ['--skip-dump-date', '--skip-comments']
      await told('dump', 'mariadb-dump', [...dump, 'regression'])
      await told('dump in one transaction', 'mariadb-dump', [
        ...[...dump, '--single-transaction', '--skip-lock-tables', '--routines', '--hex-blob', 'regression'],
      ])
      return results
    }
  },
}

function login({ host, port, user }: Place): readonly string[] {
  return ['--default-character-set=utf8mb4', `--host=${host}`, `--port=${port}`, `--user=${user}`]
}

/** The text with an answer, which never comes through the door, and is a case of its own. */
const INFO = /^(Records|Rows matched): .*\n/gm

/** What a run cannot repeat: ports, ids, and how long it took. */
function normal(output: string, port: number): string {
  return output
    .replace(INFO, '')
    .replaceAll(String(port), 'PORT')
    .replace(/^(Connection id:\s+)\d+/gm, '$1ID')
    .replace(/ \(\d+(\.\d+)? sec\)/g, '')
}
