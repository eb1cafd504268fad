import type pg from 'pg'
import { withConnection } from '../../postgres/connection.ts'
import { readHistory } from '../history.ts'
import type { Tool } from '../tool-run.ts'
import type { MigrationContext } from '../types.ts'

export interface Comparison {
  readonly pending: readonly string[]
  readonly missing: readonly string[]
  readonly outOfOrder: readonly string[]
}

/** What is on disk, in the order in which it runs, next to what the database lists. */
export function compare(onDisk: readonly string[], applied: readonly string[]): Comparison {
  const done = new Set(applied)
  const known = new Set(onDisk)
  const newest = onDisk.findLastIndex((id) => done.has(id))
  return {
    pending: onDisk.filter((id) => !done.has(id)),
    missing: applied.filter((id) => !known.has(id)),
    outOfOrder: onDisk.slice(0, Math.max(0, newest)).filter((id) => !done.has(id)),
  }
}

/** Asks the target; without one there is nothing to ask. */
export async function askOr<T>(
  { url }: MigrationContext,
  otherwise: T,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return url === null ? otherwise : withConnection(url, use)
}

/** A tool over node-postgres whose table holds the names of what is applied. */
export function toolWithNames(name: string, findTable: () => Promise<string>, order: string): Tool {
  return {
    name,
    tlsMode: 'no-verify',
    async listApplied(client) {
      const rows = await readHistory(client, { name: await findTable(), columns: ['name'], order })
      return rows.map((row) => row['name'] ?? '')
    },
  }
}
