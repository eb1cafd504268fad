import { join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { isExecutable } from '../find-program.ts'
import { notTheNewest, refused, runStages, type Stage } from '../tool-run.ts'
import { splitWords } from '../tool-session.ts'
import type { ApplyOptions, ApplyResult, MigrationContext, PendingMigration, RunOptions } from '../types.ts'
import { findFolder, listFiles, railsTool, readRails } from './read.ts'

/** Applies pending migrations: neighbours in one run of db:migrate, those that were merged late one by one. */
export async function applyRails(
  context: MigrationContext,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const state = await readRails(context)
  if (state.problems.length > 0) throw new PreconditionError(state.problems.join(' '))
  const wanted = state.pending.slice(0, options.count)
  const late = state.outOfOrder.length > 0
  const command = await findCommand(context)
  const suffix = await taskSuffix(context)
  const stages = chunksOf(wanted, !late).map(({ ids, concurrent }) => ({
    ...stage(command, 'up', ids, `db:migrate${late ? ':up' : ''}${suffix}`),
    concurrent,
    obstacle: (applied: readonly string[]) => (late ? null : newerThan(ids, applied)),
  }))
  return runStages(railsTool(context.config), context, stages, options)
}

/** db:migrate goes down to a version that is older than the newest applied one: it must never be asked to. */
function newerThan(ids: readonly string[], applied: readonly string[]): string | null {
  const newest = applied.at(-1)
  const last = ids.at(-1)
  if (newest === undefined || last === undefined || BigInt(newest) <= BigInt(last)) return null
  return `Somebody else applied ${newest} in the meantime: nothing more was applied.`
}

interface Chunk {
  readonly ids: string[]
  /** Outside a transaction, as CREATE INDEX CONCURRENTLY must be: it may wait long for old snapshots. */
  readonly concurrent: boolean
}

function chunksOf(migrations: readonly PendingMigration[], together: boolean): Chunk[] {
  const chunks: Chunk[] = []
  for (const { id, transaction } of migrations) {
    const last = chunks.at(-1)
    if (together && last?.concurrent === !transaction) last.ids.push(id)
    else chunks.push({ ids: [id], concurrent: !transaction })
  }
  return chunks
}

/** Undoes exactly these migrations, newest first, and stops at the first that is not the newest applied one. */
export async function reverseRails(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  const onDisk = new Set(
    (await listFiles(context.directory, context.config)).map(({ version }) => String(version)),
  )
  const missing = ids.find((id) => !onDisk.has(id))
  if (missing !== undefined)
    return refused(`The file of migration ${missing} is missing, so it cannot be undone.`)
  const command = await findCommand(context)
  const suffix = await taskSuffix(context)
  const stages = ids.map((id) => ({
    ...stage(command, 'down', [id], `db:migrate:down${suffix}`),
    obstacle: (applied: readonly string[]) => notTheNewest(id, applied),
  }))
  return runStages(railsTool(context.config), context, stages, options)
}

/** Of several databases, a task without a name would move them all, or refuse. */
async function taskSuffix({ directory, config }: MigrationContext): Promise<string> {
  const { findDatabaseName } = await import('./databases.ts')
  const name = await findDatabaseName(directory, await findFolder(directory, config))
  return name === null ? '' : `:${name}`
}

async function findCommand({ directory, config }: MigrationContext): Promise<string[]> {
  if (config.migrations.command !== undefined) return splitWords(config.migrations.command)
  const own = join(directory, 'bin/rails')
  return (await isExecutable(own)) ? [own] : ['bundle', 'exec', 'rails']
}

/** The settings of production, as on a dyno; a secret that no migration needs is not asked for. */
const environment = { RAILS_ENV: 'production', SECRET_KEY_BASE_DUMMY: '1', DISABLE_SPRING: '1' }

function stage(
  [file = 'rails', ...first]: readonly string[],
  direction: Stage['direction'],
  ids: readonly string[],
  task: string,
): Stage {
  return {
    direction,
    ids,
    file,
    arguments: [...first, task],
    environment: { ...environment, VERSION: ids.at(-1) ?? '' },
  }
}
