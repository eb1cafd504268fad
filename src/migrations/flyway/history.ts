import { withConnection } from '../../postgres/connection.ts'
import { readHistory } from '../history.ts'
import { findTable } from '../project-files.ts'
import type { MigrationConfig, MigrationContext } from '../types.ts'
import { newestOf, plainVersion } from './version.ts'

/** Where Flyway records what it did. */
export const historyTable = (config: MigrationConfig) => findTable(config, 'flyway_schema_history')

/** The last that was done with a migration. */
export interface Entry {
  /** The version; what it is called where it has none. */
  readonly id: string
  readonly isVersioned: boolean
  readonly type: string
  /** Null for what came without a file. */
  readonly checksum: number | null
  readonly success: boolean
}

/** What the target says of itself. */
export interface FlywayHistory {
  /** What is applied from files of SQL, in the order in which it was. */
  readonly applied: readonly Entry[]
  readonly failed: readonly Entry[]
  /** Versions up to this one are never run; null where there is none. */
  readonly baseline: string | null
  /** Null where nothing with a version is applied. */
  readonly newest: string | null
}

/** The history, event by event: what was undone, or forgotten by a repair, is not applied any more. */
export async function readFlywayHistory({ url, config }: MigrationContext): Promise<FlywayHistory> {
  const columns = ['version', 'description', 'success', 'type', 'checksum']
  const rows =
    url === null
      ? []
      : await withConnection(url, (client) =>
          readHistory(client, { name: historyTable(config), columns, order: 'installed_rank' }),
        )
  const last = new Map<string, Entry>()
  for (const { version, description, success, type, checksum } of rows) {
    const isVersioned = version !== null && version !== undefined
    const entry = {
      id: isVersioned ? plainVersion(version) : (description ?? ''),
      isVersioned,
      type: type ?? '',
      checksum: checksum === null || checksum === undefined ? null : Number(checksum),
      success: success === 'true',
    }
    const key = `${isVersioned} ${entry.id}`
    // What happened last comes last.
    last.delete(key)
    last.set(key, entry)
  }
  const entries = [...last.values()].filter(({ type }) => type !== 'DELETE' && !type.startsWith('UNDO'))
  const done = entries.filter(({ success }) => success)
  const newestVersion = (chosen: readonly Entry[]) =>
    newestOf(chosen.filter(({ isVersioned }) => isVersioned).map(({ id }) => id))
  return {
    applied: done.filter(({ type }) => type === 'SQL'),
    failed: entries.filter(({ success }) => !success),
    baseline: newestVersion(done.filter(({ type }) => type.endsWith('BASELINE'))),
    newest: newestVersion(done),
  }
}
