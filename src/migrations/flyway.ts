import { join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { withConnection } from '../postgres/connection.ts'
import { readHistory } from './history.ts'
import { findFolder, findTable, listNames } from './project-files.ts'
import { duplicateVersions, readSqlFile, runsConcurrently } from './sql-file.ts'
import type {
  Framework,
  MigrationConfig,
  MigrationContext,
  MigrationState,
  PendingMigration,
} from './types.ts'

/** Flyway: V1__name.sql. Lockkeeper reads and judges them; they are run by Flyway itself, in the release phase. */
export const flyway: Framework = {
  name: 'flyway',
  historyTables: (config) => [historyTable(config)],
  recognise: async (directory, config) => (await listFiles(directory, config)).length > 0,
  read: readState,
  apply: () => Promise.reject(notOurs()),
  reverse: () => Promise.reject(notOurs()),
}

function notOurs(): PreconditionError {
  return new PreconditionError('Lockkeeper does not run Flyway itself.', {
    next: [
      'Let the release phase run it: migrate.run: release-phase',
      'Or name your own commands: migrations.framework: command and migrations.custom',
    ],
  })
}

const folders = [
  'src/main/resources/db/migration',
  'db/migration',
  'sql',
  'flyway/sql',
  'migrations',
  'db/migrations',
]

const historyTable = (config: MigrationConfig) => findTable(config, 'flyway_schema_history')

interface FlywayFile {
  /** As in the name, underscores read as dots; null for a repeatable one. */
  readonly version: string | null
  readonly name: string
  readonly file: string
  readonly undo: boolean
}

async function listFiles(directory: string, config: MigrationConfig): Promise<FlywayFile[]> {
  const folder = await findFolder(directory, config, folders)
  if (folder === undefined) return []
  return (await listNames(join(directory, folder))).flatMap((fileName): FlywayFile[] => {
    const file = `${folder}/${fileName}`
    const [, kind, version, name] = /^([VU])([\d._]*\d)__(.*)\.sql$/.exec(fileName) ?? []
    if (version !== undefined && name !== undefined)
      return [{ version: plainVersion(version), name: words(name), file, undo: kind === 'U' }]
    const repeatable = /^R__(.*)\.sql$/.exec(fileName)?.[1]
    return repeatable === undefined ? [] : [{ version: null, name: words(repeatable), file, undo: false }]
  })
}

const words = (text: string) => text.replaceAll('_', ' ')

/** Flyway compares versions as numbers: 1.0 and 1 are one, and 01 is 1. */
function plainVersion(version: string): string {
  const numbers = version.split(/[._]/).map((part) => BigInt(part === '' ? '0' : part))
  while (numbers.length > 1 && numbers.at(-1) === 0n) numbers.pop()
  return numbers.join('.')
}

/** Negative when `a` comes first. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(BigInt))
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index++) {
    const [l, r] = [left?.[index] ?? 0n, right?.[index] ?? 0n]
    if (l !== r) return l < r ? -1 : 1
  }
  return 0
}

interface HistoryRow {
  readonly version: string | null
  readonly description: string
  readonly success: boolean
}

async function readRows({ url, config }: MigrationContext): Promise<HistoryRow[]> {
  if (url === null) return []
  const columns = ['version', 'description', 'success', 'type']
  const rows = await withConnection(url, (client) =>
    readHistory(client, { name: historyTable(config), columns, order: 'installed_rank' }),
  )
  const undone = new Set(rows.filter(({ type }) => type?.startsWith('UNDO')).map(({ version }) => version))
  return rows
    .filter(({ type, version }) =>
      type === 'SQL' || type === 'BASELINE' ? !undone.has(version ?? null) : false,
    )
    .map(({ version, description, success }) => ({
      version: version === null || version === undefined ? null : plainVersion(version),
      description: description ?? '',
      success: success === 'true',
    }))
}

async function readState(context: MigrationContext): Promise<MigrationState> {
  const [rows, files] = await Promise.all([readRows(context), listFiles(context.directory, context.config)])
  const applied = rows
    .filter(({ success }) => success)
    .map(({ version, description }) => version ?? description)
  const versioned = files
    .filter(({ version, undo }) => version !== null && !undo)
    .map((file) => ({ ...file, version: file.version ?? '' }))
    .sort((a, b) => compareVersions(a.version, b.version))
  const done = new Set(applied)
  const newest = rows.filter(({ version, success }) => version !== null && success).at(-1)?.version ?? null
  const onDisk = new Set([...versioned.map(({ version }) => version), ...files.map(({ name }) => name)])
  const pendingFiles = versioned.filter(({ version }) => !done.has(version))
  const pending = await Promise.all(pendingFiles.map((file) => describe(context, file, files)))
  return {
    framework: 'flyway',
    applied,
    pending,
    missing: applied.filter((id) => !onDisk.has(id)),
    outOfOrder: pending
      .map(({ id }) => id)
      .filter((id) => newest !== null && compareVersions(id, newest) < 0),
    problems: [...duplicateVersions(versioned), ...rows.flatMap(failure), ...files.flatMap(repeatable)],
  }
}

function failure({ version, description, success }: HistoryRow): string[] {
  return success
    ? []
    : [`Migration ${version ?? description} is recorded as failed: flyway repair must be run first.`]
}

/** Which of these will run depends on a checksum that only Flyway computes. */
function repeatable({ version, file }: FlywayFile): string[] {
  return version === null ? [`${file} is repeatable: whether Flyway runs it again is not known.`] : []
}

async function describe(
  { directory }: MigrationContext,
  { version, name, file }: FlywayFile & { readonly version: string },
  files: readonly FlywayFile[],
): Promise<PendingMigration> {
  const downFile = files.find((other) => other.undo && other.version === version)?.file
  const shared = { id: version, name, file, downFile, singleQuery: false }
  const migration = await readSqlFile(directory, { ...shared, transaction: true })
  // Flyway leaves the transaction out where a statement of the file cannot run in one.
  const transaction = !(await runsConcurrently(migration.sql))
  return { ...migration, transaction }
}
