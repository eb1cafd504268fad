import type pg from 'pg'
import { lockModes, type LockMode } from '../../src/safety/effect.ts'
import { lockMode } from '../accuracy/case.ts'
import type { Relation } from './catalog.ts'

/** The strongest lock by relation, of those that were there before. */
export type Locks = ReadonlyMap<number, LockMode>

/** What a session has done to tables so far: to take the difference of. */
export interface Counters {
  readonly scans: number
  readonly read: number
  readonly written: number
}

export type AllCounters = ReadonlyMap<number, Counters>

/** What one statement did. */
export interface Work {
  readonly sql: string
  /** What its transaction holds at its end. */
  readonly held: Locks
  readonly scanned: readonly Relation[]
  /** Changed or removed more than half of their rows. */
  readonly mostlyWritten: readonly Relation[]
  /** Tables and indexes that have a new file. */
  readonly rewritten: readonly Relation[]
  /** It ran by itself, because Postgres refuses it inside a transaction. */
  readonly refusesTransaction: boolean
}

const weakest = lockModes.indexOf('ROW SHARE')

/** Adds locks as pg_locks tells of them. */
export function addLocks(
  locks: Map<number, LockMode>,
  rows: readonly { readonly oid: number; readonly mode: string }[],
  known: ReadonlyMap<number, Relation>,
): void {
  for (const { oid, mode } of rows) {
    const rank = lockModes.indexOf(lockMode(mode))
    if (!known.has(oid) || rank < weakest) continue
    if (rank > lockModes.indexOf(locks.get(oid) ?? 'ACCESS SHARE')) locks.set(oid, lockMode(mode))
  }
}

/** Several looks at the locks as one. */
export function strongest(all: readonly (Locks | undefined)[]): Locks {
  const locks = new Map<number, LockMode>()
  for (const [oid, mode] of all.flatMap((one) => [...(one ?? [])])) {
    if (lockModes.indexOf(mode) > lockModes.indexOf(locks.get(oid) ?? 'ACCESS SHARE')) locks.set(oid, mode)
  }
  return locks
}

/** The locks of the session itself. */
export async function ownLocks(client: pg.Client, known: ReadonlyMap<number, Relation>): Promise<Locks> {
  const { rows } = await client.query<{ oid: number; mode: string }>(
    `select relation::int8::float8 as oid, mode from pg_locks
     where pid = pg_backend_pid() and locktype = 'relation' and database = (select oid from pg_database where datname = current_database())`,
  )
  const locks = new Map<number, LockMode>()
  addLocks(locks, rows, known)
  return locks
}

/** Counters of the transaction that is open, or of everything that has ended. */
export async function readCounters(
  client: pg.Client,
  of: 'transaction' | 'everything',
): Promise<AllCounters> {
  const view = of === 'transaction' ? 'pg_stat_xact_user_tables' : 'pg_stat_user_tables'
  const { rows } = await client.query<Counters & { oid: number }>(
    `select relid::int8::float8 as oid, seq_scan::float8 as scans, (seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as read,
       (n_tup_upd + n_tup_del)::float8 as written from ${view}`,
  )
  return new Map(rows.map((row) => [row.oid, row]))
}

export async function readFiles(client: pg.Client): Promise<ReadonlyMap<number, number>> {
  const { rows } = await client.query<{ oid: number; file: number }>(
    `select oid::int8::float8 as oid, pg_relation_filenode(oid)::int8::float8 as file from pg_class where relkind in ('r', 'm', 'i')`,
  )
  return new Map(rows.map(({ oid, file }) => [oid, file]))
}

const none: Counters = { scans: 0, read: 0, written: 0 }

/** The tables whose rows were read, or written, for the most part between two readings of the counters. */
export function worked(
  tables: readonly { readonly relation: Relation; readonly rows: number }[],
  before: AllCounters,
  after: AllCounters,
): Pick<Work, 'scanned' | 'mostlyWritten'> {
  const differences = tables.map(({ relation, rows }) => {
    const [old, now] = [before.get(relation.oid) ?? none, after.get(relation.oid) ?? none]
    return {
      relation,
      rows,
      scans: now.scans - old.scans,
      read: now.read - old.read,
      written: now.written - old.written,
    }
  })
  // Of a table that could not be filled only the start of a scan shows.
  const scanned = differences.filter(({ rows, scans, read }) => (rows < 20 ? scans > 0 : read >= rows * 0.9))
  const written = differences.filter((one) => one.rows > 0 && one.written >= one.rows / 2)
  return {
    scanned: scanned.map(({ relation }) => relation),
    mostlyWritten: written.map(({ relation }) => relation),
  }
}
