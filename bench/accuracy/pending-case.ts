import type { PendingMigration } from '../../src/migrations/types.ts'
import type { UntoldCase } from './case.ts'

/** A case as a migration. Its statements are sent one by one, as psql does, in a transaction only where the case says so. */
export function pendingCase({ id, sql, in_transaction: inTransaction }: UntoldCase): PendingMigration {
  const reverse = { available: false, sql: null, transaction: false }
  const begins = /^\s*(begin|start transaction)\b/im.test(sql)
  return {
    id,
    name: id,
    file: id,
    sql,
    sqlLine: 1,
    transaction: inTransaction && !begins,
    singleQuery: false,
    reverse,
  }
}
