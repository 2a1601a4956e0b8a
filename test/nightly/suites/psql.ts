/** psql as a person uses it: what it prints is compared, line by line. */
import { call, must } from '../call.js'
import { libpqEnvironment, type Result, type Suite } from '../suite.js'

const TABLES = `
create table customers (id int primary key, name text not null, joined date default '2024-02-29');
create table payments (id int primary key, customer int references customers, amount numeric(12,2) check (amount > 0), tags text[]);
create index on payments (customer, amount);
create view paid as select c.name, sum(p.amount) as total from customers c join payments p on p.customer = c.id group by c.name;
create function twice(n int) returns int language sql immutable as 'select n * 2';
create type mood as enum ('sad', 'ok');
create sequence numbers;
create schema annex;
comment on table payments is 'what was paid';
insert into customers select n, 'customer ' || n from generate_series(1, 20) n;
insert into payments select n, 1 + n % 20, n * 1.25, array['a', n::text] from generate_series(1, 40) n;
`

/** Each is one session's input. */
const INPUTS: Readonly<Record<string, string>> = {
  '\\d': '\\d\n',
  '\\d+ table': '\\d+ payments\n',
  '\\d view': '\\d+ paid\n',
  '\\dt+ \\di+ \\dv \\ds': '\\dt\n\\di\n\\dv\n\\ds\n',
  '\\df \\dT \\dn \\du \\dp': '\\df\n\\dT\n\\dn\n\\du\n\\dp\n',
  '\\l': '\\l\n',
  '\\dx \\dO \\db \\dc \\dC text': '\\dx\n\\dO\n\\db\n\\dc\n\\dC text\n',
  '\\dd \\ddp \\dD \\des \\dL': '\\dd\n\\ddp\n\\dD\n\\des\n\\dL\n',
  '\\sf \\sv': '\\sf twice\n\\sv paid\n',
  '\\conninfo': '\\conninfo\n',
  select: 'select * from payments order by id limit 5;\nselect * from paid order by name limit 3;\n',
  'several statements in one text': "select 1\\; select 'two'\\; select 3.0;\n",
  '\\gset, \\g, \\gx, \\gdesc':
    'select 7 as seven \\gset\nselect :seven;\nselect 1 as a, 2 as b \\gx\nselect 1::int8 as a, null::mood as b \\gdesc\n',
  FETCH_COUNT: '\\set FETCH_COUNT 7\nselect id, amount from payments order by id;\n',
  transaction:
    'begin;\nupdate payments set amount = amount + 1 where id = 1;\nselect amount from payments where id = 1;\nrollback;\nselect amount from payments where id = 1;\n',
  'error in a transaction': 'begin;\nselect 1/0;\nselect 1;\nrollback;\nselect 2;\n',
  savepoint: 'begin;\nsavepoint a;\nselect 1/0;\nrollback to a;\nselect 3;\ncommit;\n',
  'error with position': 'select nothing from payments;\nselect * fro payments;\n',
  'PREPARE and EXECUTE':
    'prepare p(int) as select amount from payments where id = $1;\nexecute p(3);\ndeallocate p;\nexecute p(3);\n',
  cursor:
    'begin;\ndeclare c cursor for select id from payments order by id;\nfetch 3 from c;\nmove 2 in c;\nfetch next from c;\nclose c;\ncommit;\n',
  'notice and warning': "do $$ begin raise notice 'told %', 1; raise warning 'careful'; end $$;\n",
  '\\copy to': '\\copy (select id, tags from payments order by id limit 3) to stdout\n',
  '\\copy from':
    'begin;\n\\copy customers from stdin\n101\tcustomer 101\t2024-01-01\n\\.\nselect * from customers where id = 101;\nrollback;\n',
  SET: "set statement_timeout = '30s';\nshow statement_timeout;\nset datestyle = 'SQL, DMY';\nselect date '2024-02-03';\nreset datestyle;\nset timezone = 'Asia/Tokyo';\nselect timestamptz '2024-01-01 00:00:00+00';\n",
  'SET LOCAL': "begin;\nset local work_mem = '8MB';\nshow work_mem;\ncommit;\nshow work_mem;\n",
  search_path: 'create temp table here (a int);\nselect count(*) from here;\nshow search_path;\n',
  'LISTEN and NOTIFY': "listen bell;\nnotify bell, 'ding';\nselect 1;\n",
  explain: 'explain (costs off) select * from payments where id = 7;\n',
  DDL: 'create table fresh (a int primary key);\nalter table fresh add b text;\n\\d fresh\ndrop table fresh;\n',
  'insert returning': 'begin;\ninsert into customers values (99, $$new$$) returning *;\nrollback;\n',
  'bind variables': "\\set who 3\nselect :who + 1, :'who';\n",
  '\\lo_list': '\\lo_list\n',
}

export const psql: Suite = {
  name: 'psql',
  quick: true,
  prepare: async () => async route => {
    await must('psql', ['-qX', '-v', 'ON_ERROR_STOP=1'], {
      env: libpqEnvironment(route.server),
      input: TABLES,
    })
    const results = new Map<string, Result>()
    for (const [name, input] of Object.entries(INPUTS)) {
      const { output } = await call('sh', ['-c', 'exec psql -X -a 2>&1'], {
        env: libpqEnvironment(route.place),
        input,
        timeoutMs: 30_000,
      })
      results.set(name, { verdict: 'passed', told: normal(output, route.place.port) })
    }
    return results
  },
}

/** What a run cannot repeat: the ports, and the process that notified. */
function normal(output: string, port: number): string {
  return output.replaceAll(`"${port}"`, '"PORT"').replace(/process with PID \d+/g, 'process with PID N')
}
