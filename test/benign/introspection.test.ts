/** The catalogue look-ups that agents, ORMs and psql make before they ask for anything. */
import { refusedReads, sameReads } from './reads.js'

sameReads('introspection', {
  'information schema': [
    "select table_schema, table_name, table_type from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2",
    "select column_name, data_type, is_nullable, column_default from information_schema.columns where table_schema = 'public' and table_name = 'orders' order by ordinal_position",
    [
      'select column_name, udt_name, character_maximum_length, numeric_precision from information_schema.columns where table_name = $1 order by ordinal_position',
      'products',
    ],
    "select tc.constraint_name, kcu.column_name, ccu.table_name as foreign_table from information_schema.table_constraints tc join information_schema.key_column_usage kcu on kcu.constraint_name = tc.constraint_name and kcu.table_schema = tc.table_schema left join information_schema.constraint_column_usage ccu on ccu.constraint_name = tc.constraint_name where tc.table_name = 'orders' order by 1, 2, 3",
    'select schema_name from information_schema.schemata order by schema_name',
    'select sequence_name, data_type from information_schema.sequences order by 1',
    "select rc.constraint_name, rc.delete_rule from information_schema.referential_constraints rc where rc.constraint_schema = 'public' order by 1",
    'select count(*) > 0 as any from information_schema.check_constraints',
    "select column_name, identity_generation, generation_expression from information_schema.columns where table_name = 'products' order by ordinal_position",
  ],
  psql: [
    // \dt
    `SELECT n.nspname as "Schema", c.relname as "Name",
      CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END as "Type",
      pg_catalog.pg_get_userbyid(c.relowner) as "Owner"
      FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
      WHERE c.relkind IN ('r','p','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema'
      AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2`,
    // \d orders
    `SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname OPERATOR(pg_catalog.~) '^(orders)$' COLLATE pg_catalog.default AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 2, 3`,
    `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
      (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef),
      a.attnotnull,
      (SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS attcollation,
      a.attidentity, a.attgenerated FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = 'orders'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    `SELECT c2.relname, i.indisprimary, i.indisunique, i.indisvalid, pg_catalog.pg_get_indexdef(i.indexrelid, 0, true),
      pg_catalog.pg_get_constraintdef(con.oid, true), contype, condeferrable
      FROM pg_catalog.pg_class c, pg_catalog.pg_class c2, pg_catalog.pg_index i
      LEFT JOIN pg_catalog.pg_constraint con ON (conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x'))
      WHERE c.oid = 'public.orders'::regclass AND c.oid = i.indrelid AND i.indexrelid = c2.oid ORDER BY i.indisprimary DESC, c2.relname`,
    `SELECT r.conname, pg_catalog.pg_get_constraintdef(r.oid, true) AS condef, conrelid::pg_catalog.regclass AS ontable
      FROM pg_catalog.pg_constraint r WHERE r.contype = 'f' ORDER BY conname`,
    // \d+ and \dd
    "select pg_catalog.obj_description(c.oid, 'pg_class') as comment, pg_catalog.col_description(c.oid, 5) from pg_catalog.pg_class c where c.relname = 'orders' and c.relkind = 'r'",
    "select c.relname, pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) is not null as size from pg_catalog.pg_class c where c.relname = 'orders'",
    // \dn, \dT+
    'SELECT n.nspname AS "Name", pg_catalog.pg_get_userbyid(n.nspowner) AS "Owner" FROM pg_catalog.pg_namespace n WHERE n.nspname !~ \'^pg_\' AND n.nspname <> \'information_schema\' ORDER BY 1',
    "SELECT pg_catalog.format_type(t.oid, NULL) AS name, pg_catalog.array_to_string(ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder), E'\\n') AS elements FROM pg_catalog.pg_type t WHERE t.typtype = 'e' AND pg_catalog.pg_type_is_visible(t.oid) ORDER BY 1",
  ],
  'client settings': [
    'show standard_conforming_strings',
    'show transaction isolation level',
    'SHOW TIME ZONE',
    'SHOW server_version_num',
    'show search_path',
  ],
  agents: [
    "select relname, pg_size_pretty(pg_total_relation_size(oid)) as size from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by pg_total_relation_size(oid) desc, relname",
    "select relname, reltuples::bigint is not null as estimate from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname",
    "select tablename from pg_tables where schemaname = 'public' order by tablename",
    "select indexname, indexdef from pg_indexes where tablename = 'orders' order by 1",
    "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'VIEW' order by 1",
    "select relname from pg_class where relkind = 'm' and relnamespace = 'public'::regnamespace",
    "select to_regclass('public.orders') is not null as there, to_regclass('public.nothing') is null as missing",
    'select t.typname, e.enumlabel from pg_type t join pg_enum e on e.enumtypid = t.oid order by t.typname, e.enumsortorder',
    "select e.enumlabel from pg_enum e where e.enumtypid = 'order_status'::regtype order by e.enumsortorder",
    'select unnest(enum_range(null::priority)) as label',
    "select conrelid::regclass::text as t, conname, confrelid::regclass::text as refers from pg_constraint where contype = 'f' order by 1, 2",
    "select inhrelid::regclass::text as part, pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits i join pg_class c on c.oid = i.inhrelid where inhparent = 'events'::regclass order by 1",
    "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) where i.indrelid = 'order_items'::regclass and i.indisprimary order by a.attnum",
    'select extname from pg_extension order by 1',
    "select d.description from pg_description d join pg_class c on c.oid = d.objoid where c.relname = 'orders' and d.objsubid = 0",
    "select pg_get_serial_sequence('\"Customers\"', 'id')",
    "select has_table_privilege('orders', 'select') as may, has_schema_privilege('public', 'usage')",
    'select current_database() is not null, current_schema, current_schemas(false)',
    'select matviewname from pg_matviews order by 1',
    'select table_name from information_schema.views order by 1',
    'select routine_name from information_schema.routines order by 1 limit 5',
    "select rolname from pg_roles where rolname = 'pg_monitor'",
  ],
  SQLAlchemy: [
    'select pg_catalog.version() is not null as v',
    'select current_schema()',
    [
      'SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relname = $1::VARCHAR AND pg_catalog.pg_class.relkind = ANY (ARRAY[$2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR]) AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_namespace.nspname != $7::VARCHAR',
      'orders',
      'r',
      'p',
      'f',
      'v',
      'm',
      'pg_catalog',
    ],
    `SELECT pg_catalog.pg_attribute.attname AS name, pg_catalog.format_type(pg_catalog.pg_attribute.atttypid, pg_catalog.pg_attribute.atttypmod) AS format_type,
      (SELECT pg_catalog.pg_get_expr(pg_catalog.pg_attrdef.adbin, pg_catalog.pg_attrdef.adrelid) AS pg_get_expr_1 FROM pg_catalog.pg_attrdef WHERE pg_catalog.pg_attrdef.adrelid = pg_catalog.pg_attribute.attrelid AND pg_catalog.pg_attrdef.adnum = pg_catalog.pg_attribute.attnum AND pg_catalog.pg_attribute.atthasdef) AS "default",
      pg_catalog.pg_attribute.attnotnull AS not_null, pg_catalog.pg_class.relname AS table_name, pg_catalog.pg_description.description AS comment, pg_catalog.pg_attribute.attgenerated AS generated,
      (SELECT json_build_object('always', pg_catalog.pg_attribute.attidentity = 'a', 'start', pg_catalog.pg_sequence.seqstart, 'increment', pg_catalog.pg_sequence.seqincrement) AS json_build_object_1
        FROM pg_catalog.pg_sequence WHERE pg_catalog.pg_attribute.attidentity != '' AND pg_catalog.pg_sequence.seqrelid = CAST(CAST(pg_catalog.pg_get_serial_sequence(CAST(CAST(pg_catalog.pg_attribute.attrelid AS REGCLASS) AS TEXT), pg_catalog.pg_attribute.attname) AS REGCLASS) AS OID)) AS identity_options
      FROM pg_catalog.pg_class LEFT OUTER JOIN pg_catalog.pg_attribute ON pg_catalog.pg_class.oid = pg_catalog.pg_attribute.attrelid AND pg_catalog.pg_attribute.attnum > 0 AND NOT pg_catalog.pg_attribute.attisdropped
      LEFT OUTER JOIN pg_catalog.pg_description ON pg_catalog.pg_description.objoid = pg_catalog.pg_attribute.attrelid AND pg_catalog.pg_description.objsubid = pg_catalog.pg_attribute.attnum
      JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace
      WHERE pg_catalog.pg_class.relkind = ANY (ARRAY['r', 'p', 'f', 'v', 'm']) AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_namespace.nspname != 'pg_catalog' AND pg_catalog.pg_class.relname = 'products'
      ORDER BY pg_catalog.pg_class.relname, pg_catalog.pg_attribute.attnum`,
    `SELECT attr.conrelid, array_agg(CAST(attr.attname AS TEXT) ORDER BY attr.ord) AS cols, attr.conname, min(attr.description) AS description
      FROM (SELECT con.conrelid, con.conname, con.conindid, con.description, con.ord, pg_catalog.pg_attribute.attname
        FROM pg_catalog.pg_attribute JOIN (SELECT pg_catalog.pg_constraint.conrelid, pg_catalog.pg_constraint.conname, pg_catalog.pg_constraint.conindid, unnest(pg_catalog.pg_constraint.conkey) AS attnum, generate_subscripts(pg_catalog.pg_constraint.conkey, 1) AS ord, pg_catalog.pg_description.description
          FROM pg_catalog.pg_constraint LEFT OUTER JOIN pg_catalog.pg_description ON pg_catalog.pg_description.objoid = pg_catalog.pg_constraint.oid WHERE pg_catalog.pg_constraint.contype = 'p') AS con
        ON pg_catalog.pg_attribute.attnum = con.attnum AND pg_catalog.pg_attribute.attrelid = con.conrelid) AS attr
      GROUP BY attr.conrelid, attr.conname ORDER BY attr.conrelid, attr.conname`,
  ],
  'Prisma, Drizzle and TypeORM': [
    ['SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = $1)', 'public'],
    [
      `SELECT tbl.relname AS table_name, namespace.nspname as namespace, (tbl.relhassubclass and tbl.relkind = 'p') as is_partition, (tbl.relrowsecurity) as has_row_level_security, description.description as description
      FROM pg_class AS tbl INNER JOIN pg_namespace AS namespace ON namespace.oid = tbl.relnamespace
      LEFT JOIN pg_description AS description ON description.objoid = tbl.oid AND description.objsubid = 0
      WHERE tbl.relkind IN ('r', 'p') AND namespace.nspname = ANY ( $1 ) ORDER BY namespace, table_name`,
      ['public', 'crm'],
    ],
    [
      `SELECT info.table_name, info.column_name, format_type(att.atttypid, att.atttypmod) as formatted_type, info.numeric_precision, info.numeric_scale, info.data_type, info.udt_name as full_data_type,
      pg_get_expr(attdef.adbin, attdef.adrelid) AS column_default, info.is_nullable, info.is_identity, info.character_maximum_length, description.description
      FROM information_schema.columns info JOIN pg_attribute att ON att.attname = info.column_name
      JOIN (SELECT pg_class.oid, relname, pg_namespace.nspname as namespace FROM pg_class JOIN pg_namespace on pg_namespace.oid = pg_class.relnamespace AND pg_namespace.nspname = ANY ( $1 )) as oid on oid.oid = att.attrelid AND relname = info.table_name AND namespace = info.table_schema
      LEFT JOIN pg_attrdef attdef ON attdef.adrelid = att.attrelid AND attdef.adnum = att.attnum AND table_schema = namespace
      LEFT JOIN pg_description description ON description.objoid = att.attrelid AND description.objsubid = ordinal_position
      WHERE table_schema = ANY ( $1 ) ORDER BY namespace, table_name, ordinal_position`,
      ['public'],
    ],
    [
      'SELECT t.typname as name, e.enumlabel as value, n.nspname as namespace FROM pg_type t JOIN pg_enum e ON t.oid = e.enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = ANY ( $1 ) ORDER BY e.enumsortorder',
      ['public'],
    ],
    `SELECT c.relname AS "table", CASE WHEN c.relkind = 'r' THEN 'table' WHEN c.relkind = 'v' THEN 'view' WHEN c.relkind = 'm' THEN 'materialized_view' END AS type
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname = 'public' ORDER BY 1`,
    'SELECT * FROM "information_schema"."tables" WHERE "table_schema" = \'public\' AND "table_name" = \'orders\'',
    `SELECT "con"."conname" AS "constraint_name", "con"."contype" AS "constraint_type", pg_get_constraintdef("con"."oid") AS "expression", "a"."attname" AS "column_name"
      FROM "pg_constraint" "con" INNER JOIN "pg_class" "t" ON "t"."oid" = "con"."conrelid" INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "t"."relnamespace"
      LEFT JOIN "pg_attribute" "a" ON "a"."attrelid" = "t"."oid" AND "a"."attnum" = ANY ("con"."conkey") WHERE "t"."relname" = 'order_items' ORDER BY 1, 4`,
  ],
})

refusedReads('introspection that is refused on purpose', {
  'pci/system-catalog': [
    // Source text, which can hold values.
    'select viewname, definition from pg_views',
    'select matviewname, definition from pg_matviews',
    'select table_name, view_definition from information_schema.views',
    'select routine_name, routine_definition from information_schema.routines',
    // Accounts, and what others do.
    'select table_name, grantee from information_schema.table_privileges',
    'select rolname, rolpassword from pg_authid',
    'select pid, state from pg_stat_activity',
    // Sampled values, and settings.
    "select attname, n_distinct from pg_stats where tablename = 'cards'",
    'select name, setting from pg_settings',
  ],
  'pci/unlisted-function': [
    "select pg_get_viewdef('customer_cards'::regclass)",
    "select current_setting('data_directory')",
    "select nextval('crm.leads_id_seq')",
    'select pg_advisory_lock(1)',
  ],
  'pci/show-settings': ['show data_directory', 'show all'],
  'pci/locks': [
    'select id from orders where id = 1001 for update',
    'select id from orders for share skip locked',
  ],
})
