import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { PreconditionError } from '../errors.ts'
import { withConnection } from '../postgres/connection.ts'
import { dropIndexes, invalidIndexes } from '../postgres/invalid-indexes.ts'
import { endSessionsOf } from '../postgres/own-sessions.ts'
import { runCommand, type CommandResult } from './command.ts'
import { createKeeper, toolEnvironment, type ToolSession } from './tool-session.ts'
import type { ApplyResult, MigrationContext, RunOptions } from './types.ts'

export type Reachable = MigrationContext & { readonly url: string }

/** A run of a framework's own tool, and what it must come to. A second run goes on where the first one stopped. */
export interface Stage {
  readonly direction: 'up' | 'down'
  /** The migrations that it moves, in the order in which it does. */
  readonly ids: readonly string[]
  readonly file: string
  readonly arguments: readonly string[]
  /** Where it runs: relative to the project, or absolute. Default: the project's top. */
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Some of them build or drop an index concurrently: they wait for old snapshots, and in nobody's way. */
  readonly concurrent?: boolean
  /** Why it must not run on a database that lists these as applied; null when it may. */
  readonly obstacle?: (applied: readonly string[]) => string | null
  /** Called when a migration failed: makes the tool willing to run it again, where nothing of it is left. */
  readonly forgetFailure?: (client: pg.Client, id: string) => Promise<void>
}

export interface Tool {
  /** For messages: 'django'. */
  readonly name: string
  readonly listApplied: (client: pg.Client) => Promise<readonly string[]>
  /** What makes TLS without a check of the certificate: libpq says 'require', node-postgres 'no-verify'. */
  readonly tlsMode?: 'require' | 'no-verify'
  /** What it takes from the environment besides what libpq and its kin do. */
  readonly environment?: (session: Session) => Readonly<Record<string, string>>
}

type Session = Pick<ToolSession, 'lockTimeout' | 'applicationName'>

interface Progress {
  readonly tool: Tool
  readonly context: Reachable
  readonly options: RunOptions
  /** When all must be done: milliseconds since the epoch. */
  readonly end: number
}

const standardDeadline = 3600 // seconds
/** CREATE INDEX CONCURRENTLY may wait this many times longer than a statement that is in somebody's way. */
const concurrentPatience = 30
const longestPause = 30 // seconds between two tries
const sessionDeadline = 30 // seconds for Postgres to end a session that was told to
const answerDeadline = 60 // seconds for a database to come back
const answerPause = 1 // seconds

/** The context, when it has a database. */
export function requireDatabase(context: MigrationContext): Reachable {
  const { url } = context
  if (url === null) throw new PreconditionError('Migrations can only be run on a database.')
  return { ...context, url }
}

/** A result that says why nothing was run. */
export function refused(reason: string): ApplyResult {
  return { ok: false, exitCode: null, output: '', applied: [], reason }
}

/** For tools that undo the newest migration, whatever was meant: why this one must not be undone now. */
export function notTheNewest(id: string, applied: readonly string[]): string | null {
  const newest = applied.at(-1)
  return newest === id
    ? null
    : `The newest applied migration is ${newest ?? 'none'}, not ${id}: it was not undone.`
}

/** Runs the stages one by one, each judged by what the database then lists, and stops at the first that fails. */
export async function runStages(
  tool: Tool,
  context: MigrationContext,
  stages: readonly Stage[],
  options: RunOptions,
): Promise<ApplyResult> {
  const seconds = context.config.migrate.deadline ?? standardDeadline
  const progress = { tool, context: requireDatabase(context), options, end: Date.now() + seconds * 1000 }
  const done: string[] = []
  let last: ApplyResult = { ok: true, exitCode: 0, output: '', applied: [] }
  for (const stage of stages) {
    last = await runWithRetries(stage, progress)
    done.push(...last.applied)
    if (!last.ok) break
  }
  return { ...last, applied: done }
}

async function runWithRetries(stage: Stage, progress: Progress): Promise<ApplyResult> {
  const { attempts, lockTimeout } = progress.context.config.migrate
  const moved = new Set<string>()
  for (let attempt = 1; ; attempt++) {
    const { result, retry } = await runOnce(stage, progress)
    for (const id of result.applied) moved.add(id)
    const whole = { ...result, applied: [...moved] }
    if (result.ok || !retry || attempt >= attempts) return whole
    const pause = pauseAfter(attempt, lockTimeout)
    if (Date.now() + pause > progress.end) return whole
    progress.options.onOutput?.(`A lock was not to be had: try ${attempt + 1} of ${attempts} follows.\n`)
    await sleep(pause, undefined, { signal: progress.options.signal }).catch(() => undefined)
  }
}

/** Doubles with each try and is spread out, so that it does not beat in time with whoever holds the lock. Milliseconds. */
function pauseAfter(attempt: number, lockTimeout: number): number {
  const seconds = Math.min(longestPause, lockTimeout * 2 ** (attempt - 1))
  return seconds * 1000 * (0.5 + Math.random() / 2)
}

interface Once {
  readonly result: ApplyResult
  readonly retry: boolean
}

async function runOnce(stage: Stage, progress: Progress): Promise<Once> {
  const { context, tool, options } = progress
  if (options.signal?.aborted === true) return { result: refused('It was stopped.'), retry: false }
  const [before, invalid] = await ask(
    context,
    async (client) => [await tool.listApplied(client), await invalidIndexes(client)] as const,
  )
  const obstacle = stage.obstacle?.(before) ?? null
  if (obstacle !== null) return { result: refused(obstacle), retry: false }
  const standard = context.config.migrate.lockTimeout
  const lockTimeout = stage.concurrent === true ? standard * concurrentPatience : standard
  const applicationName = `lockkeeper/${crypto.randomUUID().slice(0, 8)}`
  const run = await start(stage, progress, { lockTimeout, applicationName })
  const after = await askUntilAnswered(context, async (client) => {
    if (run.exitCode === null) await endSessionsOf(client, applicationName, sessionDeadline)
    return tool.listApplied(client)
  })
  if (after === null) return { result: { ...bare(run), reason: unanswered(stage) }, retry: false }
  const isMoved = (id: string) => after.includes(id) === (stage.direction === 'up')
  const applied = stage.ids.filter((id) => isMoved(id) && before.includes(id) !== after.includes(id))
  if (stage.ids.every(isMoved)) return { result: { ...bare(run), ok: true, applied }, retry: false }
  const failed = stage.ids.find((id) => !isMoved(id)) ?? ''
  await ask(context, async (client) => {
    await dropInvalid(client, invalid)
    await stage.forgetFailure?.(client, failed)
  }).catch((error: unknown) => {
    options.onOutput?.(`An invalid index may be left behind: ${String(error)}\n`)
  })
  const reason = reasonFor(tool, stage, failed, run)
  // A failure that came sooner than the lock time-out had another cause, and would only come again.
  const retry = run.ended === null && run.seconds >= lockTimeout
  return { result: { ...bare(run), applied, reason }, retry }
}

type Run = CommandResult & { readonly output: string }

async function start(
  stage: Stage,
  { tool, context, options, end }: Progress,
  session: Session,
): Promise<Run> {
  const keeper = createKeeper(context, options.onOutput)
  const result = await runCommand({
    file: stage.file,
    arguments: stage.arguments,
    cwd: resolve(context.directory, stage.folder ?? '.'),
    environment: {
      ...toolEnvironment(context, { ...session, tlsMode: tool.tlsMode ?? 'require' }),
      ...tool.environment?.(session),
      ...stage.environment,
    },
    deadline: (end - Date.now()) / 1000,
    signal: options.signal,
    onLine: keeper.take,
  })
  return { ...result, output: keeper.text() }
}

function bare({ exitCode, output }: Run): ApplyResult {
  return { ok: false, exitCode, output, applied: [] }
}

function reasonFor({ name }: Tool, { direction }: Stage, id: string, run: Run): string {
  const what = direction === 'up' ? 'applied' : 'undone'
  if (run.ended === 'stopped') return `Migration ${id} was stopped before it was ${what}.`
  if (run.ended === 'deadline') return `Migration ${id} was not ${what} before its deadline.`
  const said = run.output.split('\n').findLast((line) => line.trim() !== '') ?? 'nothing'
  return `Migration ${id} was not ${what}: ${name} ended with exit code ${run.exitCode ?? 'unknown'} and said: ${said}`
}

function unanswered({ direction, ids }: Stage): string {
  const what = direction === 'up' ? 'applied' : 'undone'
  return `Whether ${ids.join(', ')} was ${what} is not known: the database did not answer after it ran`
}

/** The run may have cost the connection, or the server: what came of it must be known all the same. Null when nobody answers. */
async function askUntilAnswered<T>(
  context: Reachable,
  use: (client: pg.Client) => Promise<T>,
): Promise<T | null> {
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
async function dropInvalid(client: pg.Client, before: readonly string[]): Promise<void> {
  const left = (await invalidIndexes(client)).filter((index) => !before.includes(index))
  await dropIndexes(client, left)
}

function ask<T>({ url }: Reachable, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withConnection(url, use)
}
