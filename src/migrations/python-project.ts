import { join } from 'node:path'
import { UsageError } from '../errors.ts'
import { listOwnFolders, namedFolder } from './project-files.ts'
import type { MigrationConfig } from './types.ts'

/**
 * The folder of the project that holds a tool's own file: the one that the user named, the top, or one folder down. Undefined when there is
 * none; UsageError where several folders have it: nobody but the user knows which is meant.
 */
export async function findHome(
  directory: string,
  config: MigrationConfig,
  { tool, file, isHome }: Home,
): Promise<string | undefined> {
  const named = namedFolder(config)
  for (const folder of named === undefined ? ['.', usual] : [named, '.'])
    if (await isHome(folder)) return folder
  const found: string[] = []
  for (const folder of await listOwnFolders(directory)) if (await isHome(folder)) found.push(folder)
  if (found.length > 1)
    throw new UsageError(
      `There are several projects of ${tool} here, ${found.map((folder) => join(folder, file)).join(' and ')}.`,
      { next: [`Name the folder of the one that owns the schema in lockkeeper.yml: migrations.directory`] },
    )
  return found[0]
}

/** Two folders down, and looked at all the same. */
const usual = 'db/migrations'

interface Home {
  /** For messages: 'Django'. */
  readonly tool: string
  readonly file: string
  readonly isHome: (folder: string) => Promise<boolean>
}
