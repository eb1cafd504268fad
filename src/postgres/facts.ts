import type pg from 'pg'
import { readCatalogs } from './catalog-transaction.ts'

export interface ColumnFacts {
  /** As Postgres prints it: 'character varying(20)'. */
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** Whether a view reads it: Postgres then refuses to change its type. */
  readonly inView?: boolean
}

export interface ConstraintFacts {
  readonly name: string
  readonly kind: 'check' | 'foreign key' | 'primary key' | 'unique' | 'exclude' | 'not null' | 'other'
  readonly validated: boolean
  readonly columns: readonly string[]
  /** As pg_get_constraintdef prints it. */
  readonly definition: string
}

export interface IndexFacts {
  /** Qualified: 'public.items'. */
  readonly table: string
  readonly unique: boolean
  /** In the index's order; null for an expression. */
  readonly columns: readonly (string | null)[]
}

/**
 * What a target says of itself. Names are as SQL writes them, with the schema or without ('public' is then meant). Everything
 * beyond the sizes is optional, so that a judgement can be made from less.
 */
export interface Facts {
  /** An estimate; null when unknown or when there is no such table. */
  rows(table: string): number | null
  /** With indexes and toast; null when there is no such table. */
  bytes(table: string): number | null
  /** 'table', 'view', ...; null when there is no such relation. */
  kind?(relation: string): RelationKind | null
  column?(table: string, column: string): ColumnFacts | null
  constraint?(table: string, constraint: string): ConstraintFacts | null
  constraints?(table: string): readonly ConstraintFacts[]
  index?(index: string): IndexFacts | null
  /** The indexes of a table. */
  indexes?(table: string): readonly IndexFacts[]
  /** The major version of Postgres. */
  readonly version?: number
  /** Null when there is no such domain: the type is then of another kind. */
  domain?(type: string): DomainFacts | null
}

export interface DomainFacts {
  /** Whether it has a CHECK or is NOT NULL, so that each row must be checked. */
  readonly constrained: boolean
}

export type RelationKind = 'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table'

const relationsQuery = `
  select format('%I.%I', n.nspname, c.relname) as name,
    case c.relkind when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view'
      when 'f' then 'foreign table' else 'table' end as kind,
    case when c.reltuples >= 0 then c.reltuples::float8 end as rows,
    case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid)::float8 when c.relkind = 'p' then (
      select coalesce(sum(pg_total_relation_size(p.relid)), 0)::float8 from pg_partition_tree(c.oid) p) else 0 end as bytes
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const columnsQuery = `
  select format('%I.%I.%I', n.nspname, c.relname, a.attname) as name, format_type(a.atttypid, a.atttypmod) as type,
    a.attnotnull as "notNull", a.atthasdef or a.attidentity <> '' as "hasDefault",
    v.refobjid is not null as "inView"
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join (
    select distinct d.refobjid, d.refobjsubid from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0
  ) v on v.refobjid = a.attrelid and v.refobjsubid = a.attnum
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const constraintsQuery = `
  select format('%I.%I', n.nspname, c.relname) as table, quote_ident(k.conname) as name, k.convalidated as validated,
    case k.contype when 'c' then 'check' when 'f' then 'foreign key' when 'p' then 'primary key' when 'u' then 'unique'
      when 'x' then 'exclude' when 'n' then 'not null' else 'other' end as kind,
    array(select quote_ident(a.attname) from pg_catalog.pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey)
      order by a.attnum) as columns,
    pg_get_constraintdef(k.oid) as definition
  from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const indexesQuery = `
  select format('%I.%I', n.nspname, x.relname) as name, format('%I.%I', tn.nspname, c.relname) as table,
    i.indisunique as unique,
    array(select quote_ident(a.attname) from unnest(i.indkey::int2[]) with ordinality k(number, position)
      left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
      where k.position <= i.indnkeyatts order by k.position) as columns
  from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = x.relnamespace
  join pg_catalog.pg_class c on c.oid = i.indrelid join pg_catalog.pg_namespace tn on tn.oid = c.relnamespace
  where i.indisvalid and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const domainsQuery = `
  select format('%I.%I', n.nspname, t.typname) as name,
    t.typnotnull or exists (select from pg_catalog.pg_constraint k where k.contypid = t.oid) as constrained
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where t.typtype = 'd' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const versionQuery = `select current_setting('server_version_num')::int / 10000 as version`

interface RelationRow {
  readonly name: string
  readonly kind: RelationKind
  readonly rows: number | null
  readonly bytes: number
}
type ColumnRow = ColumnFacts & { readonly name: string }
type ConstraintRow = ConstraintFacts & { readonly table: string }
type DomainRow = DomainFacts & { readonly name: string }
type IndexRow = IndexFacts & { readonly name: string }

/** Reads the facts from the catalogs, all at once; never a user's table. */
export async function readFacts(client: pg.Client): Promise<Facts> {
  return readCatalogs(client, async () => {
    const relations = await client.query<RelationRow>(relationsQuery)
    const columns = await client.query<ColumnRow>(columnsQuery)
    const constraints = await client.query<ConstraintRow>(constraintsQuery)
    const indexes = await client.query<IndexRow>(indexesQuery)
    const version = await client.query<{ version: number }>(versionQuery)
    const domains = await client.query<DomainRow>(domainsQuery)
    return createFacts({
      relations: relations.rows,
      columns: columns.rows,
      constraints: constraints.rows,
      indexes: indexes.rows,
      domains: domains.rows,
      version: version.rows[0]?.version ?? 0,
    })
  })
}

interface Rows {
  readonly relations: readonly RelationRow[]
  readonly columns: readonly ColumnRow[]
  readonly constraints: readonly ConstraintRow[]
  readonly indexes: readonly IndexRow[]
  readonly domains: readonly DomainRow[]
  readonly version: number
}

function createFacts(rows: Rows): Facts {
  const relations = byName(rows.relations)
  const columns = byName(rows.columns)
  const constraints = grouped(rows.constraints)
  const indexes = byName(rows.indexes)
  const indexesOf = grouped(rows.indexes)
  const domains = byName(rows.domains)
  return {
    rows: (table) => relations.get(qualified(table))?.rows ?? null,
    bytes: (table) => relations.get(qualified(table))?.bytes ?? null,
    kind: (relation) => relations.get(qualified(relation))?.kind ?? null,
    column: (table, column) => columns.get(`${qualified(table)}.${column}`) ?? null,
    constraint: (table, name) =>
      constraints.get(qualified(table))?.find((constraint) => constraint.name === name) ?? null,
    constraints: (table) => constraints.get(qualified(table)) ?? [],
    index: (index) => indexes.get(qualified(index)) ?? null,
    indexes: (table) => indexesOf.get(qualified(table)) ?? [],
    version: rows.version,
    domain: (type) => domains.get(qualified(type)) ?? null,
  }
}

/** The name with its schema. The dot of a quoted name does not count as one between schema and name. */
export function qualified(name: string): string {
  return /^("(?:[^"]|"")+"|[^".]+)$/.test(name) ? `public.${name}` : name
}

function byName<R extends { readonly name: string }>(rows: readonly R[]): Map<string, R> {
  return new Map(rows.map((row) => [row.name, row]))
}

function grouped<R extends { readonly table: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>()
  for (const row of rows) {
    const group = groups.get(row.table)
    if (group === undefined) groups.set(row.table, [row])
    else group.push(row)
  }
  return groups
}
