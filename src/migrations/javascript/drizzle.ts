import { join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { foldersWith, requireFolder, type FolderQuestion } from '../find-folder.ts'
import { readHistory } from '../history.ts'
import { fileIn, isFile } from '../project-files.ts'
import { readSource } from '../read-source.ts'
import { readSqlFile } from '../sql-file.ts'
import { refused, runStages, type Tool } from '../tool-run.ts'
import type { ApplyOptions, ApplyResult, Framework, MigrationContext, MigrationState } from '../types.ts'
import { askOr, compare } from './compare.ts'
import { findSettings, foldersIn } from './code-settings.ts'
import { historySetting } from './history-setting.ts'
import type { Entry } from './drizzle-journal.ts'
import { findTool } from './program.ts'
import { writtenOut } from './written-out.ts'

/** Drizzle: SQL files in the order of a journal. It applies all that is newer than the newest applied one, in one transaction. */
export const drizzle: Framework = {
  name: 'drizzle',
  historyTables: async (config, directory) => [await historyTable({ config, directory })],
  recognise: async (directory, config) =>
    (await foldersWith(directory, config, await question(directory))).length > 0,
  read: readState,
  apply,
  reverse: async () => refused('Drizzle undoes no migration.'),
}

const settingsFile = /^drizzle\.config\.([cm]?[jt]s|json)$/

const historyTable = (project: Pick<MigrationContext, 'directory' | 'config'>) =>
  historySetting(project, {
    tool: 'Drizzle',
    file: settingsFile,
    table: 'table',
    schema: 'schema',
    usual: { table: '__drizzle_migrations', schema: 'drizzle' },
  })

const usual = [
  'drizzle',
  'drizzle/migrations',
  'src/drizzle',
  'migrations',
  'db/migrations',
  'src/db/migrations',
]

const journal = 'meta/_journal.json'

async function question(directory: string): Promise<FolderQuestion> {
  const settings = await findSettings(directory, settingsFile)
  return {
    tool: 'Drizzle',
    usual,
    settings: settings === null ? null : foldersIn(settings.file, writtenOut(settings.text, 'out')),
    holds: (folder) => isFile(join(directory, folder, journal)),
  }
}

async function readEntries({ directory, config }: MigrationContext) {
  const folder = await requireFolder(directory, config, await question(directory))
  const file = fileIn(folder, journal)
  if (!(await isFile(join(directory, file)))) return { folder, entries: [] }
  // A framework is recognised sooner without what reads its files.
  const { parseJournal } = await import('./drizzle-journal.ts')
  const text = (await readSource(directory, file)).toString()
  try {
    return { folder, entries: parseJournal(text) }
  } catch (cause) {
    throw new PreconditionError(`${file} is no journal of Drizzle.`, { cause })
  }
}

/** The database knows migrations by the time of their making alone: one that is not in the journal has no other name. */
function toolFor(context: MigrationContext, entries: readonly Entry[]): Tool {
  const tags = new Map(entries.map(({ when, tag }) => [String(when), tag]))
  return {
    name: 'Drizzle',
    tlsMode: 'no-verify',
    async listApplied(client) {
      const table = { name: await historyTable(context), columns: ['created_at'], order: 'created_at' }
      return (await readHistory(client, table)).map(
        ({ created_at: when }) => tags.get(when ?? '') ?? `${when}`,
      )
    },
  }
}

async function readState(context: MigrationContext): Promise<MigrationState> {
  const { folder, entries } = await readEntries(context)
  const tool = toolFor(context, entries)
  const applied = await askOr(context, [], tool.listApplied)
  // What is applied and not on disk has the time of its making for a name.
  const times = new Map(entries.map(({ tag, when }) => [tag, when]))
  const made = applied.map((id) => times.get(id) ?? Number(id)).filter((time) => !Number.isNaN(time))
  const newest = Math.max(...made, -Infinity)
  const done = new Set(applied)
  const onDisk = entries.map(({ tag }) => tag)
  const { pending, missing, outOfOrder } = compare(onDisk, applied)
  const read = (id: string) =>
    readSqlFile(context.directory, {
      id,
      name: id.replace(/^\d+_/, ''),
      file: fileIn(folder, `${id}.sql`),
      transaction: true,
      singleQuery: false,
      sendsMark: true,
    })
  return {
    framework: 'drizzle',
    applied,
    missing,
    outOfOrder,
    pending: await Promise.all(pending.map(read)),
    problems: [
      ...(await withoutFile(context.directory, folder, entries)),
      ...entries
        .filter(({ tag, when }) => !done.has(tag) && when <= newest)
        .map(({ tag }) => `Drizzle will never run ${tag}: it was made before the newest applied migration.`),
    ],
  }
}

/** Drizzle reads all of its files first, those of applied migrations, too. */
async function withoutFile(directory: string, folder: string, entries: readonly Entry[]): Promise<string[]> {
  const files = entries.map(({ tag }) => fileIn(folder, `${tag}.sql`))
  const there = await Promise.all(files.map((file) => isFile(join(directory, file))))
  return files.filter((_, index) => !there[index]).map((file) => `Drizzle refuses to run without ${file}.`)
}

async function apply(context: MigrationContext, options: ApplyOptions = {}): Promise<ApplyResult> {
  const { pending, problems } = await readState(context)
  if (problems.length > 0) throw new PreconditionError(problems.join(' '))
  if (options.count !== undefined && options.count < pending.length)
    return refused('Drizzle applies all pending migrations or none: they share one transaction.')
  const { entries } = await readEntries(context)
  const tool = toolFor(context, entries)
  if (pending.length === 0) return runStages(tool, context, [], options)
  const { file, first } = await findTool(context, 'drizzle-kit')
  const ids = pending.map(({ id }) => id)
  return runStages(tool, context, [{ direction: 'up', ids, file, arguments: [...first, 'migrate'] }], options)
}
