import type pg from 'pg'
import { escapeIdentifier, escapeLiteral } from 'pg'
import { columnsOf, relationsOf, type Catalog, type Column, type Relation } from './catalog.ts'
import { withSavepoint } from './savepoint.ts'

/** A query of the running release. */
export interface Probe {
  /** 'read items', 'insert items [all old columns]'. */
  readonly name: string
  readonly sql: string
  readonly onConflict: boolean
}

/**
 * The queries that the running release is taken to send: reads and writes with the columns and the types of now. Only those that work
 * before can break. Rows are made of values that are there.
 */
export async function oldProbes(client: pg.Client, catalog: Catalog): Promise<Probe[]> {
  const probes: Probe[] = []
  // What is in a partition is read and written through its parent.
  const relations = relationsOf(catalog, 'rpvmf').filter(({ partition }) => !partition)
  for (const relation of relations) {
    const columns = columnsOf(catalog, relation.oid)
    if (columns.length === 0) continue
    probes.push(...reads(relation, columns))
    if (relation.kind !== 'm' && relation.kind !== 'f')
      probes.push(...(await writes(client, relation, columns)))
  }
  const working: Probe[] = []
  for (const probe of probes) if ((await failureOf(client, probe, new Set())) === null) working.push(probe)
  return working
}

/**
 * Those that fail now, with the words of Postgres. A row that a constraint refuses is no failure: the constraint is what was asked for.
 * So is a NULL in a column that could hold it `before`.
 */
export async function brokenProbes(
  client: pg.Client,
  probes: readonly Probe[],
  before: Catalog,
): Promise<{ probe: Probe; error: string }[]> {
  const optional = new Set(before.columns.filter((column) => column.optional).map(({ place }) => place))
  const broken: { probe: Probe; error: string }[] = []
  for (const probe of probes) {
    const error = await failureOf(client, probe, optional)
    if (error !== null) broken.push({ probe, error })
  }
  return broken
}

function reads(relation: Relation, columns: readonly Column[]): Probe[] {
  const list = columns.map(({ name }) => escapeIdentifier(name)).join(', ')
  return [
    { name: `read ${relation.name}`, sql: `select ${list} from ${relation.sql} limit 1`, onConflict: false },
    ...columns.map(({ name, type }) => ({
      name: `read ${relation.name} [compare ${name} with ${type}]`,
      sql: `select 1 from ${relation.sql} where ${escapeIdentifier(name)} = null::${type} limit 1`,
      onConflict: false,
    })),
  ]
}

async function writes(client: pg.Client, relation: Relation, columns: readonly Column[]): Promise<Probe[]> {
  const plain = columns.filter(({ generated }) => !generated)
  const values = await lastRow(client, relation, plain)
  const literal = ({ name, type }: Column) => `${values.get(name) ?? 'null'}::${type}`
  const update = (changed: readonly Column[]) =>
    `update ${relation.sql} set ${changed.map((column) => `${escapeIdentifier(column.name)} = ${literal(column)}`).join(', ')} where false`
  const insert = (inserted: readonly Column[]) =>
    inserted.length === 0
      ? `insert into ${relation.sql} default values`
      : `insert into ${relation.sql} (${inserted.map(({ name }) => escapeIdentifier(name)).join(', ')}) values (${inserted.map(literal).join(', ')})`
  const all = plain.filter(({ identity }) => !identity)
  const required = all.filter((column) => column.required)
  const statement = (what: string, sql: string): Probe => ({ name: `${what}`, sql, onConflict: false })
  return [
    statement(`insert ${relation.name} [all old columns]`, insert(all)),
    statement(`insert ${relation.name} [only required old columns]`, insert(required)),
    statement(`update ${relation.name} [all old columns]`, update(plain)),
    ...plain.map((column) =>
      statement(`update ${relation.name} [assign ${column.name}::${column.type}]`, update([column])),
    ),
    ...(await arbiters(client, relation)).map((arbiter) => ({
      name: `${relation.name} on conflict ${arbiter}`,
      sql: `explain ${insert(all)} on conflict ${arbiter} do nothing`,
      onConflict: true,
    })),
  ]
}

/** The values of a row that is there, as literals. */
async function lastRow(
  client: pg.Client,
  relation: Relation,
  columns: readonly Column[],
): Promise<ReadonlyMap<string, string>> {
  const values = columns.map(({ name }) => `${escapeIdentifier(name)}::text as ${escapeIdentifier(name)}`)
  const order = relation.kind === 'v' ? '' : 'order by tableoid desc, ctid desc'
  const found = new Map<string, string>()
  await client.query('begin')
  await withSavepoint(client, async () => {
    const { rows } = await client.query<Record<string, string | null>>(
      `select ${values.join(', ')} from ${relation.sql} ${order} limit 1`,
    )
    for (const [name, value] of Object.entries(rows[0] ?? {}))
      if (value !== null) found.set(name, escapeLiteral(value))
  })
  await client.query('rollback')
  return found
}

/** What ON CONFLICT can name: the columns and the condition of each unique index. */
async function arbiters(client: pg.Client, { oid }: Relation): Promise<string[]> {
  const { rows } = await client.query<{ keys: string; condition: string | null }>(
    `select (select string_agg(pg_get_indexdef(indexrelid, k::int, true), ', ' order by k) from generate_series(1, indnkeyatts) k) as keys,
       pg_get_expr(indpred, indrelid) as condition
     from pg_index where indrelid = $1 and indisunique and indisvalid and indimmediate`,
    [oid],
  )
  return rows.map(({ keys, condition }) => `(${keys})${condition === null ? '' : ` where ${condition}`}`)
}

async function failureOf(
  client: pg.Client,
  { sql, onConflict }: Probe,
  optional: ReadonlySet<string>,
): Promise<string | null> {
  await client.query('begin')
  try {
    await client.query(sql)
    return null
  } catch (error) {
    const { code = '', message, schema = '', table = '', column = '' } = error as pg.DatabaseError
    const place = [schema, table, column].join('.')
    const refusesRow = code === '23502' ? optional.has(place) : code.startsWith('23')
    const otherFailure = onConflict && code !== '42P10'
    return refusesRow || otherFailure ? null : message
  } finally {
    await client.query('rollback')
  }
}
