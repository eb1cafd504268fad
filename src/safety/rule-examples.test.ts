import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { largeTables } from '../../test/support/large-tables.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { schemaOfExample, standsAlone } from '../../test/support/rule-schema.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts, type Facts } from '../postgres/facts.ts'
import { lockModeOf } from '../postgres/lock-modes.ts'
import { blocksWriters, lockModes, type Effect, type LockMode } from './effect.ts'
import { rules } from './rules.ts'
import { targetRules } from './rules/target.ts'
import { judge } from './verdict.ts'

/** What the running release sends. */
const queries: readonly string[] = [
  'select id, code, note, price, owner_id, hidden from items',
  "insert into items (id, code, note, owner_id, hidden) values (-1, 'x', 'y', 1, false)",
  'update items set code = code, note = note, price = price, owner_id = owner_id, hidden = hidden where id = 1',
  'select * from cheap_items',
  'select during from bookings',
  'select owner_id, n from item_counts',
  'select year from events',
  'select n from counts',
  "select 'ok'::mood",
  'select twice(2)',
]
const upsert = "insert into items (id, code) values (-2, '1') on conflict (code) do nothing"

const server = sharedPostgres()

interface Seen {
  readonly facts: Facts
  readonly error: string | null
  /** Queries of the running release that worked before and fail now. */
  readonly broken: readonly string[]
  readonly locks: ReadonlyMap<string, LockMode>
}

/** Runs an example on a database of its own. */
async function run(example: string): Promise<Seen> {
  const url = await server.createDatabase()
  return withConnection(url, async (client) => {
    await client.query(schemaOfExample(example))
    const facts = await readFacts(client)
    const before = await failing(client)
    const locks = await locksOf(client, example)
    const error = await attempt(client, example)
    const after = await failing(client)
    return { facts, error, broken: after.filter((query) => !before.includes(query)), locks }
  })
}

async function failing(client: pg.Client): Promise<string[]> {
  const failed: string[] = []
  for (const query of [...queries, upsert]) {
    const error = await rolledBack(client, query)
    if (error !== null) failed.push(query)
  }
  return failed
}

async function rolledBack(client: pg.Client, sql: string): Promise<string | null> {
  await client.query('begin')
  try {
    // Not the owner of the tables.
    await client.query('set local role app')
    await client.query(sql)
    return null
  } catch (error) {
    return String(error)
  } finally {
    await client.query('rollback')
  }
}

async function attempt(client: pg.Client, example: string): Promise<string | null> {
  try {
    await client.query(example.replace(/;\s*$/, ''))
    return null
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    return String(error)
  }
}

async function locksOf(client: pg.Client, example: string): Promise<Map<string, LockMode>> {
  const locks = new Map<string, LockMode>()
  if (standsAlone(example) || /commit/i.test(example)) return locks
  const oids = `select oid::int8::float8 as oid, relname as name from pg_class
    where relname in ('items', 'users', 'bookings', 'cheap_items', 'item_counts', 'events', 'events_2026', 'counts')`
  const names = new Map(
    (await client.query<{ oid: number; name: string }>(oids)).rows.map(({ oid, name }) => [oid, name]),
  )
  await client.query('begin')
  try {
    await client.query(example)
    const { rows } = await client.query<{ oid: number; mode: string }>(
      `select relation::int8::float8 as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
    )
    for (const { oid, mode } of rows) {
      const name = names.get(oid)
      if (name === undefined) continue
      const words = lockModeOf(mode) ?? 'ACCESS SHARE'
      if (lockModes.indexOf(words) > lockModes.indexOf(locks.get(name) ?? 'ACCESS SHARE'))
        locks.set(name, words)
    }
  } catch {
    // What fails holds nothing.
  } finally {
    await client.query('rollback')
  }
  return locks
}

async function judged(example: string, facts: Facts) {
  const change = { transaction: !standsAlone(example), singleQuery: true }
  const { migrations } = await judge([pendingSql(example, change)], largeTables(facts))
  const [migration] = migrations
  if (migration === undefined) throw new Error('There is no judgement.')
  return migration
}

function fails(effects: readonly Effect[]): boolean {
  return effects.some(
    (effect) => effect.fails !== null || (effect.refusesTransaction && effect.statement.inTransaction),
  )
}

function strongest(effects: readonly Effect[], relation: string): LockMode {
  const own = effects
    .filter((effect) => effect.relation === relation)
    .map(({ lock }) => lockModes.indexOf(lock ?? 'ACCESS SHARE'))
  return lockModes[Math.max(0, ...own)] ?? 'ACCESS SHARE'
}

/** Rules whose examples speak of something else than what one run of them shows. */
const elsewhere = new Set([
  'syntax-error',
  'transaction-control',
  'not-judged',
  'data-violates',
  'precheck-not-answered',
  ...targetRules.map(({ id }) => id),
])
const shown = rules.filter(({ id }) => !elsewhere.has(id))

describe('the bad example does what the rule says', () => {
  test.each(shown)('$id', async ({ id, bad, hazards }) => {
    const { facts, error, broken, locks } = await run(bad)
    const { effects, findings } = await judged(bad, facts)
    expect(findings.map(({ rule }) => rule)).toContain(id === 'short-wait' ? 'create-index' : id)
    expect(error !== null).toBe(fails(effects))
    if (error !== null) return
    const breaks = effects.some((effect) => effect.breaks.length > 0)
    expect(broken.length > 0).toBe(breaks)
    for (const [relation, lock] of locks)
      expect([relation, strongest(effects, relation)]).toEqual([relation, lock])
    const blocks = hazards.includes('blocks') && !standsAlone(bad)
    if (blocks) expect([...locks.values()].some((mode) => blocksWriters(mode))).toBe(true)
  })
})

describe('the good example runs, breaks nothing and does not violate the rule', () => {
  test.each(shown)('$id', async ({ id, good }) => {
    const { facts, error, broken } = await run(good)
    const { findings } = await judged(good, facts)
    expect(error).toBeNull()
    expect(broken).toEqual([])
    expect(findings.map(({ rule }) => rule)).not.toContain(id)
  })
})
