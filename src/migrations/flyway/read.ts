import { duplicateVersions, readSqlFile } from '../sql-file.ts'
import type { MigrationContext, MigrationState, PendingMigration } from '../types.ts'
import { listFiles, type FlywayFile } from './files.ts'
import { readFlywayHistory, type Entry, type FlywayHistory } from './history.ts'
import { runsInTransaction } from './transaction.ts'
import { readSettings, type FlywaySettings } from './settings.ts'
import { compareVersions } from './version.ts'

/** Everything that is known of the project's migrations. */
export async function readFlyway(context: MigrationContext): Promise<MigrationState> {
  const { directory, config } = context
  const [history, files, settings] = await Promise.all([
    readFlywayHistory(context),
    listFiles(directory, config),
    readSettings(directory, config),
  ])
  const { baseline, newest } = history
  const versioned = files
    .filter(({ kind }) => kind === 'versioned')
    .sort((a, b) => compareVersions(a.id, b.id))
  const done = new Map(
    history.applied.filter(({ isVersioned }) => isVersioned).map((entry) => [entry.id, entry]),
  )
  const waiting = versioned.filter(
    ({ id }) => !done.has(id) && (baseline === null || compareVersions(id, baseline) > 0),
  )
  const late = waiting.filter(({ id }) => newest !== null && compareVersions(id, newest) < 0)
  const changed = versioned.filter(({ id, checksum }) => {
    const applied = done.get(id)
    return applied !== undefined && applied.checksum !== null && applied.checksum !== checksum
  })
  const pending = withCallbacks([...waiting, ...repeated(files, history)], files)
  const gone = missingOf(files, history)
  return {
    framework: 'flyway',
    applied: history.applied.map(({ id }) => id),
    pending: await Promise.all(pending.map((file) => describe(directory, file, files))),
    missing: gone.map(({ id }) => id),
    changed: changed.map(({ file }) => file),
    outOfOrder: late.map(({ id }) => id),
    problems: [
      ...duplicateVersions(versioned.map(({ id, file }) => ({ version: id, file }))),
      ...history.failed.map(
        ({ id }) => `Migration ${id} is recorded as failed: flyway repair must be run first.`,
      ),
      ...refusals(settings, { changed, late, gone: gone.filter(isOlderThan(versioned.at(-1)?.id)) }),
    ],
  }
}

/** Those that run again: what is there is not what ran last. A doubt counts as different. */
function repeated(files: readonly FlywayFile[], { applied }: FlywayHistory): FlywayFile[] {
  const sums = new Map(
    applied.flatMap(({ id, isVersioned, checksum }) => (isVersioned ? [] : [[id, checksum]])),
  )
  return files.filter(
    ({ kind, id, checksum }) => kind === 'repeatable' && (checksum === null || sums.get(id) !== checksum),
  )
}

/** A run that migrates something calls them as well, those before it first. */
function withCallbacks(moving: readonly FlywayFile[], files: readonly FlywayFile[]): FlywayFile[] {
  if (moving.length === 0) return []
  const called = files.filter(({ kind }) => kind === 'callback')
  const isLast = ({ id }: FlywayFile) => id.startsWith('after')
  return [...called.filter((file) => !isLast(file)), ...moving, ...called.filter(isLast)]
}

function missingOf(files: readonly FlywayFile[], { applied }: FlywayHistory): readonly Entry[] {
  const onDisk = (wanted: FlywayFile['kind']) =>
    new Set(files.filter(({ kind }) => kind === wanted).map(({ id }) => id))
  const [versions, names] = [onDisk('versioned'), onDisk('repeatable')]
  return applied.filter(({ id, isVersioned }) => !(isVersioned ? versions : names).has(id))
}

interface Differences {
  readonly changed: readonly FlywayFile[]
  readonly late: readonly FlywayFile[]
  readonly gone: readonly Entry[]
}

/** What its validation makes Flyway refuse. */
function refusals(
  { validates, outOfOrder, ignoresMissing }: FlywaySettings,
  { changed, late, gone }: Differences,
): string[] {
  return [
    ...(validates ? changed : []).map(
      ({ file }) =>
        `Flyway refuses to run while ${file} is not what was applied: its checksum is another one.`,
    ),
    ...(outOfOrder ? [] : late).map(
      ({ id }) => `Flyway does not run ${id}: a later one is applied already, and outOfOrder is not set.`,
    ),
    ...(validates && !ignoresMissing ? gone : []).map(
      ({ id }) => `Flyway refuses to run while ${id} is applied and not on disk.`,
    ),
  ]
}

/** What is applied and newer than all files is of a later release: Flyway forgives that. */
const isOlderThan =
  (newest: string | undefined) =>
  ({ id, isVersioned }: Entry): boolean =>
    !isVersioned || (newest !== undefined && compareVersions(id, newest) < 0)

async function describe(
  directory: string,
  { kind, id, name, file, settings }: FlywayFile,
  files: readonly FlywayFile[],
): Promise<PendingMigration> {
  const downFile = files.find(
    (other) => kind === 'versioned' && other.kind === 'undo' && other.id === id,
  )?.file
  const shared = { id, name, file, downFile, singleQuery: false }
  const migration = await readSqlFile(directory, { ...shared, transaction: true })
  return {
    ...migration,
    transaction: await runsInTransaction(migration.sql, settings),
    ...(kind === 'versioned' ? {} : { repeatable: true }),
  }
}
