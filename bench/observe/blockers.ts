import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { withConnection } from '../../src/postgres/connection.ts'
import type { LockMode } from '../../src/safety/effect.ts'
import type { Statement } from '../../src/safety/parse.ts'
import { majorVersion } from './catalog.ts'
import { changedFiles, type Before } from './run.ts'
import { addLocks, readCounters, readFiles, worked, type AllCounters, type Work } from './work.ts'

/** What other sessions hold on every table or index: what asks for a stronger lock must wait, and is seen. */
export type Blocker = 'a reader' | 'a writer' | 'a stronger lock' | 'a lock on each index'
export const blockers: readonly Blocker[] = [
  'a reader',
  'a writer',
  'a stronger lock',
  'a lock on each index',
]

// Planning a query locks the indexes of its tables as well; a comment on an index locks nothing else.
const blockingSql: { readonly [B in Blocker]: (table: string) => string } = {
  'a reader': (table) => `select 1 from only ${table} limit 0`,
  'a writer': (table) => `lock table only ${table} in row exclusive mode`,
  'a stronger lock': (table) => `lock table only ${table} in exclusive mode`,
  'a lock on each index': (index) => `comment on index ${index} is null`,
}

const pause = 0 // milliseconds between two looks at the locks: some are held for an instant
const deadline = 30_000 // milliseconds for a statement on a thousand rows

/** Runs a statement by itself and writes down the locks that it holds and waits for. A blocker goes as soon as it is waited for. */
export async function runAgainstBlockers(
  url: string,
  client: pg.Client,
  { sql }: Statement,
  before: Before,
  blocker: Blocker | null,
): Promise<Work> {
  return withConnection(url, async (watcher) => {
    const files = await readFiles(watcher)
    const counters = await readCounters(watcher, 'everything')
    const sessions =
      blocker === null ? new Map<number, pg.Client>() : await openBlockers(url, before, blocker)
    try {
      const held = await watch(watcher, client, sql, sessions, before)
      const after = await settledCounters(watcher, client, counters)
      const rewritten = changedFiles(files, await readFiles(watcher), before)
      return { sql, held, ...worked(before.tables, counters, after), rewritten, refusesTransaction: true }
    } finally {
      for (const session of sessions.values()) await session.end()
    }
  })
}

async function openBlockers(url: string, before: Before, blocker: Blocker): Promise<Map<number, pg.Client>> {
  const sessions = new Map<number, pg.Client>()
  const kinds = blocker === 'a lock on each index' ? ['i'] : ['r', 'p']
  const relations = [...before.relations.values()].filter(({ kind }) => kinds.includes(kind))
  for (const relation of relations) {
    const session = new pg.Client({ connectionString: url })
    session.on('error', () => undefined)
    await session.connect()
    sessions.set(relation.oid, session)
    await session.query('begin')
    await session.query(blockingSql[blocker](relation.sql))
  }
  return sessions
}

interface SeenLock {
  readonly oid: number
  readonly mode: string
  readonly granted: boolean
  readonly kind: string
}

async function watch(
  watcher: pg.Client,
  client: pg.Client,
  sql: string,
  sessions: Map<number, pg.Client>,
  { relations }: Before,
): Promise<ReadonlyMap<number, LockMode>> {
  const { rows: own } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const locks = new Map<number, LockMode>()
  let running = true
  const end = Date.now() + deadline
  const statement = client.query(sql).finally(() => (running = false))
  statement.catch(() => undefined)
  while (running) {
    const { rows } = await watcher.query<SeenLock>(
      `select case locktype when 'relation' then relation else 0 end::int8::float8 as oid, mode, granted, locktype as kind
       from pg_locks where pid = $1`,
      [own[0]?.pid],
    )
    addLocks(locks, rows, relations)
    for (const { oid, kind } of rows.filter(({ granted }) => !granted))
      await release(sessions, kind === 'relation' ? oid : null)
    if (Date.now() > end) throw new Error(`It has not ended after ${deadline / 1000} seconds: ${sql}`)
    await sleep(pause)
  }
  await statement
  return locks
}

/** Ends the session that holds a table, or all of them where it cannot be told who is waited for. */
async function release(sessions: Map<number, pg.Client>, table: number | null): Promise<void> {
  const key = table !== null && sessions.has(table) ? [table] : [...sessions.keys()]
  for (const oid of key) {
    await sessions.get(oid)?.end()
    sessions.delete(oid)
  }
}

const settling = 2000 // milliseconds: Postgres 13 and 14 collect the counters of a session late

/** The counters once those of the session are in them: it hands them over when it is idle, and not before a while has passed. */
async function settledCounters(
  watcher: pg.Client,
  client: pg.Client,
  before: AllCounters,
): Promise<AllCounters> {
  const atOnce = (await majorVersion(watcher)) >= 15
  const end = Date.now() + (atOnce ? settling / 10 : settling)
  for (;;) {
    await client.query(atOnce ? 'select pg_stat_force_next_flush()' : 'select 1')
    await watcher.query('select pg_stat_clear_snapshot()')
    const now = await readCounters(watcher, 'everything')
    const changed = [...now].some(([oid, { scans }]) => scans !== (before.get(oid)?.scans ?? 0))
    if (changed || Date.now() > end) return now
    await sleep(20)
  }
}
