import type { Facts } from '../postgres/facts.ts'

export interface Sizes {
  readonly facts?: Facts | undefined
  /** Seconds that a statement may hold up the traffic and still be safe; 0 or absent for none. */
  readonly lockBudget?: number | undefined
}

/** How fast Postgres is assumed to read, write and index a table: bytes per second of a modest Heroku plan. */
export const assumedSpeed = 50_000_000

/** An empty table keeps a few pages for itself and its indexes. */
const emptyTable = 1_000_000 // bytes

/** Whether a table has no rows, by two facts that agree. Unknown is not empty. */
export function isEmpty(relation: string, { facts }: Sizes): boolean {
  const bytes = facts?.bytes(relation)
  // The estimate of the rows alone can be old; together with the size it cannot hide a large table.
  return bytes !== undefined && bytes !== null && facts?.rows(relation) === 0 && bytes <= emptyTable
}

/** How long work on all of a relation takes, at the assumed speed; null when its size is not known. */
export function estimateSeconds(relation: string, { facts }: Sizes): number | null {
  const bytes = facts?.bytes(relation)
  return bytes === undefined || bytes === null ? null : bytes / assumedSpeed
}
