import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadModule, parseSync } from 'libpg-query'
import { PreconditionError } from '../errors.ts'
import { withConnection } from '../postgres/connection.ts'
import { dropIndexes, invalidIndexes } from '../postgres/invalid-indexes.ts'
import { endSessionsOf } from '../postgres/own-sessions.ts'
import { runDbmate, type DbmateResult, type DbmateRun } from './dbmate-command.ts'
import { listFiles, readApplied, readMigration, readState } from './dbmate-state.ts'
import type { ApplyOptions, ApplyResult, MigrationContext, RunOptions } from './types.ts'

type Reachable = MigrationContext & { readonly url: string }

/** One migration on its way up or down. */
interface Move {
  readonly id: string
  readonly fileName: string
  readonly verb: DbmateRun['verb']
  readonly sql: string | null
}

interface Progress {
  readonly context: Reachable
  readonly options: RunOptions
  /** When all must be done: milliseconds since the epoch. */
  readonly end: number
}

const standardDeadline = 3600 // seconds
/** CREATE INDEX CONCURRENTLY waits for old snapshots, not in anybody's way: it may wait this many times longer. */
const concurrentPatience = 30
const longestPause = 30 // seconds between two tries
const sessionDeadline = 30 // seconds for Postgres to end a session that was told to
const answerDeadline = 60 // seconds for a database to come back
const answerPause = 1 // seconds

/** Applies pending migrations one by one, oldest first, each judged by what the database then lists. */
export async function applyMigrations(
  context: MigrationContext,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const progress = begin(context, options)
  const state = await readState(context)
  if (state.problems.length > 0) throw new PreconditionError(state.problems.join(' '))
  const moves = state.pending.slice(0, options.count).map(({ id, file, sql }) => {
    const fileName = file.slice(file.lastIndexOf('/') + 1)
    return { id, fileName, sql, verb: 'migrate' } as const
  })
  return moveAll(moves, progress)
}

/** Undoes exactly these migrations, newest first, and stops at the first that is not the newest applied one or does not yield. */
export async function reverseMigrations(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  const progress = begin(context, options)
  const files = await listFiles(context)
  const moves: Move[] = []
  for (const id of ids) {
    const file = files.find(({ version }) => version === id)
    if (file === undefined) return refused(`The file of migration ${id} is missing, so it cannot be undone.`)
    const { migration } = await readMigration(context, file)
    if (!migration.reverse.available) return refused(`Migration ${id} has no statements to undo it.`)
    moves.push({ id, fileName: file.fileName, sql: migration.reverse.sql, verb: 'rollback' })
  }
  return moveAll(moves, progress)
}

function begin(context: MigrationContext, options: RunOptions): Progress {
  const { url } = context
  if (url === null) throw new PreconditionError('Migrations can only be run on a database.')
  const seconds = context.config.migrate.deadline ?? standardDeadline
  return { context: { ...context, url }, options, end: Date.now() + seconds * 1000 }
}

function refused(reason: string): ApplyResult {
  return { ok: false, exitCode: null, output: '', applied: [], reason }
}

async function moveAll(moves: readonly Move[], progress: Progress): Promise<ApplyResult> {
  const done: string[] = []
  let last: ApplyResult = { ok: true, exitCode: 0, output: '', applied: [] }
  for (const move of moves) {
    const reason = await obstacle(move, progress)
    if (reason !== null) return { ...last, ok: false, applied: done, reason }
    last = await moveWithRetries(move, progress)
    if (last.ok) done.push(move.id)
    else break
  }
  return { ...last, applied: done }
}

/** Why a migration must not be undone now: dbmate undoes the newest one, whatever was meant. */
async function obstacle({ id, verb }: Move, { context }: Progress): Promise<string | null> {
  if (verb === 'migrate') return null
  const newest = (await ask(context, (client) => readApplied(client, context))).at(-1)
  return newest === id
    ? null
    : `The newest applied migration is ${newest ?? 'none'}, not ${id}: it was not undone.`
}

async function moveWithRetries(move: Move, progress: Progress): Promise<ApplyResult> {
  const { attempts } = progress.context.config.migrate
  for (let attempt = 1; ; attempt++) {
    const { result, retry } = await moveOnce(move, progress)
    if (result.ok || !retry || attempt >= attempts) return result
    const pause = pauseAfter(attempt, progress.context.config.migrate.lockTimeout)
    if (Date.now() + pause > progress.end) return result
    progress.options.onOutput?.(
      `Migration ${move.id} did not get its lock: try ${attempt + 1} of ${attempts} follows.\n`,
    )
    await sleep(pause, undefined, { signal: progress.options.signal }).catch(() => undefined)
  }
}

/** Doubles with each try and is spread out, so that it does not beat in time with whoever holds the lock. Milliseconds. */
function pauseAfter(attempt: number, lockTimeout: number): number {
  const seconds = Math.min(longestPause, lockTimeout * 2 ** (attempt - 1))
  return seconds * 1000 * (0.5 + Math.random() / 2)
}

async function moveOnce(move: Move, progress: Progress): Promise<{ result: ApplyResult; retry: boolean }> {
  const { context, options, end } = progress
  if (options.signal?.aborted === true) return { result: refused('It was stopped.'), retry: false }
  const lockTimeout = await lockTimeoutFor(move, context)
  const applicationName = `lockkeeper/${randomBytes(4).toString('hex')}`
  const before = await ask(context, invalidIndexes)
  const deadline = (end - Date.now()) / 1000
  const { verb, fileName } = move
  const run = await runDbmate(context, { verb, fileName, lockTimeout, applicationName, deadline }, options)
  const listed = await askUntilAnswered(context, async (client) => {
    if (run.exitCode === null) await endSessionsOf(client, applicationName, sessionDeadline)
    return readApplied(client, context)
  })
  if (listed === null) return { result: outcome(move, run, unanswered(move)), retry: false }
  const ok = listed.includes(move.id) === (verb === 'migrate')
  if (ok) return { result: outcome(move, run, null), retry: false }
  await cleanUp(context, before).catch((error: unknown) => {
    options.onOutput?.(`An invalid index may be left behind: ${String(error)}\n`)
  })
  // A failure that came sooner than the lock time-out had another cause, and would only come again.
  const retry = run.ended === null && run.seconds >= lockTimeout
  return { result: outcome(move, run, reasonFor(move, run)), retry }
}

function outcome(move: Move, { exitCode, output }: DbmateResult, reason: string | null): ApplyResult {
  const shared = { exitCode, output }
  return reason === null
    ? { ...shared, ok: true, applied: [move.id] }
    : { ...shared, ok: false, applied: [], reason }
}

function reasonFor({ id, verb }: Move, { exitCode, ended, output }: DbmateResult): string {
  const what = verb === 'migrate' ? 'applied' : 'undone'
  if (ended === 'stopped') return `Migration ${id} was stopped before it was ${what}.`
  if (ended === 'deadline') return `Migration ${id} was not ${what} before its deadline.`
  const said = output.split('\n').findLast((line) => line.trim() !== '') ?? 'nothing'
  return `Migration ${id} was not ${what}: dbmate ended with exit code ${exitCode ?? 'unknown'} and said: ${said}`
}

function unanswered({ id, verb }: Move): string {
  const what = verb === 'migrate' ? 'applied' : 'undone'
  return `Whether migration ${id} was ${what} is not known: the database did not answer after it ran`
}

/** The run may have cost the connection, or the server: what came of it must be known all the same. Null when nobody answers. */
async function askUntilAnswered<T>(context: Reachable, use: Use<T>): Promise<T | null> {
  const end = Date.now() + answerDeadline * 1000
  for (;;) {
    try {
      return await ask(context, use)
    } catch {
      if (Date.now() > end) return null
      await sleep(answerPause * 1000)
    }
  }
}

/** What a failed CREATE INDEX CONCURRENTLY left would make the next try fail, and may already refuse writes. */
async function cleanUp(context: Reachable, before: readonly string[]): Promise<void> {
  await ask(context, async (client) => {
    const left = (await invalidIndexes(client)).filter((index) => !before.includes(index))
    await dropIndexes(client, left)
  })
}

async function lockTimeoutFor({ sql }: Move, { config }: Reachable): Promise<number> {
  const { lockTimeout } = config.migrate
  return (await runsConcurrently(sql ?? '')) ? lockTimeout * concurrentPatience : lockTimeout
}

async function runsConcurrently(sql: string): Promise<boolean> {
  await loadModule()
  try {
    const statements = parseSync(sql).stmts ?? []
    return statements.some(({ stmt }) => stmt !== undefined && Object.values(stmt).some(isConcurrent))
  } catch {
    return false
  }
}

function isConcurrent(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'concurrent' in node && node.concurrent === true
}

type Use<T> = Parameters<typeof withConnection<T>>[1]

function ask<T>({ url }: Reachable, use: Use<T>): Promise<T> {
  return withConnection(url, use)
}
