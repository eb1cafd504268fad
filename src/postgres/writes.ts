import type pg from 'pg'

interface TableCounters {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
}

/** Postgres' own running totals of written rows, since they were last reset. */
export interface WriteCounters {
  /** When the totals started again from zero: ISO 8601 as Postgres knows it; null when never. */
  readonly since: string | null
  /** By qualified table name. */
  readonly tables: Readonly<Record<string, TableCounters>>
}

export interface TableWrites extends TableCounters {
  readonly table: string
}

/** Rows written between two readings. */
export interface Writes {
  /** False when the totals were reset in between, or went backwards: the numbers are then only a lower bound. */
  readonly complete: boolean
  /** Tables with at least one write, in the order of their names. */
  readonly tables: readonly TableWrites[]
}

const countersQuery = `
  select format('%I.%I', schemaname, relname) as table, n_tup_ins::float8 as inserted, n_tup_upd::float8 as updated,
    n_tup_del::float8 as deleted
  from pg_catalog.pg_stat_user_tables order by 1`

const resetQuery = `
  select to_json(stats_reset) as since from pg_catalog.pg_stat_database where datname = current_database()`

/**
 * Reads the totals of all user tables. Postgres adds a transaction's writes to them up to a second after its end,
 * so leave that much time after the last write.
 */
export async function readWriteCounters(client: pg.Client): Promise<WriteCounters> {
  const reset = await client.query<{ since: string | null }>(resetQuery)
  const counters = await client.query<TableWrites>(countersQuery)
  const tables = counters.rows.map(({ table, ...counts }) => [table, counts] as const)
  return { since: reset.rows[0]?.since ?? null, tables: Object.fromEntries(tables) }
}

const none: TableCounters = { inserted: 0, updated: 0, deleted: 0 }

/** What was written after the first reading and before the second. A table that was dropped in between is not counted. */
export function writesBetween(before: WriteCounters, after: WriteCounters): Writes {
  const sameCount = before.since === after.since
  const tables = Object.entries(after.tables).map(([table, now]) => {
    const then = sameCount ? (before.tables[table] ?? none) : none
    return {
      table,
      inserted: now.inserted - then.inserted,
      updated: now.updated - then.updated,
      deleted: now.deleted - then.deleted,
    }
  })
  const backwards = tables.some(({ inserted, updated, deleted }) => Math.min(inserted, updated, deleted) < 0)
  const gone = Object.keys(before.tables).some((table) => after.tables[table] === undefined)
  return {
    complete: sameCount && !backwards && !gone,
    tables: tables
      .map(atLeastZero)
      .filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0),
  }
}

function atLeastZero({ table, inserted, updated, deleted }: TableWrites): TableWrites {
  return {
    table,
    inserted: Math.max(0, inserted),
    updated: Math.max(0, updated),
    deleted: Math.max(0, deleted),
  }
}
