/** What the smoke tests of MySQL's connectors work on. */
export const CONNECTOR_TABLES: readonly string[] = [
  `create table things (id int primary key, name varchar(60), price decimal(12,4), made datetime(3), day date, span time,
    data json, big bigint unsigned, real8 double, real4 float, flag tinyint(1), bits bit(9), raw varbinary(40),
    kind enum('s', 'm'), year4 year, note text)`,
  `insert into things (id, name, price, made, day, span, data, big, real8, real4, flag, bits, raw, kind, year4, note)
    select seq, concat('thing ', seq), seq * 1.5, '2024-05-06 07:08:09.123', '2024-05-06', '-12:34:56',
    json_object('n', seq), seq * 1000000007, seq / 3, seq / 2, seq % 2, seq, unhex('00ff'), 'm', 2024, 'ä€'
    from seq_1_to_3`,
  'create table keyed (id bigint primary key auto_increment, thing int references things (id), name varchar(20))',
  'create procedure rename_thing(n int, t varchar(60)) update things set name = t where id = n',
  'create procedure things_of(n int) begin select id from things where id <= n; select 2; end',
]
