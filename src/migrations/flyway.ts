import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { PreconditionError } from '../errors.ts'
import { withConnection } from '../postgres/connection.ts'
import { readHistory } from './history.ts'
import { fileIn, findFolder, findTable, listNames } from './project-files.ts'
import { readSource } from './read-source.ts'
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
    const file = fileIn(folder, fileName)
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
  /** Null for what came without a file. */
  readonly checksum: number | null
  readonly success: boolean
}

async function readRows({ url, config }: MigrationContext): Promise<HistoryRow[]> {
  if (url === null) return []
  const columns = ['version', 'description', 'success', 'type', 'checksum']
  const rows = await withConnection(url, (client) =>
    readHistory(client, { name: historyTable(config), columns, order: 'installed_rank' }),
  )
  const undone = new Set(rows.filter(({ type }) => type?.startsWith('UNDO')).map(({ version }) => version))
  return rows
    .filter(({ type, version }) =>
      type === 'SQL' || type === 'BASELINE' ? !undone.has(version ?? null) : false,
    )
    .map(({ version, description, success, type, checksum }) => ({
      version: version === null || version === undefined ? null : plainVersion(version),
      description: description ?? '',
      checksum: type === 'BASELINE' || checksum === null || checksum === undefined ? null : Number(checksum),
      success: success === 'true',
    }))
}

async function readState(context: MigrationContext): Promise<MigrationState> {
  const [rows, files] = await Promise.all([
    readRows(context),
    listFiles(context.directory, context.config).then((found) => withChecksums(context.directory, found)),
  ])
  const applied = rows.filter(({ success }) => success).map(idOf)
  const versioned = files
    .flatMap((file) => (file.version === null || file.undo ? [] : [{ ...file, version: file.version }]))
    .sort((a, b) => compareVersions(a.version, b.version))
  const done = new Set(applied)
  const newest = rows.filter(({ version, success }) => version !== null && success).at(-1)?.version ?? null
  const onDisk = new Set([...versioned.map(({ version }) => version), ...files.map(({ name }) => name)])
  const waiting = versioned.filter(({ version }) => !done.has(version))
  const again = files.filter((file) => file.version === null && differs(file, rows))
  return {
    framework: 'flyway',
    applied: [...new Set(applied)],
    pending: await Promise.all([...waiting, ...again].map((file) => describe(context, file, files))),
    missing: [...done].filter((id) => !onDisk.has(id)),
    changed: versioned
      .filter((file) => done.has(file.version) && differs(file, rows))
      .map(({ file }) => file),
    outOfOrder: waiting
      .map(({ version }) => version)
      .filter((version) => newest !== null && compareVersions(version, newest) < 0),
    problems: [...duplicateVersions(versioned), ...rows.flatMap(failure)],
  }
}

/** Repeatable migrations have no version, and are known by their description. */
const idOf = ({ version, description }: HistoryRow): string => version ?? description

interface SummedFile extends FlywayFile {
  /** Null where Flyway takes it of a text that only Flyway knows: with the values of placeholders. */
  readonly checksum: number | null
}

async function withChecksums(directory: string, files: readonly FlywayFile[]): Promise<SummedFile[]> {
  return Promise.all(
    files.map(async (file) => {
      const text = (await readSource(directory, file.file)).toString()
      const known = file.version !== null || !text.includes('${')
      return { ...file, checksum: known ? checksumOf(text) : null }
    }),
  )
}

/** Flyway's own: a CRC-32 of the lines without their ends, as a signed number. */
export function checksumOf(text: string): number {
  return crc32(text.replace(/^\u{FEFF}/u, '').replace(/\r\n|\r|\n/g, '')) | 0
}

/** Whether the file is not what the target's newest row of it says. A doubt counts as different. */
function differs({ version, name, checksum }: SummedFile, rows: readonly HistoryRow[]): boolean {
  const last = rows.findLast((row) => row.success && idOf(row) === (version ?? name))
  if (version !== null && last?.checksum === null) return false
  return last === undefined || last.checksum !== checksum
}

function failure(row: HistoryRow): string[] {
  return row.success ? [] : [`Migration ${idOf(row)} is recorded as failed: flyway repair must be run first.`]
}

async function describe(
  { directory }: MigrationContext,
  { version, name, file }: FlywayFile,
  files: readonly FlywayFile[],
): Promise<PendingMigration> {
  const downFile = files.find((other) => other.undo && other.version === version)?.file
  const shared = { id: version ?? name, name, file, downFile, singleQuery: false }
  const migration = await readSqlFile(directory, { ...shared, transaction: true })
  // Flyway leaves the transaction out where a statement of the file cannot run in one.
  const transaction = !(await runsConcurrently(migration.sql))
  return { ...migration, transaction }
}
