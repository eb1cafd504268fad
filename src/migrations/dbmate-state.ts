import { join } from 'node:path'
import type pg from 'pg'
import { withConnection } from '../postgres/connection.ts'
import { encodingProblem, parseDbmateFile } from './dbmate-file.ts'
import { foldersWith, requireFolder, type FolderQuestion, type FolderSettings } from './find-folder.ts'
import { readHistory } from './history.ts'
import { fileIn, findTable, isFile, listNames } from './project-files.ts'
import { readSource } from './read-source.ts'
import { duplicateVersions, reverseBy } from './sql-file.ts'
import type { MigrationConfig, MigrationContext, MigrationState, PendingMigration } from './types.ts'

/** A migration file as dbmate finds it: by its name alone. */
export interface MigrationFile {
  readonly version: string
  readonly fileName: string
}

/** Where dbmate records versions. */
export const historyTable = (config: MigrationConfig) => findTable(config, 'schema_migrations')

async function question(directory: string): Promise<FolderQuestion> {
  return {
    tool: 'dbmate',
    usual: ['db/migrations'],
    settings: await environmentSettings(directory),
    holds: async (folder) => (await filesIn(join(directory, folder))).length > 0,
  }
}

/** dbmate takes variables from a file as well. */
async function environmentSettings(directory: string): Promise<FolderSettings | null> {
  const file = '.env'
  if (!(await isFile(join(directory, file)))) return null
  const text = (await readSource(directory, file)).toString()
  const said = /^[ \t]*(?:export[ \t]+)?DBMATE_MIGRATIONS_DIR[ \t]*=[ \t]*(["']?)(.*?)\1[ \t]*$/m.exec(
    text,
  )?.[2]
  return said
    ? { file, folders: said.split(',').map((folder) => fileIn('.', folder).replace(/\/+$/, '')) }
    : null
}

/** The folders with files of which at least one has a name for dbmate. */
export async function findFolders(directory: string, config: MigrationConfig): Promise<string[]> {
  return foldersWith(directory, config, await question(directory))
}

/** The folder of the migrations, relative to the project. */
export async function findFolder(directory: string, config: MigrationConfig): Promise<string> {
  return requireFolder(directory, config, await question(directory))
}

/** The files of a folder in dbmate's order. */
export async function filesIn(folder: string): Promise<MigrationFile[]> {
  return (await listNames(folder)).flatMap((fileName) => {
    const version = /^(\d+).*\.sql$/.exec(fileName)?.[1]
    return version === undefined ? [] : [{ version, fileName }]
  })
}

/** The versions that the database lists as applied, oldest first. None when dbmate's table does not exist. */
export async function readApplied(client: pg.Client, { url, config }: MigrationContext): Promise<string[]> {
  const table = historyTable(config)
  const schema = table.includes('.') ? null : firstOfSearchPath(url)
  const name = schema === null ? table : `${schema}.${table}`
  const rows = await readHistory(client, { name, columns: ['version'], order: 'version' })
  return rows.map(({ version }) => version ?? '').sort()
}

// As dbmate does: the search_path of the connection string comes before the one of the role.
function firstOfSearchPath(url: string | null): string | null {
  const path = url === null ? null : new URL(url).searchParams.get('search_path')
  return path?.split(',')[0]?.trim() || null
}

/** Everything that is known of the project's migrations. */
export async function readState(context: MigrationContext): Promise<MigrationState> {
  const { url } = context
  const applied = url === null ? [] : await withConnection(url, (client) => readApplied(client, context))
  const folder = await findFolder(context.directory, context.config)
  const files = await filesIn(join(context.directory, folder))
  return describeState(context.directory, folder, files, applied)
}

async function describeState(
  directory: string,
  folder: string,
  files: readonly MigrationFile[],
  applied: readonly string[],
): Promise<MigrationState> {
  const done = new Set(applied)
  const onDisk = new Set(files.map(({ version }) => version))
  const newest = applied.at(-1)
  const pendingFiles = files.filter(({ version }) => !done.has(version))
  const problems = duplicateVersions(files.map(({ version, fileName }) => ({ version, file: fileName })))
  const pending: PendingMigration[] = []
  for (const file of pendingFiles) {
    const { migration, problem } = await readMigration(directory, folder, file)
    pending.push(migration)
    if (problem !== null) problems.push(problem)
  }
  return {
    framework: 'dbmate',
    applied,
    pending,
    missing: applied.filter((version) => !onDisk.has(version)),
    outOfOrder: pending.map(({ id }) => id).filter((id) => newest !== undefined && id < newest),
    problems,
  }
}

/** Reads one file. One that dbmate would refuse is opaque: nobody knows what it would do. */
export async function readMigration(
  directory: string,
  folder: string,
  { version, fileName }: MigrationFile,
): Promise<{ migration: PendingMigration; problem: string | null }> {
  const file = fileIn(folder, fileName)
  const bytes = await readSource(directory, file)
  const parsed = parseDbmateFile(bytes.toString())
  const name = fileName
    .slice(version.length)
    .replace(/^_/, '')
    .replace(/\.sql$/, '')
  const shared = { id: version, name, file, singleQuery: true }
  if (typeof parsed === 'string') {
    const reverse = { available: false, sql: null, transaction: true }
    const problem = `dbmate does not accept ${file}: ${encodingProblem(bytes) ?? parsed}.`
    return { migration: { ...shared, sql: null, sqlLine: 1, transaction: true, reverse }, problem }
  }
  const { up, down } = parsed
  const migration = {
    ...shared,
    sql: up.sql,
    sqlLine: up.line,
    transaction: up.transaction,
    // An empty block is accepted by dbmate, which then only forgets the version: nothing is undone.
    reverse: await reverseBy(down.sql, down.transaction),
  }
  return { migration, problem: null }
}
