/**
 * The statements that read a PostgreSQL catalog (12 to 18), each a single read-only statement that an
 * unprivileged role may run. Every column comes back as text, so that no driver's type parser matters.
 * Relations of temporary schemas and TOAST tables are left out: to the analyser they are unknown.
 */

/**
 * Names and types are read with an empty search path, so that they are schema-qualified and mean the
 * same to everyone. The setting ends with the statement, which must therefore be its own transaction.
 */
const EMPTY_PATH = `(select set_config('search_path', '', true) offset 0) path`

const LASTING_NAMESPACES = `
  select oid, nspname from pg_catalog.pg_namespace
  where nspname !~ '^pg_(temp|toast)'`

/** The columns that the generated column `a` is computed from; where that is noted depends on the version. */
const GENERATED_FROM = `
  select pg_catalog.json_agg(distinct s.attname)
  from pg_catalog.pg_depend d
  join pg_catalog.pg_attribute s on s.attrelid = a.attrelid and s.attnum = d.refobjsubid and s.attnum <> a.attnum
  left join pg_catalog.pg_attrdef e on e.adrelid = a.attrelid and e.adnum = a.attnum
  where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = a.attrelid
    and (d.classid = d.refclassid and d.objid = a.attrelid and d.objsubid = a.attnum
      or d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = e.oid)`

/**
 * One row per relation. `triggers`: its own, its descendants' (the engine fires those too), rules
 * other than a view's own, and foreign keys of others that cascade from it.
 */
export const RELATIONS = `
with recursive lasting as (${LASTING_NAMESPACES}),
relations as (
  select c.oid, n.nspname, c.relname, c.relkind,
         n.nspname in ('pg_catalog', 'information_schema') as system
  from pg_catalog.pg_class c join lasting n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't'),
active as (
  select tgrelid as oid from pg_catalog.pg_trigger where not tgisinternal
  union
  select ev_class from pg_catalog.pg_rewrite where rulename <> '_RETURN'
  union
  select confrelid from pg_catalog.pg_constraint
  where contype = 'f' and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))
  union
  select i.inhparent from pg_catalog.pg_inherits i join active on active.oid = i.inhrelid)
select r.nspname::text as schema, r.relname::text as name, r.relkind::text as kind, r.oid::text as id,
  r.system::text as system,
  (r.oid in (select oid from active))::text as triggers,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(
            a.attname, pg_catalog.format_type(a.atttypid, null), not a.attnotnull,
            case when a.attgenerated <> '' then (${GENERATED_FROM}) end) order by a.attnum)
   from pg_catalog.pg_attribute a
   where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped)::text as columns,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, p.relname))
   from pg_catalog.pg_inherits i
   join pg_catalog.pg_class p on p.oid = i.inhparent
   join pg_catalog.pg_namespace n on n.oid = p.relnamespace
   where i.inhrelid = r.oid)::text as parents,
  case when r.relkind in ('v', 'm') and not r.system
       then pg_catalog.pg_get_viewdef(r.oid) end as definition
from ${EMPTY_PATH}, relations r`

/**
 * One row per unique key that equality on its columns really makes unique: valid, immediate, total,
 * on plain columns in their own collation, and not on a table whose children may repeat the value.
 */
export const KEYS = `
select i.indrelid::text as id, i.indisprimary::text as "primary",
  pg_catalog.json_agg(a.attname order by k.position)::text as columns
from pg_catalog.pg_index i
join pg_catalog.pg_class x on x.oid = i.indexrelid
join pg_catalog.pg_am m on m.oid = x.relam and m.amname = 'btree'
join pg_catalog.pg_class t on t.oid = i.indrelid
cross join lateral pg_catalog.generate_series(0, i.indnkeyatts - 1) as k(position)
left join pg_catalog.pg_attribute a
  on a.attrelid = i.indrelid and a.attnum = i.indkey[k.position]
  and a.attnum > 0 and not a.attisdropped and a.attcollation = i.indcollation[k.position]
where i.indisunique and i.indisvalid and i.indisready and i.indislive and i.indimmediate
  and i.indpred is null and i.indexprs is null
  and (t.relkind = 'p' or not exists (select from pg_catalog.pg_inherits h where h.inhparent = t.oid))
group by i.indexrelid, i.indrelid, i.indisprimary
having pg_catalog.count(a.attname) = pg_catalog.count(*)`

/**
 * Types that come with code of their own, as citext does, and that no other type turns into by itself; and
 * whether the character types are still such that no other built-in type turns into them by itself.
 */
const OWN_TYPES = `
  select t.oid, 'own-type' as takes from pg_catalog.pg_type t
  where t.oid >= 16384 and t.typtype = 'b' and t.typcategory <> 'A'
    and not exists (select from pg_catalog.pg_cast c
      where c.casttarget = t.oid and c.castsource <> t.oid and c.castcontext = 'i')
  union all
  select t.oid, 'text' from pg_catalog.pg_type t
  where t.oid in ('pg_catalog.text'::regtype, 'pg_catalog.varchar'::regtype)
    and not exists (select from pg_catalog.pg_cast c
      where c.oid >= 16384 and c.castsource < 16384 and c.casttarget = t.oid and c.castcontext = 'i')`

/**
 * User-defined routines and operators, also those that somebody put into a schema of the engine. What
 * the arguments take is left open where their number is.
 */
export const ROUTINES = `
with lasting as (${LASTING_NAMESPACES}),
own as (${OWN_TYPES}),
routine as (
  select p.oid, n.nspname, p.proname as name, p.prokind::text as kind, p.provolatile as volatility,
    case when p.provariadic = 0 and p.pronargdefaults = 0 then p.proargtypes::pg_catalog.oid[] end as types,
    n.nspname <> 'pg_catalog' and exists (select from pg_catalog.pg_proc b
      where b.oid < 16384 and b.pronamespace = 'pg_catalog'::regnamespace
        and b.proname = p.proname and b.proargtypes = p.proargtypes) as hidden
  from pg_catalog.pg_proc p join lasting n on n.oid = p.pronamespace
  where n.nspname not in ('pg_catalog', 'information_schema') or p.oid >= 16384
  union all
  select o.oid, n.nspname, o.oprname, 'operator', coalesce(p.provolatile, 'v'),
    pg_catalog.array_remove(array[o.oprleft, o.oprright], 0::oid),
    n.nspname <> 'pg_catalog' and exists (select from pg_catalog.pg_operator b
      where b.oid < 16384 and b.oprnamespace = 'pg_catalog'::regnamespace
        and b.oprname = o.oprname and b.oprleft = o.oprleft and b.oprright = o.oprright)
  from pg_catalog.pg_operator o join lasting n on n.oid = o.oprnamespace
  left join pg_catalog.pg_proc p on p.oid = o.oprcode::oid
  where n.nspname not in ('pg_catalog', 'information_schema') or o.oid >= 16384)
select distinct r.nspname::text as schema, r.name::text, r.kind, r.volatility::text, r.hidden::text,
  (select pg_catalog.json_agg(coalesce(own.takes, 'other') order by a.at)
   from pg_catalog.unnest(r.types) with ordinality as a(type, at) left join own on own.oid = a.type)::text as arguments
from routine r`

/**
 * Enums, domains over those or over built-in types, composite types and row types of relations that no code
 * of the user's is bound to: no check and no cast of theirs calls a function or operator that somebody made.
 * What the fields of a row bring along is for the reader to see.
 */
export const TYPES = `
with recursive lasting as (${LASTING_NAMESPACES}),
own as (
  select t.oid, n.nspname, t.typname, t.typtype, t.typbasetype, t.typrelid
  from pg_catalog.pg_type t join lasting n on n.oid = t.typnamespace
  where n.nspname <> 'pg_catalog' and (t.typtype in ('e', 'd') or t.typtype = 'c' and n.nspname <> 'information_schema'
      and exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind in ('c', 'r', 'p', 'v', 'm', 'f')))
    and not exists (select from pg_catalog.pg_cast c
      where t.oid in (c.castsource, c.casttarget) and c.castfunc >= 16384)
    and not exists (select from pg_catalog.pg_constraint k
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid = k.oid
      where k.contypid = t.oid and d.refobjid >= 16384
        and d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass))),
plain as (
  select oid, nspname, typname from own where typtype = 'e' or typtype = 'd' and typbasetype < 16384
  union
  select o.oid, o.nspname, o.typname from own o join plain p on p.oid = o.typbasetype)
select p.nspname::text as schema, p.typname::text as name, null as fields from plain p
union all
select o.nspname::text, o.typname::text,
  (select pg_catalog.json_agg(pg_catalog.json_build_array(
            a.attname, pg_catalog.format_type(a.atttypid, null)) order by a.attnum)
   from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind = 'c'
   where a.attrelid = o.typrelid and a.attnum > 0 and not a.attisdropped)::text
from ${EMPTY_PATH}, own o where o.typtype = 'c'`

/**
 * Where the database stands: changes whenever anything above may read differently. Row versions
 * (`xmin`) are summed as hashes, so order does not matter and temporary objects of other sessions can
 * be left out. Also gives the search path of the role that asks.
 */
export const STATE = `
with lasting as (${LASTING_NAMESPACES}),
relation as (
  select c.oid, c.xmin from pg_catalog.pg_class c join lasting n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and c.relpersistence <> 't'),
place(part, object, version) as (
  select 1, oid, xmin from pg_catalog.pg_namespace where oid in (select oid from lasting)
  union all select 2, oid, xmin from relation
  union all select 3, t.oid, t.xmin from pg_catalog.pg_type t join lasting n on n.oid = t.typnamespace
  union all select 4, p.oid, p.xmin from pg_catalog.pg_proc p join lasting n on n.oid = p.pronamespace
  union all select 5, o.oid, o.xmin from pg_catalog.pg_operator o join lasting n on n.oid = o.oprnamespace
  union all select 6 + a.attnum, a.attrelid, a.xmin
    from pg_catalog.pg_attribute a join relation r on r.oid = a.attrelid where a.attnum > 0
  union all select -1, w.oid, w.xmin from pg_catalog.pg_rewrite w join relation r on r.oid = w.ev_class
  union all select -2, c.oid, c.xmin from pg_catalog.pg_constraint c join relation r on r.oid = c.confrelid
  union all select -3, i.indexrelid, i.xmin from pg_catalog.pg_index i join relation r on r.oid = i.indrelid
  union all select -4, t.oid, t.xmin from pg_catalog.pg_trigger t join relation r on r.oid = t.tgrelid
  union all select -5, i.inhrelid, i.xmin from pg_catalog.pg_inherits i join relation r on r.oid = i.inhparent
  union all select -6, c.oid, c.xmin
    from pg_catalog.pg_constraint c join pg_catalog.pg_type t on t.oid = c.contypid join lasting n on n.oid = t.typnamespace
  union all select -7, c.oid, c.xmin from pg_catalog.pg_cast c where c.oid >= 16384)
select pg_catalog.concat_ws(':', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashoidextended(
    object, version::text::bigint * 4096 + part))) as digest,
  pg_catalog.to_json(pg_catalog.current_schemas(false))::text as path
from place`
