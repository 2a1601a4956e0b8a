/** What MySQL proper keeps of a schema that MariaDB does not: hidden keys, functional indexes, defaults and views as it writes them. */
import { expect, test } from '@jest/globals'
import { filled } from '../../catalog/mysql-support.js'
import { columnNames } from '../../catalog/support.js'
import { describeMariadb } from '../../support/databases.js'

const SCHEMA = `
create table cards (
  id int primary key auto_increment, pan varchar(40) not null, note varchar(20), code int, doc json, shape point, few bit(3),
  tail varchar(9) generated always as (right(pan, 9)) stored, shout varchar(9) as (upper(tail)) virtual,
  copied varchar(60) default (concat(_utf8mb4'it''s \\\\ ', pan)), secret varchar(40) invisible, numbers vector(3),
  unique folded ((lower(note))), unique (code), key parts ((cast(doc->'$.list' as unsigned array))));
set sql_generate_invisible_primary_key = 1;
create table keyless (pan varchar(40));
set sql_generate_invisible_primary_key = 0;
create table pays (id int primary key, card int references cards (id) on delete cascade);
create view documents as select id, doc->>'$.card' as c, j.x from cards, json_table(doc, '$.list[*]' columns (o for ordinality, x varchar(30) path '$' default '"0"' on empty)) j;
create view matched as select id, regexp_substr(pan, '[0-9]{4}') as r, id member of ('[1]') as m, name_of from cards join lateral (select max(pan) as name_of from cards k where k.id = cards.id) l;
create view windows as select id, first_value(pan) over w as f from cards window w as (order by id rows between 1 preceding and current row);
create view counted as with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select n from t except select 2 intersect table t;
create view listed (a, b) as values row(1, 'a'), row(2, 'b');
create view converted as select cast(pan as char(6) charset utf8mb4) as c, convert(pan using latin1) as l, date '2024-01-01' + interval id day as d, trim(leading '0' from pan) as t, _utf8mb4'x' collate utf8mb4_bin as u, pan sounds like 'x' as s from cards;
create json relational duality view dual_cards as select json_duality_object('_id': id, 'pan': pan) from cards;
`

describeMariadb('the catalog of a MySQL database', () => {
  const place = filled(SCHEMA)
  const { own } = place

  test('what * leaves out is marked, a key that nobody wrote included', async () => {
    for (const name of ['cards', 'keyless', 'documents', 'listed', 'dual_cards']) {
      const [, fields] = await place.client.query(`select * from ${name} limit 0`)
      const shown = own(name).columns.filter(column => column.hidden !== true)
      expect([name, shown.map(column => column.name)]).toEqual([name, fields.map(field => field.name)])
    }
    expect(own('keyless').columns.map(column => [column.name, column.hidden])).toEqual([
      ['my_row_id', true],
      ['pan', undefined],
    ])
    expect(own('keyless').keys).toEqual([['my_row_id']])
  })

  test('an index over an expression is no key', () => {
    expect(own('cards').keys).toEqual([['code'], ['id']])
  })

  test('a column made of others names them, through defaults too', () => {
    const from = Object.fromEntries(own('cards').columns.map(column => [column.name, column.generatedFrom]))
    expect(from).toMatchObject({ tail: ['pan'], shout: ['pan', 'tail'], copied: ['pan'] })
    expect(from['pan']).toBeUndefined()
  })

  test('cascades are seen', () => {
    expect(own('cards').hasTriggersOrRules).toBe(true)
    expect(own('pays').hasTriggersOrRules).toBe(false)
  })

  test('the engine’s own relations are known', () => {
    const system = new Set(place.catalog.relations.filter(each => each.system).map(each => each.schema))
    expect([...system].sort()).toEqual(['information_schema', 'mysql', 'performance_schema', 'sys'])
    expect(columnNames(place.catalog, 'tables', 'information_schema')).toContain('TABLE_NAME')
  })

  test('views come with their text', () => {
    const views = place.catalog.relations.filter(each => each.schema === place.name && each.kind === 'view')
    expect(views.map(each => each.name).sort()).toEqual(
      ['converted', 'counted', 'documents', 'dual_cards', 'listed', 'matched', 'windows'].sort(),
    )
    expect(views.every(each => each.definition !== undefined)).toBe(true)
  })
})
