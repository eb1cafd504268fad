import type pg from 'pg'

/** A table, view, index, sequence or the like of the user's. */
export interface Relation {
  readonly oid: number
  /** 'items' in the schema public, 'shop.items' in another, 'toast of items' for where it keeps long values. */
  readonly name: string
  /** Quoted, with its schema. */
  readonly sql: string
  readonly kind: string
  readonly file: number
  readonly partition: boolean
  readonly rowSecurity: boolean
  readonly policies: number
}

export interface Column {
  readonly table: number
  /** Schema, table and column, as errors name them. */
  readonly place: string
  readonly number: number
  readonly name: string
  /** As Postgres prints it: 'character varying(20)'. */
  readonly type: string
  readonly required: boolean
  /** It may be NULL. */
  readonly optional: boolean
  readonly identity: boolean
  readonly generated: boolean
}

/** What the catalog says of everything that is the user's. */
export interface Catalog {
  readonly relations: ReadonlyMap<number, Relation>
  readonly columns: readonly Column[]
  /** Other things that queries name: by a key that outlives a new name, what messages call it. */
  readonly objects: ReadonlyMap<string, string>
  /** Privileges, as 'items: reader may SELECT', and whether one has them as the owner. */
  readonly privileges: ReadonlyMap<string, boolean>
}

const ours = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_temp\\_%' and n.nspname not like 'pg\\_toast%'`
const ofExtension = (catalog: string, alias: string) =>
  `exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`
const shortName = (name: string) =>
  `case when n.nspname = 'public' then ${name} else n.nspname || '.' || ${name} end`

const relationsSql = `
  select c.oid::int8::float8 as oid, ${shortName('c.relname')} as name, format('%I.%I', n.nspname, c.relname) as sql,
    c.relkind as kind, pg_relation_filenode(c.oid)::int8::float8 as file, c.relispartition as partition, c.relrowsecurity as "rowSecurity",
    (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I', 'c') and not ${ofExtension('pg_class', 'c')}
  union all
  select t.oid::int8::float8, 'toast of ' || ${shortName('c.relname')}, format('pg_toast.%I', t.relname), t.relkind, 0, false, false, 0
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_class t on t.oid = c.reltoastrelid
  where ${ours}
  order by 1`

const columnsSql = `
  select a.attrelid::int8::float8 as "table", concat_ws('.', n.nspname, c.relname, a.attname) as place, a.attnum::int as number, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    (a.attnotnull or coalesce(t.typnotnull, false)) and not a.atthasdef and a.attidentity = '' and coalesce(t.typdefault, '') = '' as required,
    not a.attnotnull as optional,
    a.attidentity <> '' as identity, a.attgenerated <> '' as generated
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    left join pg_type t on t.oid = a.atttypid
  where ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped and not ${ofExtension('pg_class', 'c')}
  order by a.attrelid, a.attnum`

// Views and sequences break queries by their name alone; tables are queried by their columns.
const objectsSql = `
  select 'function ' || p.oid as key, 'function ' || ${shortName('p.proname')} as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ours}
  union all
  select 'type ' || t.oid, 'type ' || n.nspname || '.' || t.typname
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where ${ours} and t.typelem = 0 and not exists (select from pg_class c where c.oid = t.typrelid and c.relkind <> 'c')
  union all
  select 'label ' || e.oid, 'enum label ' || e.enumlabel from pg_enum e
  union all
  select 'relation ' || c.oid, 'relation ' || ${shortName('c.relname')}
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind in ('v', 'm', 'S')`

const privilegesSql = `
  select format('%s: %s may %s', p.name, a.grantee, a.privilege_type) as privilege, bool_or(a.grantee = p.owner) as own
  from (
    select c.relname as name, c.relowner as owner, coalesce(c.relacl, acldefault((case c.relkind when 'S' then 's' else 'r' end)::"char", c.relowner)) as acl
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select f.proname, f.proowner, coalesce(f.proacl, acldefault('f', f.proowner))
    from pg_proc f join pg_namespace n on n.oid = f.pronamespace where ${ours}
    union all
    select n.nspname, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)) from pg_namespace n where ${ours}
  ) p, aclexplode(p.acl) a
  group by 1`

/** Reads what is the user's in a database. */
export async function readCatalog(client: pg.Client): Promise<Catalog> {
  const relations = (await client.query<Relation>(relationsSql)).rows
  const columns = (await client.query<Column>(columnsSql)).rows
  const objects = (await client.query<{ key: string; name: string }>(objectsSql)).rows
  const privileges = (await client.query<{ privilege: string; own: boolean }>(privilegesSql)).rows
  return {
    relations: new Map(relations.map((relation) => [relation.oid, relation])),
    columns,
    objects: new Map(objects.map(({ key, name }) => [key, name])),
    privileges: new Map(privileges.map(({ privilege, own }) => [privilege, own])),
  }
}

/** Tables with rows of their own, and what is read like them. */
export function relationsOf({ relations }: Catalog, kinds: string): Relation[] {
  return [...relations.values()].filter(
    ({ kind, name }) => kinds.includes(kind) && !name.startsWith('toast of '),
  )
}

export function columnsOf({ columns }: Catalog, table: number): Column[] {
  return columns.filter((column) => column.table === table)
}

export async function majorVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int / 10000 as version`,
  )
  return rows[0]?.version ?? 0
}
