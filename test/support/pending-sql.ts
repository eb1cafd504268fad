import type { PendingMigration } from '../../src/migrations/types.ts'

/** A pending migration with this SQL, for tests: in a transaction unless said otherwise. */
export function pendingSql(sql: string, change: Partial<PendingMigration> = {}): PendingMigration {
  return {
    id: '20240101000000',
    name: 'example',
    file: 'db/migrations/20240101000000_example.sql',
    sql,
    sqlLine: 1,
    transaction: true,
    singleQuery: true,
    reverse: { available: false, sql: null, transaction: true },
    ...change,
  }
}
