/**
 * The statements that read a MySQL (8.0 and later) or MariaDB (10.6 and later) catalog, each a single
 * read of information_schema that any account may run. Every value comes back as text, so that no
 * driver's number parser matters. An account is shown what it has privileges on; `VISIBLE_TRIGGERS` says
 * for which tables that includes triggers.
 */

const SYSTEM_SCHEMAS = `('information_schema', 'mysql', 'performance_schema', 'sys')`

/** Temporary tables belong to one session; MariaDB lists its own from version 11.2. */
export const RELATIONS = `
select table_schema as \`schema\`, table_name as name, table_type as kind, lower(ifnull(engine, '')) as engine,
  if(table_schema in ${SYSTEM_SCHEMAS}, 'true', 'false') as \`system\`
from information_schema.tables where table_type not like 'TEMPORARY%'`

/** In the order of the columns. An expression is the text of a generated column or of a default. */
export const COLUMNS = `
select table_schema as \`schema\`, table_name as relation, column_name as name, lower(data_type) as type,
  is_nullable as nullable, lower(extra) as extra, generation_expression as expression, column_default as \`default\`
from information_schema.columns order by table_schema, table_name, ordinal_position`

/** Empty where the account lacks SHOW VIEW. */
export const VIEWS = `
select table_schema as \`schema\`, table_name as name, view_definition as definition
from information_schema.views where table_schema not in ${SYSTEM_SCHEMAS}`

/** One row per column of a unique key; `whole` is false for a prefix and for an expression. */
export const KEYS = `
select table_schema as \`schema\`, table_name as relation, index_name as name, column_name as \`column\`,
  if(sub_part is null and column_name is not null, 'true', 'false') as whole
from information_schema.statistics where non_unique = 0 and table_schema not in ${SYSTEM_SCHEMAS}
order by table_schema, table_name, index_name, seq_in_index`

const OWN_TRIGGERS = `
  select event_object_schema as \`schema\`, event_object_table as relation
  from information_schema.triggers where event_object_schema not in ${SYSTEM_SCHEMAS}`

const CASCADES = `
  select unique_constraint_schema as \`schema\`, referenced_table_name as relation
  from information_schema.referential_constraints
  where constraint_schema not in ${SYSTEM_SCHEMAS}
    and (update_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT') or delete_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT'))`

/** Tables with triggers, and those that foreign keys of other tables cascade from. */
export const ACTIVE = `${OWN_TRIGGERS} union ${CASCADES}`

const GRANTEE = `concat('''', left(current_user(), char_length(current_user()) - char_length(substring_index(current_user(), '@', -1)) - 1),
  '''@''', substring_index(current_user(), '@', -1), '''')`

/** Where the account holds TRIGGER, without which information_schema hides triggers: \`%\` stands for any. */
export const VISIBLE_TRIGGERS = `
select '%' as \`schema\`, '%' as relation from information_schema.user_privileges
where privilege_type = 'TRIGGER' and grantee = ${GRANTEE}
union select table_schema, '%' from information_schema.schema_privileges
where privilege_type = 'TRIGGER' and grantee = ${GRANTEE}
union select table_schema, table_name from information_schema.table_privileges
where privilege_type = 'TRIGGER' and grantee = ${GRANTEE}`

/** A packaged routine of MariaDB is named through its package, which the text cannot do without its schema. */
export const ROUTINES = `
select routine_schema as \`schema\`, routine_name as name, lower(routine_type) as kind,
  is_deterministic as \`deterministic\`, sql_data_access as access
from information_schema.routines where routine_schema not in ${SYSTEM_SCHEMAS}`

/** Sums what a query finds, whatever order it finds it in. */
function digestOf(query: string, columns: string): string {
  const values = columns.split(' ').map(name => `ifnull(x.\`${name}\`, char(1))`)
  return `(select concat(count(*), ',', ifnull(sum(cast(conv(left(sha2(concat_ws(char(0), ${values.join(', ')}), 256), 13), 16, 10) as unsigned)), 0))
  from (${query}) x)`
}

const OWN_RELATIONS = `
  select table_schema as s, table_name as n, table_type as t, engine as e
  from information_schema.tables where table_schema not in ${SYSTEM_SCHEMAS} and table_type not like 'TEMPORARY%'`

const OWN_COLUMNS = `
  select table_schema as s, table_name as n, column_name as c, ordinal_position as o, data_type as t,
    is_nullable as z, extra as e, generation_expression as g, column_default as d
  from information_schema.columns where table_schema not in ${SYSTEM_SCHEMAS}`

const OWN_KEYS = `
  select table_schema as s, table_name as n, index_name as i, seq_in_index as q, column_name as c, sub_part as p
  from information_schema.statistics where non_unique = 0 and table_schema not in ${SYSTEM_SCHEMAS}`

/**
 * Where the database stands: changes whenever anything above may read differently. 52 bits of a digest
 * per row are summed, so order does not matter. Also gives the current database and the account's settings
 * that shape the picture. With 200 tables of ten columns it costs MariaDB 10.11 about 9 ms.
 */
export const STATE = `
select ifnull(database(), '') as \`database\`, cast(@@lower_case_table_names as char) as folding,
  concat_ws(':', version(), current_user(),
    ${digestOf(OWN_RELATIONS, 's n t e')},
    ${digestOf(OWN_COLUMNS, 's n c o t z e g d')},
    ${digestOf(VIEWS, 'schema name definition')},
    ${digestOf(OWN_KEYS, 's n i q c p')},
    ${digestOf(ACTIVE, 'schema relation')},
    ${digestOf(VISIBLE_TRIGGERS, 'schema relation')},
    ${digestOf(ROUTINES, 'schema name kind deterministic access')}) as digest`
