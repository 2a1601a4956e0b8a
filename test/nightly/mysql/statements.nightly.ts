/** Statements that only MySQL takes, or takes otherwise than MariaDB: their verdicts, and that twins cannot be told apart by them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeMariadb } from '../../support/databases.js'
import { agent, type GovernedTwin, governTwin, openTwin } from '../../support/twins.js'
import { seen } from '../../twins/seen.js'

const SCHEMA = [
  'create table docs (id int primary key, doc json, pan varchar(30), numbers vector(3), geo point, note varchar(40), key ((upper(pan))))',
  `insert into docs select id, json_object('card', pan, 'list', json_array(1, pan), 'brand', brand), pan,
    string_to_vector('[1,2,3]'), st_geomfromtext('POINT(1 2)'), concat('n', id) from cards`,
  "create view card_documents as select id, doc->>'$.card' as c from docs",
  `create view card_shapes as select cast(pan as char(6) charset utf8mb4) as c, convert(pan using latin1) as l,
    regexp_substr(pan, '[0-9]{4}') as r from cards`,
  `create view card_neighbours as select c.id, l.p from customers c,
    lateral (select max(pan) as p from cards k where k.customer_id = c.id) l`,
  'create view numbered (a, b) as values row(1, 2), row(3, 4)',
  "create json relational duality view dual_cards as select json_duality_object('_id': id, 'pan': pan) from cards",
  // What MariaDB has built in, and what MySQL 9.6 has no more.
  ...['nvl', 'chr', 'md5', 'to_char'].map(
    name =>
      `create function ${name}(a varchar(40), b varchar(40)) returns varchar(40) reads sql data return (select ssn from customers limit 1)`,
  ),
]

type Verdict = 'allow' | 'require_approval' | 'deny'
const CASES: readonly (readonly [sql: string, verdict: Verdict])[] = [
  ...['nvl', 'chr', 'md5', 'to_char'].map(name => [`select ${name}('a', 'b')`, 'deny'] as const),
  ['explain format=json select ssn, email from customers where id = 1', 'allow'],
  ['explain select count(ssn) from customers where id = 1', 'allow'],
  ['explain format=tree select pan from cards where id = 1', 'require_approval'],
  ['explain format=json select cvv from cards where id = 1', 'deny'],
  ['explain format=json select x.id from (select id, ssn from customers where id = 1 limit 1) x', 'allow'],
  ['explain format=json select * from card_view where id = 1', 'deny'],
  ['explain format=json into @x select id from customers', 'deny'],
  ['explain for schema mysql select 1', 'deny'],
  ["explain analyze format=tree select count(*) from cards where pan like '4%'", 'deny'],
  ['select * from card_documents order by id', 'allow'],
  ['select * from card_shapes', 'require_approval'],
  ['select * from card_neighbours order by id', 'require_approval'],
  ['select * from numbered', 'allow'],
  ['select * from dual_cards', 'deny'],
  ["select doc->'$.card', docs.doc->>'$.list[1]' from docs order by id", 'allow'],
  ["select json_value(doc, '$.card' returning char(20) null on empty) from docs order by id", 'allow'],
  [
    "select j.v from docs d, json_table(d.doc, '$.list[*]' columns (o for ordinality, v varchar(40) path '$')) j order by d.id",
    'allow',
  ],
  ['select id, doc, geo, numbers from docs order by id', 'allow'],
  ["select regexp_replace(pan, '[0-9]', 'x') from cards", 'require_approval'],
  [
    'select c.id, l.p from customers c left join lateral (select pan as p from cards k where k.customer_id = c.id limit 1) l on true',
    'require_approval',
  ],
  ['table customers', 'allow'],
  ['table cards', 'deny'],
  ['table hidden_columns', 'allow'],
  ['select pan from hidden_columns', 'require_approval'],
  ['values row(1, 2), row(3, 4) order by column_0 desc limit 1', 'allow'],
  ['select a from (values row(1, 2), row(3, 4)) t(a, b)', 'allow'],
  ["select name from customers where id member of ('[1, 2]')", 'allow'],
  ['select brand from cards where pan member of (\'["4111111111111111"]\')', 'deny'],
  ['select id from customers intersect select customer_id from cards', 'allow'],
  ['select grouping(brand), brand, count(*) from cards group by brand with rollup', 'allow'],
  ['select weight_string(pan) from cards', 'deny'],
  ['select cast(pan as unsigned) from cards', 'deny'],
  ["select statement_digest_text('select 1')", 'allow'],
  ['select /*+ max_execution_time(1000) */ id from customers', 'allow'],
  ['select /*+ set_var(sql_mode=\'ANSI_QUOTES\') */ "id" from customers', 'deny'],
  ['select /*!80000 pan, */ id from cards', 'deny'],
  ['select id from customers for update skip locked', 'deny'],
  ['select id from customers for share of customers nowait', 'deny'],
  ['select pan into @p from cards limit 1', 'deny'],
  ['select @p', 'deny'],
  [
    "insert into audited (id, value) values (9, 'x') as n(i, v) on duplicate key update value = v",
    'require_approval',
  ],
  ["insert into audited values row(10, 'y')", 'require_approval'],
  ['replace into audited table audited', 'deny'],
  ['delete from audited as a where a.id = 1', 'require_approval'],
  ['analyze table cards update histogram on pan with 10 buckets', 'deny'],
  ['select histogram from information_schema.column_statistics', 'deny'],
  ['select * from information_schema.optimizer_trace', 'deny'],
  ['select * from performance_schema.events_statements_history', 'deny'],
  ['select * from information_schema.innodb_metrics', 'deny'],
  ['show extended columns from cards', 'allow'],
  ['show warnings', 'deny'],
  ['show create user current_user()', 'deny'],
  ['set persist max_connections = 10', 'deny'],
  ['set role none', 'deny'],
  ['handler cards open', 'deny'],
  ['select etag(pan) from cards', 'deny'],
  ['select $$a$$', 'deny'],
]

describeMariadb('statements of MySQL', () => {
  let a: GovernedTwin
  let b: GovernedTwin
  beforeAll(async () => {
    const twins = await Promise.all([openTwin('mysql', 'A'), openTwin('mysql', 'B')])
    for (const twin of twins) for (const sql of SCHEMA) await twin.raw.raw(sql)
    const [one, other] = await Promise.all(twins.map(governTwin))
    if (one === undefined || other === undefined) throw new Error('There are two twins.')
    a = one
    b = other
  }, 120_000)
  afterAll(() => Promise.all([a.close(), b.close()]))

  test.each(CASES)('%s', async (sql, verdict) => {
    const { decision, facts } = await a.governed.explain(sql, [], agent)
    expect(decision.effect).toBe(verdict)
    const undone = facts.analyzable && !facts.readOnly
    const [here, there] = [await seen(a, { sql, undone }), await seen(b, { sql, undone })]
    expect(here).toEqual(there)
    expect(here.failed === undefined).toBe(verdict !== 'deny')
  })

  test('the server itself would have told them apart', async () => {
    const plan = 'explain format=json select ssn from customers where id = 1'
    const [one, other] = await Promise.all([a, b].map(twin => twin.raw.raw(plan)))
    expect(JSON.stringify(one)).not.toBe(JSON.stringify(other))
  })
})
