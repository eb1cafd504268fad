import { join } from 'node:path'
import { PreconditionError, UsageError } from '../errors.ts'
import { nameFolder } from './next-steps.ts'
import { isFolder, listAll, namedFolder } from './project-files.ts'
import type { MigrationConfig } from './types.ts'

/** What settings of a tool say of where its migrations are. */
export interface FolderSettings {
  /** Where they stand, from the project. */
  readonly file: string
  /** From the project; null where only the tool itself can tell. */
  readonly folders: readonly string[] | null
}

/** How a tool's migrations are looked for. */
export interface FolderQuestion {
  /** For messages: 'Knex'. */
  readonly tool: string
  /** Where they are when no settings say it. */
  readonly usual: readonly string[]
  /** Null where the tool's own settings leave it to the tool. */
  readonly settings?: FolderSettings | null
  /** Whether a folder of the project has migrations of the tool. */
  readonly holds: (folder: string) => Promise<boolean>
}

/** The folders that have migrations of a tool: the one that the user named, those of its settings, or the usual ones. */
export async function foldersWith(
  directory: string,
  config: MigrationConfig,
  question: FolderQuestion,
): Promise<string[]> {
  const found: string[] = []
  for (const folder of placesOf(config, question)) {
    if ((await isFolder(join(directory, folder))) && (await question.holds(folder))) found.push(folder)
  }
  return found
}

/**
 * The one folder of a tool's migrations, which may be empty. UsageError where it is not clear which one that is; PreconditionError
 * where there is none, or something else in it: migrations that nobody finds would count as none.
 */
export async function requireFolder(
  directory: string,
  config: MigrationConfig,
  question: FolderQuestion,
): Promise<string> {
  const { tool, settings } = question
  if (namedFolder(config) === undefined && settings?.folders === null)
    throw new UsageError(
      `${settings.file} says where the migrations of ${tool} are in a way that only ${tool} itself can tell.`,
      { next: nameFolder },
    )
  const [found, ...more] = await foldersWith(directory, config, question)
  if (found !== undefined && more.length > 0)
    throw new UsageError(
      `There are migrations of ${tool} in several folders, ${[found, ...more].join(' and ')}, and Lockkeeper reads one.`,
      { next: ['Name the folder of those that are judged in lockkeeper.yml: migrations.directory'] },
    )
  if (found !== undefined) return found
  const places = placesOf(config, question)
  for (const folder of places) if (await isEmpty(join(directory, folder))) return folder
  throw new PreconditionError(
    `No migrations of ${tool} were found. They were looked for in ${places.join(', ')}.`,
    { next: nameFolder },
  )
}

function placesOf(config: MigrationConfig, { usual, settings }: FolderQuestion): readonly string[] {
  const named = namedFolder(config)
  return named === undefined ? (settings?.folders ?? usual) : [named]
}

/** Whether a folder is there and kept for what will come. */
export async function isEmpty(folder: string): Promise<boolean> {
  return (await isFolder(folder)) && (await listAll(folder)).every((name) => /^(\.|readme)/i.test(name))
}
