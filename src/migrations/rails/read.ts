import { basename, join } from 'node:path'
import { withConnection } from '../../postgres/connection.ts'
import { readHistory } from '../history.ts'
import { fileIn, findTable, listPaths, namedFolder } from '../project-files.ts'
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

/** The folder of the migrations, relative to the project. */
export const folderOf = (config: MigrationConfig) => namedFolder(config) ?? 'db/migrate'

/** The files in Rails' order. */
export async function listFiles(directory: string, config: MigrationConfig): Promise<RubyFile[]> {
  const folder = folderOf(config)
  // Rails looks into folders in there as well.
  const paths = await listPaths(join(directory, folder))
  return paths
    .sort()
    .flatMap((fileName) => {
      const [, version, name] = /^(\d+)_([_a-z0-9]*)(?:\.[_a-z0-9]*)?\.rb$/.exec(basename(fileName)) ?? []
      if (version === undefined || name === undefined) return []
      return [{ version: BigInt(version), name, file: fileIn(folder, fileName) }]
    })
    .sort((a, b) => (a.version < b.version ? -1 : 1))
}

/** How Rails is asked what it has applied: in the order of the versions. */
export function railsTool(config: MigrationConfig): Tool {
  const table = { name: historyTable(config), columns: ['version'], order: 'version' }
  return {
    name: 'Rails',
    async listApplied(client) {
      const versions = (await readHistory(client, table)).map(({ version }) => version ?? '')
      return versions.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
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
