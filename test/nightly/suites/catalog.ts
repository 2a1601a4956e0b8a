/**
 * What database tools and object mappers ask of the catalog when they connect and draw their trees: over the
 * extended protocol with text and with binary answers, compared byte by byte.
 */
import pg from 'pg'
import { administer } from '../servers.js'
import type { Result, Suite } from '../suite.js'

const TABLES = `
create schema shop;
create type shop.size as enum ('s', 'm');
create domain shop.email as text check (value like '%@%');
create table shop.customers (id bigint generated always as identity primary key, mail shop.email unique, size shop.size);
create table shop.orders (id serial primary key, customer bigint not null references shop.customers on delete cascade,
  total numeric(10,2) default 0 check (total >= 0), made timestamptz default now(), lines jsonb, unique (customer, made));
create view shop.totals as select customer, sum(total) from shop.orders group by customer;
create materialized view shop.kept as select 1 as one;
create function shop.add(a int, b int default 1) returns int language sql as 'select a + b';
create procedure shop.nothing() language sql as '';
create index orders_made on shop.orders (made desc) where total > 0;
comment on column shop.orders.total is 'in euro';
`

const QUERIES: Readonly<Record<string, readonly [string, ...unknown[]]>> = {
  'settings of the session': [
    "select current_schema(), session_user, current_user, current_setting('server_version_num')",
  ],
  'search path': ['show search_path'],
  version: ['select version()'],
  isolation: ['show transaction isolation level'],
  databases: [
    'select db.oid, db.* from pg_catalog.pg_database db where 1 = 1 and datallowconn and not datistemplate order by db.datname',
  ],
  schemas: [
    "select n.oid, n.*, d.description from pg_catalog.pg_namespace n left outer join pg_catalog.pg_description d on d.objoid = n.oid and d.objsubid = 0 and d.classoid = 'pg_namespace'::regclass order by nspname",
  ],
  'relations of a schema': [
    "select c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr, pg_catalog.pg_get_partkeydef(c.oid) as partition_key from pg_catalog.pg_class c left outer join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass where c.relnamespace = $1::regnamespace and c.relkind not in ('i', 'I', 'c') order by c.relname",
    'shop',
  ],
  'columns of a relation': [
    "select c.relname, a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value, dsc.description, dep.objid from pg_catalog.pg_attribute a inner join pg_catalog.pg_class c on (a.attrelid = c.oid) left outer join pg_catalog.pg_attrdef ad on (a.attrelid = ad.adrelid and a.attnum = ad.adnum) left outer join pg_catalog.pg_description dsc on (c.oid = dsc.objoid and a.attnum = dsc.objsubid) left outer join pg_depend dep on dep.refobjid = a.attrelid and dep.deptype = 'i' and dep.refobjsubid = a.attnum and dep.classid = dep.refclassid where not a.attisdropped and c.oid = $1::regclass order by a.attnum",
    'shop.orders',
  ],
  constraints: [
    "select c.oid, c.*, t.relname as tabrelname, rt.relnamespace as refnamespace, d.description, pg_catalog.pg_get_constraintdef(c.oid) as definition from pg_catalog.pg_constraint c inner join pg_catalog.pg_class t on t.oid = c.conrelid left outer join pg_catalog.pg_class rt on rt.oid = c.confrelid left outer join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_constraint'::regclass where c.conrelid = $1::regclass order by c.oid",
    'shop.orders',
  ],
  indexes: [
    'select i.*, i.indkey as keys, c.relname, c.relnamespace, c.relam, c.reltablespace, tc.relname as tabrelname, dsc.description, pg_catalog.pg_get_expr(i.indpred, i.indrelid) as pred_expr, pg_catalog.pg_get_indexdef(i.indexrelid) from pg_catalog.pg_index i inner join pg_catalog.pg_class c on c.oid = i.indexrelid inner join pg_catalog.pg_class tc on tc.oid = i.indrelid left outer join pg_catalog.pg_description dsc on i.indexrelid = dsc.objoid where i.indrelid = $1::regclass order by tabrelname, c.relname',
    'shop.orders',
  ],
  types: [
    "select t.oid, t.*, c.relkind, format_type(nullif(t.typbasetype, 0), t.typtypmod) as base_type_name, d.description from pg_catalog.pg_type t left outer join pg_catalog.pg_type et on et.oid = t.typelem left outer join pg_catalog.pg_class c on c.oid = t.typrelid left outer join pg_catalog.pg_description d on t.oid = d.objoid where t.typname is not null and (c.relkind is null or c.relkind = 'c') and (et.typcategory is null or et.typcategory <> 'C') and t.typnamespace = $1::regnamespace order by t.oid",
    'shop',
  ],
  'enum labels': [
    'select enumlabel from pg_enum where enumtypid = $1::regtype order by enumsortorder',
    'shop.size',
  ],
  functions: [
    'select p.oid as poid, p.*, pg_catalog.pg_get_expr(p.proargdefaults, 0) as arg_defaults, d.description, pg_get_functiondef(p.oid) from pg_catalog.pg_proc p left outer join pg_catalog.pg_description d on d.objoid = p.oid where p.pronamespace = $1::regnamespace order by p.proname',
    'shop',
  ],
  keywords: [
    "select string_agg(word, ',') from pg_catalog.pg_get_keywords() where word <> all ('{a,abs,absolute}'::text[])",
  ],
  roles: ['select a.oid, a.rolname, a.rolsuper, a.rolcanlogin from pg_catalog.pg_roles a order by a.rolname'],
  privileges: [
    "select relacl, has_table_privilege(c.oid, 'select') from pg_class c where c.relname = $1",
    'orders',
  ],
  'information_schema.tables': [
    "select table_schema, table_name, table_type from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2",
  ],
  'information_schema.columns': [
    'select column_name, data_type, udt_name, is_nullable, column_default, character_maximum_length, numeric_precision from information_schema.columns where table_schema = $1 and table_name = any($2) order by table_name, ordinal_position',
    'shop',
    ['orders', 'customers'],
  ],
  'foreign keys': [
    "select tc.table_name, kcu.column_name, ccu.table_name as foreign_table from information_schema.table_constraints tc join information_schema.key_column_usage kcu on tc.constraint_name = kcu.constraint_name join information_schema.constraint_column_usage ccu on ccu.constraint_name = tc.constraint_name where tc.constraint_type = 'FOREIGN KEY' order by 1, 2, 3",
  ],
  'view definition': ['select pg_get_viewdef($1::regclass, true)', 'shop.totals'],
  sizes: ['select pg_relation_size($1::regclass), pg_total_relation_size($1::regclass)', 'shop.orders'],
  sequences: [
    'select sequencename, data_type, start_value, min_value, max_value, increment_by, cycle from pg_sequences where schemaname = $1 order by 1',
    'shop',
  ],
  extensions: ['select extname, extversion, extrelocatable from pg_extension order by 1'],
  settings: [
    "select name, setting, unit, context, vartype from pg_settings where name in ('work_mem', 'TimeZone', 'max_connections') order by 1",
  ],
  'types of the driver': [
    "select typname, typinput = 'array_in'::regproc, typtype from pg_catalog.pg_type where typname = $1",
    '_jsonb',
  ],
}

export const catalogReads: Suite = {
  name: 'catalog reads',
  quick: true,
  prepare: async () => async route => {
    await administer(route.server, [TABLES])
    const results = new Map<string, Result>()
    const client = new pg.Client({ ...route.place })
    await client.connect()
    try {
      for (const [name, [text, ...values]] of Object.entries(QUERIES)) {
        for (const binary of [false, true])
          results.set(`${name} (${binary ? 'binary' : 'text'})`, await ask(client, { text, values, binary }))
      }
    } finally {
      await client.end()
    }
    return results
  },
}

async function ask(
  client: pg.Client,
  query: { readonly text: string; readonly values: unknown[]; readonly binary: boolean },
): Promise<Result> {
  try {
    // Values as they came over the wire: a parser's view could hide a difference.
    const types = { getTypeParser: () => (value: string | Buffer) => value.toString('latin1') }
    const { rows, fields } = await client.query({ ...query, rowMode: 'array', types })
    const told = fields.map(field => [
      field.name,
      field.dataTypeID,
      field.tableID,
      field.columnID,
      field.format,
    ])
    return { verdict: 'passed', told: JSON.stringify([told, rows]) }
  } catch (error) {
    return { verdict: 'failed', detail: error instanceof Error ? error.message : String(error) }
  }
}
