import type pg from 'pg'

/** Another session that a migration would have to wait for. */
export interface Blocker {
  readonly pid: number
  /** Seconds since its transaction began. */
  readonly age: number
  readonly applicationName: string
  /** As pg_stat_activity says: 'active', 'idle in transaction', ... */
  readonly state: string
  /** Its current or last statement: the first 200 characters. */
  readonly query: string
  /** The given tables that it holds a lock on. Empty for a session that only holds an old snapshot. */
  readonly tables: readonly string[]
  /** lock: it keeps a lock on a table. snapshot: CREATE INDEX CONCURRENTLY waits for its end. */
  readonly why: 'lock' | 'snapshot'
}

/** A transaction younger than this many seconds is on its way out. */
const oldTransaction = 5

const blockersQuery = `
  with wanted as (
    select c.oid, w.name from unnest($1::text[]) as w(name)
    join pg_catalog.pg_class c on c.oid = to_regclass(w.name)
  ),
  session as (
    select a.pid, extract(epoch from clock_timestamp() - a.xact_start)::float8 as age, a.application_name,
      coalesce(a.state, '') as state, left(a.query, 200) as query,
      a.backend_xmin is not null or a.backend_xid is not null as snapshot,
      coalesce((select array_agg(distinct w.name) from pg_catalog.pg_locks l join wanted w on w.oid = l.relation
         where l.pid = a.pid and l.granted and l.locktype = 'relation'
           and l.database = (select oid from pg_catalog.pg_database where datname = current_database())), '{}') as tables
    from pg_catalog.pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid() and a.xact_start is not null
  )
  select * from session
  where (cardinality(tables) > 0 and (state like 'idle in transaction%' or age > $2)) or (snapshot and age > $2)
  order by age desc`

interface Row extends Omit<Blocker, 'applicationName' | 'why'> {
  readonly application_name: string
}

/**
 * Sessions that would hold up a migration of these tables, oldest first: those idle in a transaction, or active for more than 5 s,
 * with a lock on one of them; and other transactions of that age whose snapshot CREATE INDEX CONCURRENTLY must outlast.
 * Names are resolved as Postgres does; a table that does not exist is nobody's. Nothing is ended.
 */
export async function findBlockers(client: pg.Client, tables: readonly string[]): Promise<Blocker[]> {
  const { rows } = await client.query<Row>(blockersQuery, [tables, oldTransaction])
  return rows.map(({ application_name: applicationName, pid, age, state, query, tables: held }) => ({
    pid,
    age,
    applicationName,
    state,
    query,
    tables: held,
    why: held.length > 0 ? 'lock' : 'snapshot',
  }))
}
