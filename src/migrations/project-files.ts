import { access, readdir, stat } from 'node:fs/promises'
import { constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { MigrationConfig } from './types.ts'

/** What the configuration holds when the user named neither folder nor table: dbmate's own names. */
const standard = { directory: 'db/migrations', table: 'schema_migrations' }

/** The folder that the user named, or the first of the framework's usual ones that exists; undefined when none does. */
export async function findFolder(
  directory: string,
  { migrations }: MigrationConfig,
  usual: readonly string[],
): Promise<string | undefined> {
  const named = migrations.directory === standard.directory ? [] : [migrations.directory]
  for (const folder of named.length > 0 ? named : usual) {
    if (await isFolder(join(directory, folder))) return folder
  }
  return undefined
}

/** The table that the user named, or the framework's usual one. */
export function findTable({ migrations }: MigrationConfig, usual: string): string {
  return migrations.table === standard.table ? usual : migrations.table
}

/** The names of the files in a folder, sorted as text; none when there is no such folder. */
export async function listNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** The names of the folders in a folder, sorted as text; none when there is no such folder. */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** A program of the project's own node_modules (or of a folder above it), or the one on the PATH; undefined when there is none. */
export async function findProgram(directory: string, name: string): Promise<string | undefined> {
  const fileName = process.platform === 'win32' ? `${name}.cmd` : name
  const own = ancestors(directory).map((folder) => join(folder, 'node_modules', '.bin', fileName))
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, fileName))
  for (const candidate of [...own, ...onPath]) {
    if (await isExecutable(candidate)) return candidate
  }
  return undefined
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory)
  return parent === directory ? [directory] : [directory, ...ancestors(parent)]
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
