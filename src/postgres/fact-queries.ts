// Catalogs only, never a user's table: each query answers for the whole database at once, however many tables there are.

const users = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

/** Tables, views and sequences. A table without a page is empty, analyzed or not; before 14, 0 rows also stand for 'never analyzed'. */
export const relationsQuery = `
  with policy as (
    select polrelid as table, json_agg(json_build_object('name', quote_ident(polname), 'isOpen', polpermissive and polcmd = '*'
      and 0 = any (polroles) and pg_get_expr(polqual, polrelid) = 'true')) as policies
    from pg_catalog.pg_policy group by 1
  ), trigger as (
    select t.tgrelid as table, json_agg(json_build_object('name', quote_ident(t.tgname), 'function', format('%I.%I', n.nspname, p.proname)))
      as triggers
    from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where not t.tgisinternal group by 1
  ), reader as (
    select d.refobjid as table, array_agg(distinct format('%I.%I', vn.nspname, v.relname)) as names
    from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid join pg_catalog.pg_class v on v.oid = r.ev_class
    join pg_catalog.pg_namespace vn on vn.oid = v.relnamespace
    where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> v.oid
      and v.relkind in ('v', 'm') group by 1
  ), published as (
    select t.schemaname, t.tablename, bool_or(p.pubupdate or p.pubdelete) as updates, array_agg(quote_ident(t.pubname)) as names
    from pg_catalog.pg_publication_tables t join pg_catalog.pg_publication p on p.pubname = t.pubname group by 1, 2
  )
  select format('%I.%I', n.nspname, c.relname) as name,
    case c.relkind when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view'
      when 'f' then 'foreign table' when 'S' then 'sequence' when 'c' then 'composite type' else 'table' end as kind,
    case when c.reltuples > 0 then c.reltuples::float8 when c.relkind in ('r', 'm') and pg_relation_size(c.oid) = 0 then 0
      when c.reltuples = 0 and current_setting('server_version_num')::int >= 140000 then 0 end as rows,
    case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid)::float8 when c.relkind = 'p' then (
      select coalesce(sum(pg_total_relation_size(p.relid)), 0)::float8 from pg_partition_tree(c.oid) p) else 0 end as bytes,
    case when c.relkind in ('r', 'm') then pg_indexes_size(c.oid)::float8 else 0 end as "indexBytes",
    array(select format('%I.%I', pn.nspname, p.relname) from pg_catalog.pg_inherits i
      join pg_catalog.pg_class p on p.oid = i.inhparent join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
      where i.inhrelid = c.oid) as parents,
    c.relispartition as "isPartition", pg_get_expr(c.relpartbound, c.oid) as bound,
    case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as "partitionKey",
    quote_ident(pg_get_userbyid(c.relowner)) as owner, c.relrowsecurity as "rowSecurity", coalesce(policy.policies, '[]') as policies,
    case when c.relacl is null then '{}' else array(select case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
      || ' ' || lower(a.privilege_type) from aclexplode(c.relacl) a) end as privileges,
    coalesce(published.names, '{}') as publications, coalesce(published.updates, false) as "publishesUpdates",
    case c.relreplident when 'd' then 'primary key' when 'i' then 'index' when 'f' then 'full' else 'nothing' end as "replicaIdentity",
    coalesce(trigger.triggers, '[]') as triggers, c.relhasrules and exists (select from pg_catalog.pg_rewrite r
      where r.ev_class = c.oid and r.ev_type <> '1') as "hasRules", case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
    coalesce(reader.names, '{}') as "readBy", quote_ident(coalesce(ts.spcname, (select s.spcname from pg_catalog.pg_tablespace s
      join pg_catalog.pg_database d on d.dattablespace = s.oid where d.datname = current_database()))) as tablespace, c.relpersistence = 'u' as unlogged, am.amname as "accessMethod",
    case when c.reloftype <> 0 then c.reloftype::regtype::text end as "ofType",
    greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) as "lastAnalyze",
    (pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid))::float8 as writes,
    pg_stat_get_mod_since_analyze(c.oid)::float8 as "writesSinceAnalyze"
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_am am on am.oid = c.relam
  left join pg_catalog.pg_tablespace ts on ts.oid = c.reltablespace
  left join published on published.schemaname = n.nspname and published.tablename = c.relname
  left join policy on policy.table = c.oid left join trigger on trigger.table = c.oid left join reader on reader.table = c.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and ${users}`

/** Columns, with the views that read them and the sequences that number them. */
/** What an identity says of its sequence beyond what Postgres takes for granted. */
const identityOptions = `
  select nullif(concat_ws(' ',
    case when q.seqincrement <> 1 then 'INCREMENT BY ' || q.seqincrement end,
    case when q.seqmin <> case when q.seqincrement > 0 then 1 else -u.most - 1 end then 'MINVALUE ' || q.seqmin end,
    case when q.seqmax <> case when q.seqincrement > 0 then u.most else -1 end then 'MAXVALUE ' || q.seqmax end,
    case when q.seqstart <> case when q.seqincrement > 0 then q.seqmin else q.seqmax end then 'START WITH ' || q.seqstart end,
    case when q.seqcache <> 1 then 'CACHE ' || q.seqcache end, case when q.seqcycle then 'CYCLE' end), '')
  from pg_catalog.pg_depend o join pg_catalog.pg_sequence q on q.seqrelid = o.objid, lateral (
    select case q.seqtypid when 'smallint'::regtype then 32767 when 'integer'::regtype then 2147483647
      else 9223372036854775807 end as most) u
  where o.classid = 'pg_catalog.pg_class'::regclass and o.refclassid = 'pg_catalog.pg_class'::regclass and o.deptype = 'i'
    and o.refobjid = a.attrelid and o.refobjsubid = a.attnum`

export const columnsQuery = `
  with view as (
    select d.refobjid as table, d.refobjsubid as number, array_agg(distinct format('%I.%I', vn.nspname, v.relname)) as names
    from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid join pg_catalog.pg_class v on v.oid = r.ev_class
    join pg_catalog.pg_namespace vn on vn.oid = v.relnamespace
    where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
      and d.refobjsubid > 0 and d.refobjid <> v.oid
    group by 1, 2
  ), given as (
    select def.adrelid as table, def.adnum::int as number, format('%I.%I', sn.nspname, s.relname) as sequence, false as owned
    from pg_catalog.pg_depend d join pg_catalog.pg_attrdef def on def.oid = d.objid
    join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S' join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
    where d.classid = 'pg_catalog.pg_attrdef'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    union all
    select d.refobjid, d.refobjsubid, format('%I.%I', sn.nspname, s.relname), true
    from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
      and d.deptype in ('a', 'i') and d.refobjsubid > 0
  ), numbered as (
    select distinct on (1, 2) g.table, g.number, g.sequence, bool_or(g.owned) as owned from given g group by 1, 2, 3
    order by 1, 2, 4 desc
  ), needing as (
    select d.refobjid as table, d.refobjsubid as number, json_agg(json_build_object(
      'kind', case when t.oid is not null then 'trigger' when p.oid is not null then 'policy' else 'publication' end,
      'name', quote_ident(coalesce(t.tgname, p.polname, b.pubname)))) as things
    from pg_catalog.pg_depend d
    left join pg_catalog.pg_trigger t on d.classid = 'pg_catalog.pg_trigger'::regclass and t.oid = d.objid and not t.tgisinternal
    left join pg_catalog.pg_policy p on d.classid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objid
    left join pg_catalog.pg_publication_rel r on d.classid = 'pg_catalog.pg_publication_rel'::regclass and r.oid = d.objid
    left join pg_catalog.pg_publication b on b.oid = r.prpubid
    where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0 and coalesce(t.oid, p.oid, b.oid) is not null
    group by 1, 2
  ), generating as (
    select d.refobjid as table, d.refobjsubid as number, array_agg(quote_ident(g.attname)) as names
    from pg_catalog.pg_attribute g join pg_catalog.pg_attrdef def on def.adrelid = g.attrelid and def.adnum = g.attnum
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = g.attrelid and d.refobjsubid > 0
      -- Before version 15, the column itself depends.
      and (d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = def.oid
        or d.classid = 'pg_catalog.pg_class'::regclass and d.objid = g.attrelid and d.objsubid = g.attnum)
    where g.attgenerated <> '' and d.refobjsubid <> g.attnum group by 1, 2
  )
  select format('%I.%I', n.nspname, c.relname) as table, quote_ident(a.attname) as name,
    format_type(a.atttypid, a.atttypmod) as type,
    format('%I.%I', tn.nspname, coalesce(e.typname, t.typname)) as "typeName",
    case when a.attcollation <> 0 then a.attcollation::regcollation::text end as collation,
    a.attnotnull as "notNull", a.atthasdef or a.attidentity <> '' as "hasDefault",
    case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as "defaultValue",
    case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
    case when a.attidentity <> '' then (${identityOptions}) end as "identityOptions",
    case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
    coalesce(view.names, '{}') as views, numbered.sequence as sequence,
    coalesce(numbered.owned, false) as "ownsSequence", coalesce(generating.names, '{}') as generates,
    coalesce(needing.things, '[]') as "neededBy"
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A'
  join pg_catalog.pg_namespace tn on tn.oid = coalesce(e.typnamespace, t.typnamespace)
  left join pg_catalog.pg_attrdef d on a.atthasdef and d.adrelid = a.attrelid and d.adnum = a.attnum
  left join view on view.table = a.attrelid and view.number = a.attnum
  left join needing on needing.table = a.attrelid and needing.number = a.attnum
  left join generating on generating.table = a.attrelid and generating.number = a.attnum
  left join numbered on numbered.table = a.attrelid and numbered.number = a.attnum
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c') and ${users}
  order by a.attrelid, a.attnum`

export const constraintsQuery = `
  select format('%I.%I', n.nspname, c.relname) as table, quote_ident(k.conname) as name, k.convalidated as validated,
    case k.contype when 'c' then 'check' when 'f' then 'foreign key' when 'p' then 'primary key' when 'u' then 'unique'
      when 'x' then 'exclude' when 'n' then 'not null' else 'other' end as kind,
    array(select quote_ident(a.attname) from unnest(k.conkey) with ordinality u(number, position)
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number order by u.position) as columns,
    case when k.confrelid <> 0 then format('%I.%I', fn.nspname, f.relname) end as references,
    case when k.confrelid <> 0 then array(select quote_ident(a.attname) from unnest(k.confkey) with ordinality u(number, position)
      join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number order by u.position) end as "referencedColumns",
    k.conparentid <> 0 or k.coninhcount > 0 as inherited, k.confdeltype in ('c', 'n', 'd') as "changesOnDelete",
    pg_get_constraintdef(k.oid) as definition
  from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_class f on f.oid = k.confrelid left join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace
  where k.contype <> 't' and ${users}`

/** Indexes. `uses` holds the columns of its expressions and its condition as well. */
export const indexesQuery = `
  with used as (
    select d.objid as index, array_agg(d.refobjsubid) as numbers from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0
    group by 1
  )
  select format('%I.%I', n.nspname, x.relname) as name, format('%I.%I', tn.nspname, c.relname) as table,
    i.indisunique as unique, i.indisprimary as "isPrimary", i.indisreplident as "isReplicaIdentity", i.indisvalid as valid, case when p.oid is not null then format('%I.%I', pn.nspname, p.relname) end as parent,
    exists (select from pg_catalog.pg_constraint k where k.conindid = x.oid and k.contype in ('p', 'u', 'x')) as "ofConstraint",
    i.indpred is not null as partial, i.indisclustered as "isClustered", quote_ident(coalesce(ts.spcname, (select s.spcname
      from pg_catalog.pg_tablespace s join pg_catalog.pg_database d on d.dattablespace = s.oid where d.datname = current_database()))) as tablespace, pg_get_indexdef(x.oid) as definition,
    array(select quote_ident(a.attname) from unnest(i.indkey::int2[]) with ordinality k(number, position)
      left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
      where k.position <= i.indnkeyatts order by k.position) as columns,
    array(select quote_ident(a.attname) from pg_catalog.pg_attribute a where a.attrelid = i.indrelid
      and (a.attnum = any (i.indkey::int2[]) or a.attnum = any (used.numbers))) as uses
  from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = x.relnamespace
  join pg_catalog.pg_class c on c.oid = i.indrelid join pg_catalog.pg_namespace tn on tn.oid = c.relnamespace
  left join used on used.index = x.oid left join pg_catalog.pg_tablespace ts on ts.oid = x.reltablespace
  left join pg_catalog.pg_inherits h on h.inhrelid = x.oid left join pg_catalog.pg_class p on p.oid = h.inhparent
  left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
  where ${users}`

/** The types that users and extensions made. */
const typesQuery = `
  select format('%I.%I', n.nspname, t.typname) as name,
    case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range' else 'base' end as kind,
    (select quote_ident(x.extname) from pg_catalog.pg_depend d join pg_catalog.pg_extension x on x.oid = d.refobjid
      where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = t.oid and d.deptype = 'e') as extension,
    case when t.typtype = 'e' then array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid) end as labels,
    case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end as base,
    t.typtype = 'd' and (t.typnotnull or exists (
      select from pg_catalog.pg_constraint k where k.contypid = t.oid)) as constrained,
    t.typnotnull as "notNull", t.typdefault is not null as "hasDefault",
    array(select quote_ident(k.conname) from pg_catalog.pg_constraint k where k.contypid = t.oid order by k.oid) as constraints,
    array(select pg_get_constraintdef(k.oid) from pg_catalog.pg_constraint k where k.contypid = t.oid order by k.oid) as definitions,
    case when t.typtype = 'c' then exists (select from pg_catalog.pg_depend d where d.deptype <> 'i'
        and (d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid in (t.oid, t.typarray)
          or d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = t.typrelid))
      or exists (select from pg_catalog.pg_proc p where p.pronamespace <> 'pg_catalog'::regnamespace
        and strpos(lower(p.prosrc), lower(t.typname)) > 0) end as "isUsed"
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_class c on c.oid = t.typrelid
  where (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c') or (t.typtype = 'b' and t.typcategory <> 'A'))
    and ${users}`

/** What needs something: it goes with CASCADE. Before version 15, a generated column goes without as well. */
const usesQuery = (from: string, where: string) => `
  select json_build_object('kind', case when def.oid is not null or d.objsubid > 0 then case a.attgenerated when '' then 'default' else 'generated column' end
      when k.conrelid > 0 then 'check' when o.oid is not null then 'policy' when t.oid is not null then 'trigger'
      when r.oid is not null then case when c.relkind in ('v', 'm') then 'view' else 'rule' end
      when c.relkind in ('i', 'I') then 'index' when c.relkind = 'p' then 'partition key' else 'other' end,
    'relation', case when c.oid is not null then format('%I.%I', n.nspname, c.relname) end, 'isAutomatic', d.deptype = 'a',
    'name', coalesce(quote_ident(coalesce(a.attname, k.conname, o.polname, t.tgname, r.rulename)), ''),
    'description', pg_describe_object(d.classid, d.objid, d.objsubid)) as use
  from ${from}
  left join pg_catalog.pg_attrdef def on d.classid = 'pg_catalog.pg_attrdef'::regclass and def.oid = d.objid
  left join pg_catalog.pg_constraint k on d.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objid
  left join pg_catalog.pg_policy o on d.classid = 'pg_catalog.pg_policy'::regclass and o.oid = d.objid
  left join pg_catalog.pg_trigger t on d.classid = 'pg_catalog.pg_trigger'::regclass and t.oid = d.objid
  left join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
  left join pg_catalog.pg_class c on c.oid = coalesce(def.adrelid, nullif(k.conrelid, 0), o.polrelid, t.tgrelid, r.ev_class,
    case when d.classid = 'pg_catalog.pg_class'::regclass then d.objid end)
  left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = coalesce(def.adnum, nullif(d.objsubid, 0))
  where ${where}`

const usesOfFunction = usesQuery(
  'pg_catalog.pg_depend d',
  `d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = p.oid and d.deptype in ('n', 'a')`,
)

/** What needs a part of an extension, and is none itself, nor a part of one: some of it, where there is much. */
const usesOfExtension = usesQuery(
  'pg_catalog.pg_depend part join pg_catalog.pg_depend d on d.refclassid = part.classid and d.refobjid = part.objid',
  `part.deptype = 'e' and part.refclassid = 'pg_catalog.pg_extension'::regclass and part.refobjid = x.oid and d.deptype = 'n'
  and not exists (select from pg_catalog.pg_depend m
    where (m.classid = d.classid and m.objid = d.objid or m.classid = 'pg_catalog.pg_class'::regclass and m.objid = c.oid)
      and m.deptype in ('e', 'i', 'a') and (m.refclassid = 'pg_catalog.pg_extension'::regclass and m.refobjid = x.oid
        or exists (select from pg_catalog.pg_depend e where e.deptype = 'e' and e.refclassid = 'pg_catalog.pg_extension'::regclass
          and e.refobjid = x.oid and e.classid = m.refclassid and e.objid = m.refobjid))) limit 100`,
)

/** What users and extensions wrote, and for the functions that Postgres itself brings, whether they answer anew for every row. */
const functionsQuery = `
  select format('%I.%I', n.nspname, p.proname) as name, false as builtin, p.provolatile = 'v' as volatile, l.lanname as language,
    case when l.lanname = 'sql' and p.prokind = 'f' and not p.proretset and not p.prosecdef and p.proconfig is null
      then p.prosrc end as body,
    case when l.lanname in ('sql', 'plpgsql') and p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) end as definition,
    (select quote_ident(x.extname) from pg_catalog.pg_depend d join pg_catalog.pg_extension x on x.oid = d.refobjid
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') as extension,
    oidvectortypes(p.proargtypes) as arguments, array(${usesOfFunction}) as "usedBy"
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang
  where ${users}
  union all
  select p.proname, true, bool_or(p.provolatile = 'v'), null, null, null, null, null, null
  from pg_catalog.pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace group by 1`

/** Of the server and of this session; and small catalogs in the same row, because each question costs a way to the server and back. */
export const serverQuery = `
  select current_setting('server_version_num')::int / 10000 as version, current_setting('TimeZone') as "timeZone",
    current_setting('lockkeeper.schemas')::json as "searchPath", quote_ident(current_user) as user,
    pg_is_in_recovery() as "isStandby", clock_timestamp() as now,
    (select reset_val = 'on' from pg_catalog.pg_settings where name = 'default_transaction_read_only') as "isReadOnly",
    (select extract(epoch from now() - stats_reset)::float8 from pg_catalog.pg_stat_database where datname = current_database()) as "countedFor",
    (select count(*)::int from pg_catalog.pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null) as "openTransactions",
    (select extract(epoch from max(now() - xact_start))::float8 from pg_catalog.pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()) as "oldestTransaction",
    (select coalesce(json_agg(json_build_object('name', r.application_name, 'state', r.state,
        'lag', extract(epoch from r.replay_lag)::float8,
        'behind', case when not pg_is_in_recovery() then pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::float8 end,
        'isStandby', case when s.pid is not null then false when r.state is not null then r.replay_lsn is not null end)), '[]')
      from pg_catalog.pg_stat_replication r
      left join (select active_pid as pid from pg_catalog.pg_replication_slots where slot_type = 'logical') s on s.pid = r.pid
      where r.state is distinct from 'backup') as replicas,
    (select coalesce(json_agg(json_build_array(format_type(castsource, null), format_type(casttarget, null))), '[]')
      from pg_catalog.pg_cast where castmethod = 'b' and castsource <> casttarget) as "sameBits",
    (select coalesce(json_agg(t), '[]') from (${typesQuery}) t) as types,
    array(select quote_ident(datname) from pg_catalog.pg_database) as databases,
    array(select quote_ident(rolname) from pg_catalog.pg_roles) as roles,
    array(select quote_ident(pubname) from pg_catalog.pg_publication) as publications,
    (select coalesce(json_object_agg(quote_ident(x.extname), array(${usesOfExtension})), '{}') from pg_catalog.pg_extension x) as extensions,
    (select coalesce(json_object_agg(quote_ident(n.nspname), array(select case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
      || ' ' || lower(a.privilege_type) from aclexplode(n.nspacl) a)), '{}') from pg_catalog.pg_namespace n where ${users}) as schemas,
    (select coalesce(json_agg(f), '[]') from (${functionsQuery}) f) as functions,
    (select coalesce(json_object_agg(format('%I.%I', n.nspname, s.stxname), format('%I.%I', cn.nspname, c.relname)), '{}')
      from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
      join pg_catalog.pg_class c on c.oid = s.stxrelid join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace) as statistics,
    (select format('%I.pg_stat_statements', n.nspname) from pg_catalog.pg_extension x
      join pg_catalog.pg_namespace n on n.oid = x.extnamespace where x.extname = 'pg_stat_statements' and current_setting('pg_stat_statements.max', true) is not null)
      as "statementsView"`

/** The statements with ON CONFLICT that this database has been sent, without their values. */
export function upsertsQuery(view: string): string {
  return `select query from ${view} where query ~* '\\mon\\s+conflict\\M'
    and dbid = (select oid from pg_catalog.pg_database where datname = current_database())`
}
