import { openArena } from './kit.js'
import { phrases, outputs } from '../kit.js'
const arena = await openArena(`create virtual table docs using fts5(pan, body, content='cards'); create table "main2"(a); create virtual table vocab using fts5vocab('docs','row');`)
const list = process.argv.slice(2)
for (const s of list.length ? list : [
 `select rowid from numbers`, `select oid, brand from numbers where _rowid_ > 5`, `select rowid from cards`, `select "pan" from cards`, `select "nope" from cards`,
 `select id, pan as p from cards where p like '4%'`, `select brand, max(id), pan from cards`, `select * from cards join customers using(id)`,
 `select j.value from cards c, json_each(json_array(c.pan)) j`, `select id from payments where id in every_number`, `select * from payments where note in (select pan from cards)`,
 `select pan from main.scratch`, `select pan from temp.scratch`, `select pan from scratch`, `select x.pan from scratch x join cards on cards.id = x.id`,
 `select typeof(pan) from cards`, `select hex(pan), quote(pan), printf('%s', pan), format('%d', pan), unhex(pan), zeroblob(4) from cards`,
 `insert into payments(id, note) select id, pan from cards where true on conflict(id) do update set note = excluded.note`,
 `update payments set note = k.pan from cards k where k.id = payments.card_id`, `update cards set brand = o.pan from cards o where o.id = cards.id`, `update payments set status='x' where id=1 returning *`,
 `with recursive r(n) as (select pan from cards union select substr(n,2) from r where length(n)>1 order by 1 limit 5) select n from r`,
 `select * from tail_view`, `insert into card_view(id, number) values (1,'x')`, `delete from card_view where id=1`,
 `select likelihood(pan like '4%', 0.5) from cards`, `select sqlite_compileoption_used('X')`, `select load_extension('x')`, `select fts3_tokenizer('simple')`,
 `select * from pragma_table_info('cards')`, `select * from pragma_database_list`, `select name from pragma_table_list`, `select * from sqlite_dbpage`, `select * from dbstat`, `select * from sqlite_stmt`, `select * from bytecode('select 1')`, `select * from tables_used('select 1')`,
 `select * from sqlite_schema`, `select sql from sqlite_master`, `select name from temp.sqlite_temp_schema`, `select * from sqlite_temp_master`,
 `select pan from docs where docs match 'x'`, `select rank, docs from docs`, `select body from docs`, `select * from docs('4111')`, `select * from vocab`, `select snippet(docs,0,'','','',5) from docs`,
 `select head from cards`, `select count(*) from cards where cvv is null`, `delete from cards where true`, `delete from cards where 'abc'`, `delete from cards where '1x'`, `delete from payments where id = 5`, `delete from payments where rowid = ?`, `delete from pairs where x='a' and y='b'`, `delete from pairs where x='a'`, `delete from cards where pan = ?`, `delete from cards where pan = cast(? as integer)`, `delete from cards where brand = 'visa'`, `delete from payments where id = +5`, `update payments set note='x' where id in (1,2,3)`, `update payments set note='x' where id is 5`, `delete from payments where id glob '*'`, `delete from payments where id like '%'`, `delete from payments where 1 in (1)`, `delete from payments where x'01'`, `delete from payments where id not in ()`, `delete from payments where id=id`,
 `select (select q.oid from pairs q limit 1) from numbers q`, `select (select pan from (select rowid from numbers)) from (select 1 as pan)`, `select (select json from json_each(c.pan)) from (select 1 as json, pan from cards) c`,
 `select (select count(*) from payments t join payments u on c.pan like '4%' join cards c on 1) from (select 1 as pan) c`,
 `select (select main.c.pan from cards c limit 1) from (select 1 as x) c`, `select pan as zz from cards c join payments u on zz like '4%'`,
 `select group_concat(pan) over (order by id rows 1 preceding) from cards`, `select count(pan), count(distinct pan) from cards`, `select pan from cards limit (select count(*) from customers where ssn like '1%')`, `select 1 from cards limit (select cvv from cards)`,
 `select changes(), last_insert_rowid(), random(), sqlite_version()`, `replace into cards(id,pan) values (1,'x')`, `select max(pan) from cards`, `select min(pan, brand) from cards`, `select id from cards order by pan`, `select * from loose where a = 4111`, `select "odd name"."a b" from "odd name"`, `select [select], \`true\` from [odd name]`, `create table x as select pan from cards`, `values (1), ((select pan from cards))`, `explain select pan from cards`, `pragma table_info(cards)`, `begin immediate`, `select pan from every_number, cards`, `select n from every_number`, `select * from paid`,
]) { const f = arena.factsOf(s); console.log(s, '\n    ', f.analyzable ? phrases(f).filter(p => !p.startsWith('read ')).join(' | ') + ' || ' + outputs(f).join(' ; ') : f.code + ' ' + f.reason) }
