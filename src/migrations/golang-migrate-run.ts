import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type pg from 'pg'
import { PreconditionError } from '../errors.ts'
import { withConnection } from '../postgres/connection.ts'
import { dirtyProblem, historyTable, readFolder, readState, readVersionRow } from './golang-migrate-state.ts'
import { isUndoneAsOne } from './sql-file.ts'
import { refused, requireDatabase, type Reachable } from './tool-run.ts'
import type { ApplyOptions, ApplyResult, MigrationContext, RunOptions } from './types.ts'

/** One version on its way up or down, and the version that the table then holds; null for none. */
interface Move {
  readonly id: string
  readonly sql: string
  /** What the table says while it runs. */
  readonly version: bigint | null
  readonly after: bigint | null
}

/** Applies pending versions, oldest first, and keeps the table as golang-migrate itself would: dirty while one runs. */
export async function applyGolangMigrate(
  context: MigrationContext,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const reachable = requireDatabase(context)
  const row = await readVersionRow(context)
  const { migrations } = await readFolder(context)
  const { problems } = await readState(context)
  if (problems.length > 0) throw new PreconditionError(problems.join(' '))
  const pending = migrations.filter(({ version }) => version > (row?.version ?? -1n)).slice(0, options.count)
  const unreadable = pending.find(({ sql }) => sql === null)
  if (unreadable !== undefined) throw new PreconditionError(`${unreadable.file} is not text in UTF-8.`)
  const moves = pending.map(({ id, sql, version }) => ({ id, sql: sql ?? '', version, after: version }))
  return moveAll(reachable, moves, options)
}

/** Undoes exactly these versions, newest first, and stops at the first that is not the newest applied one. */
export async function reverseGolangMigrate(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  const reachable = requireDatabase(context)
  const row = await readVersionRow(context)
  if (row?.dirty === true) return refused(dirtyProblem(row.version))
  const { migrations } = await readFolder(context)
  const moves: Move[] = []
  let newest = row?.version ?? null
  for (const id of ids) {
    const index = migrations.findIndex((migration) => migration.id === id)
    const migration = migrations[index]
    if (migration === undefined)
      return refused(`The file of migration ${id} is missing, so it cannot be undone.`)
    if (migration.version !== newest)
      return refused(`The newest applied migration is ${newest ?? 'none'}, not ${id}: it was not undone.`)
    const { sql } = migration.reverse
    if (sql === null) return refused(`Migration ${id} has no statements to undo it.`)
    newest = migrations[index - 1]?.version ?? null
    moves.push({ id, sql, version: newest, after: newest })
  }
  return moveAll(reachable, moves, options)
}

async function moveAll(
  context: Reachable,
  moves: readonly Move[],
  { onOutput, signal }: RunOptions,
): Promise<ApplyResult> {
  const { attempts, lockTimeout } = context.config.migrate
  const done: string[] = []
  const result = (reason?: string): ApplyResult =>
    reason === undefined
      ? { ok: true, exitCode: 0, output: '', applied: done }
      : { ok: false, exitCode: null, output: '', applied: done, reason }
  if (moves.length === 0) return result()
  return withConnection(context.url, async (client) => {
    const table = await prepare(client, context)
    for (const move of moves) {
      if (signal?.aborted === true) return result(`It was stopped before migration ${move.id}.`)
      let failure = await runMove(client, table, move)
      for (let attempt = 1; failure?.retry === true && attempt < attempts; attempt++) {
        await sleep(lockTimeout * 1000 * Math.random(), undefined, { signal }).catch(() => undefined)
        failure = await runMove(client, table, move)
      }
      if (failure !== null) return result(`Migration ${move.id} failed: ${failure.reason}`)
      onOutput?.(`${move.id}\n`)
      done.push(move.id)
    }
    return result()
  })
}

/** The session's settings, golang-migrate's advisory lock, and its table, as it makes it. Resolves to the table's name. */
async function prepare(client: pg.Client, { config }: Reachable): Promise<string> {
  const milliseconds = Math.ceil(config.migrate.lockTimeout * 1000)
  await client.query(`select set_config('lock_timeout', $1, false)`, [String(milliseconds)])
  const parts = historyTable(config).split('.')
  const { rows } = await client.query<{ database: string; schema: string }>(
    'select current_database() as database, coalesce($1, current_schema()) as schema',
    [parts.length > 1 ? parts[0] : null],
  )
  const { database = '', schema = '' } = rows[0] ?? {}
  const name = parts.at(-1) ?? ''
  await client.query('select pg_advisory_lock($1)', [advisoryLock(database, schema, name)])
  const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`
  await client.query(
    `create table if not exists ${table} (version bigint not null primary key, dirty boolean not null)`,
  )
  return table
}

const lockSalt = 1_486_364_155

/** The number that golang-migrate locks, so that the two never run at once. */
export function advisoryLock(database: string, schema: string, table: string): string {
  const sum = BigInt(crc32([schema, table, database].join('\0')))
  return String((sum * BigInt(lockSalt)) & 0xffff_ffffn)
}

interface Failure {
  readonly reason: string
  /** It did not get its lock, and left nothing behind. */
  readonly retry: boolean
}

const lockNotAvailable = '55P03'

/** Null when it is done. The row stays dirty otherwise, unless Postgres undid everything: a file is one implied transaction. */
async function runMove(
  client: pg.Client,
  table: string,
  { sql, version, after }: Move,
): Promise<Failure | null> {
  const before = await client.query<{ version: string }>(`select version::text from ${table}`)
  try {
    await setVersion(client, table, version, true)
    if (sql.trim() !== '') await client.query(sql)
    await setVersion(client, table, after, false)
    return null
  } catch (error) {
    const undone = isUndoneAsOne(sql)
    if (undone) {
      const old = before.rows[0]?.version
      await setVersion(client, table, old === undefined ? null : BigInt(old), false).catch(() => undefined)
    }
    const reason = error instanceof Error ? error.message : String(error)
    return { reason, retry: undone && (error as { code?: unknown }).code === lockNotAvailable }
  }
}

/** Replaces the row, as golang-migrate does. No version at all is dirty as -1, and no row otherwise. */
async function setVersion(
  client: pg.Client,
  table: string,
  version: bigint | null,
  dirty: boolean,
): Promise<void> {
  await client.query('begin')
  try {
    await client.query(`truncate ${table}`)
    if (version !== null || dirty)
      await client.query(`insert into ${table} (version, dirty) values ($1, $2)`, [
        String(version ?? -1n),
        dirty,
      ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
