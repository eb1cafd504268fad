import type pg from 'pg'
import { lockModes, type LockMode } from '../../src/safety/effect.ts'

/** What Postgres did: by the names of relations. */
export interface ObservedLocks {
  readonly locks: Readonly<Record<string, LockMode>>
  readonly rewritten: readonly string[]
}

/** Runs the statement in a transaction that is rolled back, and looks at what it holds and what it wrote anew. */
export async function observeLocks(client: pg.Client, sql: string): Promise<ObservedLocks> {
  const before = await relationFiles(client)
  await client.query('begin')
  await client.query(sql)
  const held = await client.query<{ oid: number; mode: string }>(
    `select relation::int8::float8 as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
  )
  const after = new Map((await relationFiles(client)).map(({ oid, file }) => [oid, file]))
  await client.query('rollback')
  const locks: Record<string, LockMode> = {}
  for (const { oid, mode } of held.rows) {
    const name = before.find((relation) => relation.oid === oid)?.name
    if (name !== undefined) locks[name] = strongerLock(locks[name], modeName(mode))
  }
  const rewritten = before.filter(
    ({ oid, file, kind }) => /[rm]/.test(kind) && after.has(oid) && after.get(oid) !== file,
  )
  return { locks, rewritten: rewritten.map(({ name }) => name).sort() }
}

/** The relations of the tests' schemas with the files that they are stored in. */
export async function relationFiles(client: pg.Client) {
  const { rows: found } = await client.query<{ oid: number; name: string; kind: string; file: number }>(
    `select oid::int8::float8 as oid, oid::regclass::text as name, relkind as kind, relfilenode::int8::float8 as file
     from pg_class where relnamespace in ('public'::regnamespace, to_regnamespace('elsewhere')) and relkind in ('r', 'p', 'v', 'm', 'i', 'I', 'S', 'c')`,
  )
  return found
}

/** 'AccessExclusiveLock' is ACCESS EXCLUSIVE. */
function modeName(mode: string): LockMode {
  const words = mode.replace(/Lock$/, '').replace(/([a-z])([A-Z])/g, '$1 $2')
  return words.toUpperCase() as LockMode
}

/** The stronger of two modes. */
export function strongerLock(a: LockMode | undefined, b: LockMode): LockMode {
  return a !== undefined && lockModes.indexOf(a) > lockModes.indexOf(b) ? a : b
}
