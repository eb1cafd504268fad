import { basename, join } from 'node:path'
import { withConnection } from '../../postgres/connection.ts'
import { foldersWith, requireFolder, type FolderQuestion } from '../find-folder.ts'
import { readHistory } from '../history.ts'
import { fileIn, findTable, isFile, listPaths } from '../project-files.ts'
import { readSource } from '../read-source.ts'
import { duplicateVersions } from '../sql-file.ts'
import type { Tool } from '../tool-run.ts'
import type { MigrationConfig, MigrationContext, MigrationState, PendingMigration } from '../types.ts'

/** A migration of Rails, known by the number that its file's name begins with. */
export interface RubyFile {
  readonly version: bigint
  /** The class, in Rails' spelling of files: create_items. */
  readonly name: string
  /** Relative to the project. */
  readonly file: string
}

/** Where Rails records versions. */
export const historyTable = (config: MigrationConfig) => findTable(config, 'schema_migrations')

// Rails itself looks for such names, and refuses those that are not spelled as it likes.
const looksLikeOne = /^\d.*_.*\.rb$/
const spelled = /^(\d+)_([_a-z0-9]*)(?:\.[_a-z0-9]*)?\.rb$/

async function question(directory: string): Promise<FolderQuestion> {
  const holds = async (folder: string) => (await pathsIn(directory, folder)).length > 0
  const standard = 'db/migrate'
  const configured = await configuredFolders(directory)
  // Of several databases, the one with the folder that Rails takes by itself is meant, with all of its folders.
  const own = configured.find((folders) => folders.includes(standard))
  const others = (await holds(standard)) ? [] : configured.flat()
  return { tool: 'Rails', usual: [...new Set([standard, ...(own ?? others)])], holds }
}

/** What looks like a migration in a folder, and in the folders in it, as Rails does. */
async function pathsIn(directory: string, folder: string): Promise<string[]> {
  return (await listPaths(join(directory, folder))).filter((path) => looksLikeOne.test(basename(path))).sort()
}

/** The folders that config/database.yml names for each database. */
async function configuredFolders(directory: string): Promise<string[][]> {
  const settings = 'config/database.yml'
  if (!(await isFile(join(directory, settings)))) return []
  const text = (await readSource(directory, settings)).toString()
  if (!text.includes('migrations_paths')) return []
  // A framework is recognised sooner without what reads YAML.
  const { foldersByDatabase } = await import('./databases.ts')
  return foldersByDatabase(text)
}

/** Whether there are migrations of Rails. */
export async function hasFiles(directory: string, config: MigrationConfig): Promise<boolean> {
  return (await foldersWith(directory, config, await question(directory))).length > 0
}

/** The folder of the migrations, relative to the project. */
export async function findFolder(directory: string, config: MigrationConfig): Promise<string> {
  return requireFolder(directory, config, await question(directory))
}

/** The files in Rails' order. */
export async function listFiles(directory: string, config: MigrationConfig): Promise<RubyFile[]> {
  const folder = await findFolder(directory, config)
  const paths = await pathsIn(directory, folder)
  return paths
    .flatMap((path) => {
      const [, version, name] = spelled.exec(basename(path)) ?? []
      if (version === undefined || name === undefined) return []
      return [{ version: BigInt(version), name, file: fileIn(folder, path) }]
    })
    .sort((a, b) => (a.version < b.version ? -1 : 1))
}

/** Sentences about the files that stop Rails by their names. */
async function illegalNames(directory: string, config: MigrationConfig): Promise<string[]> {
  const folder = await findFolder(directory, config)
  return (await pathsIn(directory, folder))
    .filter((path) => !spelled.test(basename(path)))
    .map(
      (path) =>
        `Rails refuses ${fileIn(folder, path)}: the name of a migration has small letters, digits and underscores only.`,
    )
}

/** As Ruby reads one: '001' is 1, and what is none is 0. */
const toNumber = (version: string): bigint => BigInt(/^\s*(\d+)/.exec(version)?.[1] ?? 0)

/** How Rails is asked what it has applied: in the order of the versions. */
export function railsTool(config: MigrationConfig): Tool {
  const table = { name: historyTable(config), columns: ['version'], order: 'version' }
  return {
    name: 'Rails',
    async listApplied(client) {
      const rows = await readHistory(client, table)
      return rows
        .map(({ version }) => toNumber(version ?? ''))
        .sort((a, b) => (a < b ? -1 : 1))
        .map(String)
    },
  }
}

/** Everything that the files and the table say: what Ruby would send is known only when it runs. */
export async function readRails(context: MigrationContext): Promise<MigrationState> {
  const { directory, url, config } = context
  const applied = url === null ? [] : await withConnection(url, railsTool(config).listApplied)
  const files = await listFiles(directory, config)
  const done = new Set(applied)
  const onDisk = new Set(files.map(({ version }) => String(version)))
  const newest = BigInt(applied.at(-1) ?? '-1')
  const waiting = files.filter(({ version }) => !done.has(String(version)))
  return {
    framework: 'rails',
    applied,
    pending: await Promise.all(waiting.map((file) => describe(directory, file))),
    missing: applied.filter((version) => !onDisk.has(version)),
    outOfOrder: waiting.filter(({ version }) => version < newest).map(({ version }) => String(version)),
    problems: [
      ...duplicateVersions(files.map(({ version, file }) => ({ version: String(version), file }))),
      ...duplicateNames(files),
      ...(await illegalNames(directory, config)),
    ],
  }
}

function duplicateNames(files: readonly RubyFile[]): string[] {
  const seen = new Map<string, string>()
  return files.flatMap(({ name, file }) => {
    const other = seen.get(name)
    seen.set(name, file)
    return other === undefined ? [] : [`Rails refuses ${other} and ${file}: they have the same name.`]
  })
}

async function describe(directory: string, { version, name, file }: RubyFile): Promise<PendingMigration> {
  const text = (await readSource(directory, file)).toString().replace(/^\s*#.*$/gm, '')
  const transaction = !/\bdisable_ddl_transaction!/.test(text)
  // Rails tries to turn a `change` round, and refuses before anything is done where it cannot.
  const available = /\bdef\s+(change|down)\b/.test(text) && !/\bIrreversibleMigration\b/.test(text)
  return {
    id: String(version),
    name,
    file,
    sql: null,
    sqlLine: 1,
    opaque: 'It is Ruby: what it sends is known only when it runs.',
    transaction,
    singleQuery: false,
    reverse: { available, sql: null, transaction },
  }
}
