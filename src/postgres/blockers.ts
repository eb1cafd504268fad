import type pg from 'pg'
import { conflict, lockModeOf, type LockMode } from './lock-modes.ts'
import { shortQuery } from './short-query.ts'

/** Another session that a migration would have to wait for. */
export interface Blocker {
  readonly what: 'session' | 'dump' | 'vacuum against wraparound' | 'prepared transaction'
  /** Null for a prepared transaction: it has no session any more. */
  readonly pid: number | null
  /** Seconds since its transaction began; null when the role of the connection may not see that. */
  readonly age: number | null
  /** Of a prepared transaction, its name. */
  readonly applicationName: string
  /** As pg_stat_activity says: 'active', 'idle in transaction', ... Empty when that may not be seen. */
  readonly state: string
  /** Its current or last statement, without its values: the first characters. Empty when that may not be seen. */
  readonly query: string
  /** The given tables on which it has, or waits for, a lock that is in the way. Empty for a session that only holds an old snapshot. */
  readonly tables: readonly string[]
  /** Those locks. */
  readonly held: readonly WantedLock[]
  /** lock: it keeps a lock on a table. snapshot: CREATE INDEX CONCURRENTLY waits for its end. */
  readonly why: 'lock' | 'snapshot'
}

/** A lock that a migration asks for. */
export interface WantedLock {
  /** As SQL writes it. */
  readonly table: string
  readonly lock: LockMode
}

export interface FindBlockers {
  readonly locks: readonly WantedLock[]
  /** Whether a statement waits for every older snapshot of the database, as CREATE INDEX CONCURRENTLY does. */
  readonly snapshots: boolean
}

/** A transaction younger than this many seconds is on its way out. */
export const oldTransaction = 5

/**
 * Requests that wait count as well: they are served first. A role without the rights of pg_monitor sees of other roles' sessions
 * neither age nor query; of a vacuum, the age of the table tells then what it is for.
 */
const blockersQuery = `
  with wanted as (
    select c.oid, w.name, c.relfrozenxid <> 0 and age(c.relfrozenxid) > current_setting('autovacuum_freeze_max_age')::int as old
    from unnest($1::text[]) as w(name) join pg_catalog.pg_class c on c.oid = to_regclass(w.name)
  ), lock as (
    select l.pid, l.virtualtransaction, bool_or(w.old) as old, json_agg(json_build_array(w.name, l.mode)) as held
    from pg_catalog.pg_locks l join wanted w on w.oid = l.relation
    where l.locktype = 'relation'
      and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
    group by 1, 2
  )
  select a.pid, extract(epoch from clock_timestamp() - a.xact_start)::float8 as age, a.application_name as "applicationName",
    coalesce(a.state, '') as state, case when a.backend_type is null then '' else a.query end as query,
    a.backend_type is null as hidden, coalesce(lock.held, '[]') as held,
    case when a.backend_type = 'autovacuum worker' or (a.backend_type is null and a.usesysid is null)
        then case when a.query like '%(to prevent wraparound)%' or (a.backend_type is null and lock.old)
          then 'vacuum against wraparound' else 'vacuum' end
      when a.application_name like 'pg\\_dump%' or a.query ilike 'copy %to stdout%' then 'dump' else 'session' end as what,
    a.backend_xmin is not null and a.backend_type = 'client backend'
      and not exists (select from pg_catalog.pg_stat_progress_vacuum v where v.pid = a.pid) as snapshot
  from pg_catalog.pg_stat_activity a left join lock on lock.pid = a.pid
  where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type is distinct from 'parallel worker'
    and (lock.pid is not null or a.backend_xmin is not null)
  union all
  select null, extract(epoch from clock_timestamp() - p.prepared)::float8, p.gid, 'prepared', '', false, lock.held,
    'prepared transaction', false
  from pg_catalog.pg_prepared_xacts p
  join pg_catalog.pg_locks own on own.locktype = 'transactionid' and own.transactionid = p.transaction and own.pid is null
  join lock on lock.pid is null and lock.virtualtransaction = own.virtualtransaction
  where p.database = current_database()
  order by age desc nulls last`

interface Row extends Omit<Blocker, 'tables' | 'held' | 'why' | 'what'> {
  readonly what: Blocker['what'] | 'vacuum'
  readonly hidden: boolean
  readonly snapshot: boolean
  /** The tables with the modes, as pg_locks calls them. */
  readonly held: readonly (readonly [string, string])[]
}

/**
 * Sessions that would hold up a migration that asks for these locks, oldest first: those idle in a transaction, or active for more than
 * 5 s, with a lock in the way; prepared transactions and vacuums against wraparound, which do not give way; and other transactions of that
 * age whose snapshot has to be outlasted. Names are resolved as Postgres does; a table that does not exist is nobody's. Nothing is ended.
 */
export async function findBlockers(client: pg.Client, wanted: FindBlockers): Promise<Blocker[]> {
  const tables = [...new Set(wanted.locks.map(({ table }) => table))]
  const { rows } = await client.query<Row>(blockersQuery, [tables])
  return rows.flatMap((row) => toBlocker(row, wanted) ?? [])
}

function toBlocker({ held, hidden, snapshot, ...row }: Row, wanted: FindBlockers): Blocker | undefined {
  const { what, age, state } = row
  // Postgres ends a vacuum that somebody waits for, unless it is against wraparound.
  if (what === 'vacuum') return undefined
  const inTheWay = held.flatMap((lock) => readLock(lock)).filter((lock) => isInTheWay(lock, wanted.locks))
  const tables = [...new Set(inTheWay.map(({ table }) => table))]
  const isOld = age !== null && age > oldTransaction
  const isOpen = isOld || hidden || what !== 'session' || state.startsWith('idle in transaction')
  const blocker = { ...row, what, tables, held: inTheWay, query: shortQuery(row.query) }
  if (tables.length > 0 && isOpen) return { ...blocker, why: 'lock' }
  return wanted.snapshots && snapshot && isOld
    ? { ...blocker, tables: [], held: [], why: 'snapshot' }
    : undefined
}

function readLock([table, mode]: readonly [string, string]): WantedLock[] {
  const lock = lockModeOf(mode)
  return lock === undefined ? [] : [{ table, lock }]
}

function isInTheWay(held: WantedLock, locks: readonly WantedLock[]): boolean {
  return locks.some(({ table, lock }) => table === held.table && conflict(lock, held.lock))
}
