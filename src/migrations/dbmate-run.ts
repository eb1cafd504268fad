import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { dbmateArguments, dbmateUrl, findDbmate } from './dbmate-command.ts'
import { filesIn, findFolder, historyTable, readApplied, readMigration, readState } from './dbmate-state.ts'
import { runsConcurrently } from './sql-file.ts'
import {
  notTheNewest,
  refused,
  requireDatabase,
  runStages,
  type Reachable,
  type Stage,
  type Tool,
} from './tool-run.ts'
import type { ApplyOptions, ApplyResult, MigrationContext, RunOptions } from './types.ts'

/** One migration on its way up or down. */
interface Move {
  readonly id: string
  readonly fileName: string
  readonly direction: Stage['direction']
  readonly sql: string | null
}

/** Applies pending migrations one by one, oldest first, each judged by what the database then lists. */
export async function applyMigrations(
  context: MigrationContext,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const reachable = requireDatabase(context)
  const state = await readState(context)
  if (state.problems.length > 0) throw new PreconditionError(state.problems.join(' '))
  const moves = state.pending.slice(0, options.count).map(({ id, file, sql }) => {
    const fileName = file.slice(file.lastIndexOf('/') + 1)
    return { id, fileName, sql, direction: 'up' } as const
  })
  return moveAll(moves, reachable, options)
}

/** Undoes exactly these migrations, newest first, and stops at the first that is not the newest applied one or does not yield. */
export async function reverseMigrations(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  const reachable = requireDatabase(context)
  const folder = await findFolder(context.directory, context.config)
  const files = await filesIn(join(context.directory, folder))
  const moves: Move[] = []
  for (const id of ids) {
    const file = files.find(({ version }) => version === id)
    if (file === undefined) return refused(`The file of migration ${id} is missing, so it cannot be undone.`)
    const { migration } = await readMigration(context.directory, folder, file)
    if (!migration.reverse.available) return refused(`Migration ${id} has no statements to undo it.`)
    moves.push({ id, fileName: file.fileName, sql: migration.reverse.sql, direction: 'down' })
  }
  return moveAll(moves, reachable, options)
}

function toolFor(context: Reachable): Tool {
  return {
    name: 'dbmate',
    listApplied: (client) => readApplied(client, context),
    environment: (session) => ({
      DATABASE_URL: dbmateUrl(context.url, session),
      DBMATE_WAIT: 'false',
      DBMATE_STRICT: 'false',
    }),
  }
}

/** dbmate works on copies, in a temporary folder, so that nothing of the project is read or written. */
async function moveAll(
  moves: readonly Move[],
  context: Reachable,
  options: RunOptions,
): Promise<ApplyResult> {
  const copies = await mkdtemp(join(tmpdir(), 'lockkeeper-dbmate-'))
  try {
    const stages: Stage[] = []
    for (const move of moves) stages.push(await stageFor(move, context, join(copies, move.id)))
    return await runStages(toolFor(context), context, stages, options)
  } finally {
    await rm(copies, { recursive: true, force: true })
  }
}

/** dbmate shall see the one migration, so that it can run no other. */
async function stageFor(
  { id, fileName, direction, sql }: Move,
  { directory, config }: Reachable,
  folder: string,
): Promise<Stage> {
  await mkdir(folder)
  await copyFile(join(directory, await findFolder(directory, config), fileName), join(folder, fileName))
  return {
    direction,
    ids: [id],
    folder,
    file: await findDbmate(directory),
    arguments: dbmateArguments(direction === 'up' ? 'migrate' : 'rollback', folder, historyTable(config)),
    concurrent: await runsConcurrently(sql),
    obstacle: (applied) => (direction === 'up' ? null : notTheNewest(id, applied)),
  }
}
