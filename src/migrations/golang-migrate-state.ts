import { join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { withConnection } from '../postgres/connection.ts'
import { foldersWith, requireFolder, type FolderQuestion } from './find-folder.ts'
import { readHistory } from './history.ts'
import { fileIn, findTable, listNames } from './project-files.ts'
import { duplicateVersions, readSqlFile } from './sql-file.ts'
import type { MigrationConfig, MigrationContext, MigrationState, PendingMigration } from './types.ts'

const folders = ['migrations', 'db/migrations', 'database/migrations', 'db/migration', 'sql/migrations']

/** Where golang-migrate records the newest version. */
export const historyTable = (config: MigrationConfig) => findTable(config, 'schema_migrations')

const question = (directory: string): FolderQuestion => ({
  tool: 'golang-migrate',
  usual: folders,
  holds: async (folder) => (await filesIn(directory, folder)).length > 0,
})

/** Whether there are files whose names golang-migrate understands. */
export async function hasFiles(directory: string, config: MigrationConfig): Promise<boolean> {
  return (await foldersWith(directory, config, question(directory))).length > 0
}

async function listFiles(directory: string, config: MigrationConfig): Promise<FoundFile[]> {
  return filesIn(directory, await requireFolder(directory, config, question(directory)))
}

async function filesIn(directory: string, folder: string): Promise<FoundFile[]> {
  return (await listNames(join(directory, folder))).flatMap((fileName) => {
    const [, version, name, half] = /^(\d+)_(.*)\.(down|up)\.sql$/.exec(fileName) ?? []
    if (version === undefined || name === undefined) return []
    return [
      { version: BigInt(version), name, half: half === 'up' ? 'up' : 'down', file: fileIn(folder, fileName) },
    ]
  })
}

interface FoundFile {
  readonly version: bigint
  readonly name: string
  readonly half: 'up' | 'down'
  readonly file: string
}

/** Every version on disk, oldest first, and what makes the folder doubtful. */
export async function readFolder({ directory, config }: MigrationContext): Promise<{
  readonly migrations: readonly (PendingMigration & { readonly version: bigint })[]
  readonly problems: readonly string[]
}> {
  const files = await listFiles(directory, config)
  const versions = [...new Set(files.map(({ version }) => version))].sort((a, b) => (a < b ? -1 : 1))
  const migrations = await Promise.all(versions.map((version) => readVersion(directory, version, files)))
  const problems = (['up', 'down'] as const).flatMap((half) =>
    duplicateVersions(
      files
        .filter((file) => file.half === half)
        .map(({ version, file }) => ({ version: String(version), file })),
    ),
  )
  return { migrations, problems }
}

/** A version without an up file does nothing on its way up, and counts all the same. */
async function readVersion(directory: string, version: bigint, files: readonly FoundFile[]) {
  const own = files.filter((file) => file.version === version)
  const up = own.find(({ half }) => half === 'up')
  const down = own.find(({ half }) => half === 'down')
  const shared = { id: String(version), name: own[0]?.name ?? '', transaction: false, singleQuery: true }
  const read = (file: string) => readSqlFile(directory, { ...shared, file, downFile: down?.file })
  if (up !== undefined) return { ...(await read(up.file)), version }
  return { ...(await read(down?.file ?? '')), sql: '', version }
}

/** What the database says: the newest version, and whether it was left half done. */
export async function readVersionRow(
  context: MigrationContext,
): Promise<{ readonly version: bigint; readonly dirty: boolean } | null> {
  const { url, config } = context
  if (url === null) return null
  const rows = await withConnection(url, (client) =>
    readHistory(client, { name: historyTable(config), columns: ['version', 'dirty'], order: 'version desc' }),
  )
  const [row] = rows
  if (row === undefined) return null
  const version = row['version'] ?? '-1'
  if (!/^-?\d+$/.test(version))
    throw new PreconditionError(
      `The table of applied migrations, ${historyTable(config)}, has the version ${version}, which is no number.`,
    )
  return { version: BigInt(version), dirty: row['dirty'] === 'true' }
}

/** Everything that is known of the project's migrations. */
export async function readState(context: MigrationContext): Promise<MigrationState> {
  const [row, { migrations, problems }] = await Promise.all([readVersionRow(context), readFolder(context)])
  const current = row?.version ?? -1n
  const applied = migrations.filter(({ version }) => version <= current).map(({ id }) => id)
  const missing = current >= 0n && applied.at(-1) !== String(current) ? [String(current)] : []
  return {
    framework: 'golang-migrate',
    applied: [...applied, ...missing],
    pending: migrations
      .filter(({ version }) => version > current)
      .map(({ version: _version, ...rest }) => rest),
    missing,
    // An older file that was merged late is never run: the table knows only the newest version, and nobody can tell.
    outOfOrder: [],
    problems: [
      ...problems,
      ...(row?.dirty === true ? [dirtyProblem(row.version)] : missing.map(missingProblem)),
    ],
  }
}

const missingProblem = (version: string): string =>
  `golang-migrate refuses to run while version ${version}, at which the database is, is not on disk.`

/** A sentence for a version that was left half done. */
export function dirtyProblem(version: bigint): string {
  return `Version ${version} is marked as dirty: a migration failed half-way, and a person must mend it and force the version.`
}
