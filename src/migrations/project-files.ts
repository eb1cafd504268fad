import { statSync, type Dirent } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { PreconditionError, systemCode, systemReason, UsageError } from '../errors.ts'
import type { MigrationConfig } from './types.ts'

/**
 * The folder that the user named, in the one way to write it that git and the reports use: without './', '..' on the way and a slash
 * at the end. Undefined when none was named.
 */
export function namedFolder({ migrations }: MigrationConfig): string | undefined {
  return migrations.directory === undefined
    ? undefined
    : posix.normalize(migrations.directory).replace(/(?<=.)\/+$/, '')
}

/** The path of a file in such a folder. */
export const fileIn = (folder: string, name: string): string => posix.join(folder, name)

/** UsageError where the user named a folder of migrations that is not there: none would be found, and none be missed. */
export async function requireNamedFolder(directory: string, config: MigrationConfig): Promise<void> {
  const folder = namedFolder(config)
  if (folder === undefined) return
  const said = `migrations.directory in lockkeeper.yml is ${config.migrations.directory}`
  if (posix.isAbsolute(folder))
    throw new UsageError(`${said}: it is a path from the project, as db/migrations.`)
  if (!(await isFolder(join(directory, folder))))
    throw new UsageError(`${said}, and there is no such folder.`)
}

/** The table that the user named, or the framework's usual one. */
export function findTable({ migrations }: MigrationConfig, usual: string): string {
  return migrations.table ?? usual
}

/**
 * The names of the files in a folder, sorted as text; none when there is no such folder. PreconditionError for one that cannot be
 * read: what is in it would be passed over.
 */
export async function listNames(folder: string): Promise<string[]> {
  return (await entriesOf(folder))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** The same of files and folders. */
export async function listAll(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).map(({ name }) => name).sort()
}

/** The same of the folders in it. */
export async function listFolders(folder: string): Promise<string[]> {
  return (await entriesOf(folder))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** The folders at the top of a project, but for hidden ones and those of packages: none of these is the project's own. */
export async function listOwnFolders(directory: string): Promise<string[]> {
  return (await listFolders(directory)).filter((name) => !/^(\.|node_modules$|venv$)/.test(name))
}

/** Like the others here it looks at once: that is over sooner than a thread could be asked for it. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * The paths of everything in a folder and the folders in it, from there; as listNames where it is not there, or cannot be read. Folders
 * that links lead to are looked into only with `followsLinks`, and each once: a link may lead to where it stands.
 */
export async function listPaths(
  folder: string,
  { followsLinks = false }: { readonly followsLinks?: boolean } = {},
): Promise<string[]> {
  const seen = new Set<string>()
  const look = async (within: string): Promise<string[]> => {
    const entries = await entriesOf(join(folder, within))
    if (followsLinks && entries.length > 0) {
      const real = await realpath(join(folder, within))
      if (seen.has(real)) return []
      seen.add(real)
    }
    const paths: string[] = []
    for (const entry of entries) {
      const path = posix.join(within, entry.name)
      paths.push(path)
      if (entry.isDirectory() || (followsLinks && leadsToFolder(entry, join(folder, path))))
        for (const inner of await look(path)) paths.push(inner)
    }
    return paths
  }
  return look('')
}

/** Whether an entry of a folder is a link to another folder. */
export function leadsToFolder(entry: Dirent, path: string): boolean {
  try {
    return entry.isSymbolicLink() && statSync(path).isDirectory()
  } catch {
    // It leads nowhere, or where nobody may look.
    return false
  }
}

const entriesOf = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch((cause: unknown) => unlessMissing(folder, cause, []))

/** Whether there is such a folder. PreconditionError where nobody may look. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return statSync(path).isDirectory()
  } catch (cause) {
    return unlessMissing(path, cause, false)
  }
}

function unlessMissing<T>(folder: string, cause: unknown, none: T): T {
  if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '')) return none
  throw new PreconditionError(`The folder ${folder} cannot be read: ${systemReason(cause)}.`, { cause })
}
