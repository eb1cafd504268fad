import type pg from 'pg'
import { withSavepoint } from './savepoint.ts'
import { valueSql } from './values.ts'

/** Rows that a table must have before work on all of them can be told from work on some. */
const enough = 1000

/** Fills every table that has too few rows with made-up ones, as far as its constraints allow, and refreshes what is made of them. */
export async function fillTables(client: pg.Client): Promise<void> {
  const { rows: tables } = await client.query<Table>(tablesSql)
  const ordered = tables.sort((a, b) => a.depth - b.depth || a.oid - b.oid)
  await client.query('begin')
  await client.query('set constraints all immediate')
  for (const table of ordered) {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${table.sql}`)
    const there = rows[0]?.count ?? 0
    if (there < enough / 5) await fillTable(client, table, there)
  }
  const { rows: views } = await client.query<{ sql: string }>(viewsSql)
  for (const { sql } of views)
    await withSavepoint(client, () => client.query(`refresh materialized view ${sql}`))
  await client.query('commit')
}

interface Table {
  readonly oid: number
  readonly sql: string
  /** How many tables must be filled before. */
  readonly depth: number
  /** The bound of a partition: 'FOR VALUES FROM (0) TO (600)'. */
  readonly bound: string | null
  /** Columns of the key that the bound is about. */
  readonly key: readonly string[]
}

interface Column {
  readonly name: string
  readonly sql: string
  readonly type: string
  readonly base: string
  readonly kind: string
  readonly array: boolean
  readonly defaulted: boolean
  readonly optional: boolean
  readonly checks: readonly string[]
}

/** Ways to fill that leave more and more to the table: the first that its constraints accept is taken. */
const attempts: readonly { readonly fills: (column: Column) => boolean; readonly fromChecks: boolean }[] = [
  { fills: () => true, fromChecks: false },
  { fills: () => true, fromChecks: true },
  { fills: ({ defaulted, checks }) => !defaulted || checks.length === 0, fromChecks: false },
  { fills: ({ defaulted }) => !defaulted, fromChecks: true },
  { fills: ({ defaulted, optional }) => !defaulted && !optional, fromChecks: false },
  { fills: ({ defaulted, optional }) => !defaulted && !optional, fromChecks: true },
]

async function fillTable(client: pg.Client, table: Table, there: number): Promise<void> {
  const { rows: columns } = await client.query<Column>(columnsSql, [table.oid])
  for (const { fills, fromChecks } of attempts) {
    const filled = columns.filter(fills)
    const values = filled.map((column) => `(${fillSql(column, table, fromChecks)})::${column.type}`)
    const names = filled.map(({ sql }) => sql).join(', ')
    const insert =
      filled.length === 0
        ? `insert into ${table.sql} default values`
        : `insert into ${table.sql} (${names}) select ${values.join(', ')} from generate_series(${there + 1}, ${enough}) n`
    if (await withSavepoint(client, () => client.query(insert))) return
  }
}

function fillSql(column: Column, table: Table, fromChecks: boolean): string {
  const ofKey = table.bound !== null && table.key.includes(column.name) ? keySql(table, column) : null
  const ofCheck = fromChecks ? checkSql(column) : null
  return ofKey ?? ofCheck ?? valueSql({ type: column.base, kind: column.kind, array: column.array }, 'n')
}

/** A value within the bound of a partition: spread over it where it is of numbers or of times. */
function keySql({ bound, key }: Table, { name, base }: Column): string | null {
  const at = key.indexOf(name)
  const range = /^FOR VALUES FROM \((.*)\) TO \((.*)\)$/s.exec(bound ?? '')
  const [from, to] = [range?.[1], range?.[2]].map((list) => (list ?? '').split(', ')[at])
  if (from === undefined || to === undefined || range === null) {
    const [, first] = /^FOR VALUES IN \((.*?)(?:, |\)$)/s.exec(bound ?? '') ?? []
    return first ?? null
  }
  if (/^(MIN|MAX)VALUE$/.test(from)) return /^(MIN|MAX)VALUE$/.test(to) ? null : `${to}::${base} - n`
  if (/^(MIN|MAX)VALUE$/.test(to)) return `${from}::${base}`
  if (/int|numeric/.test(base)) return `${from}::${base} + n % (${to}::${base} - ${from}::${base})`
  if (/^timestamp/.test(base)) return `${from}::${base} + (${to}::${base} - ${from}::${base}) * (n / 1001.0)`
  if (base === 'date') return `${from}::date + (n % (${to}::date - ${from}::date))`
  return from
}

/** A value that a CHECK mentions is one that it may accept. */
function checkSql({ checks, base }: Column): string | null {
  const isNumber = /int|numeric|real|double/.test(base)
  for (const check of checks) {
    const found = isNumber ? /(>=?|=|<=?) \(?'?(-?\d+(?:\.\d+)?)/.exec(check) : /'((?:[^']|'')+)'/.exec(check)
    if (found === null) continue
    return isNumber ? numberBeside(found[1] ?? '', found[2] ?? '0') : `'${found[1] ?? ''}'`
  }
  return null
}

function numberBeside(comparison: string, number: string): string {
  if (comparison.startsWith('>')) return `${number} + n`
  return comparison === '<' ? `${number} - 1` : number
}

const isOurs = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%'`

// A table of a cycle of foreign keys gets the depth at which the search stops.
const tablesSql = `
  with recursive refers (child, parent) as (
    select conrelid, confrelid from pg_constraint where contype = 'f' and conrelid <> confrelid
  ), depths (oid, depth) as (
    select oid, 0 from pg_class union all
    select child, depth + 1 from depths join refers on parent = oid where depth < 8
  )
  select c.oid::int8::float8 as oid, format('%I.%I', n.nspname, c.relname) as sql,
    (select max(depth) from depths where depths.oid in (c.oid, p.oid)) as depth,
    pg_get_expr(c.relpartbound, c.oid) as bound,
    coalesce((select array_agg(a.attname::text order by k.place) from unnest(t.partattrs::int2[]) with ordinality k (number, place)
      join pg_attribute a on a.attrelid = p.oid and a.attnum = k.number), '{}') as key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_inherits i on i.inhrelid = c.oid and c.relispartition
    left join pg_class p on p.oid = i.inhparent
    left join pg_partitioned_table t on t.partrelid = p.oid
  where c.relkind = 'r' and ${isOurs}
    and pg_get_expr(c.relpartbound, c.oid) is distinct from 'DEFAULT'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`

const viewsSql = `
  select format('%I.%I', n.nspname, c.relname) as sql from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'm' and c.relispopulated and ${isOurs} order by c.oid`

// Sequences number the rows of their columns themselves.
const columnsSql = `
  with recursive bases (oid, base, modifier) as (
    select oid, oid, -1 from pg_type
    union all
    select bases.oid, typbasetype, typtypmod from bases join pg_type t on t.oid = base where typtype = 'd'
  )
  select a.attname as name, format('%I', a.attname) as sql, format_type(a.atttypid, a.atttypmod) as type,
    case when t.typtype = 'd' then format_type(b.base, b.modifier) else format_type(a.atttypid, a.atttypmod) end as base,
    bt.typtype as kind, bt.typcategory = 'A' as array, a.atthasdef as defaulted,
    not a.attnotnull and not t.typnotnull
      and not exists (select from pg_index i where i.indrelid = a.attrelid and a.attnum = any (i.indkey)) as optional,
    array(select pg_get_constraintdef(k.oid) from pg_constraint k where k.contype = 'c'
      and (k.conrelid = a.attrelid and a.attnum = any (k.conkey) or k.contypid = a.atttypid)) as checks
  from pg_attribute a join pg_type t on t.oid = a.atttypid
    join bases b on b.oid = a.atttypid
    join pg_type bt on bt.oid = b.base and bt.typtype <> 'd'
    left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped and a.attidentity = '' and a.attgenerated = ''
    and coalesce(pg_get_expr(f.adbin, f.adrelid), '') not like 'nextval(%'
  order by a.attnum`
