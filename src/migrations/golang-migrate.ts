import { applyGolangMigrate, reverseGolangMigrate } from './golang-migrate-run.ts'
import { hasFiles, historyTable, readState } from './golang-migrate-state.ts'
import type { Framework } from './types.ts'

/** golang-migrate: NNN_name.up.sql and NNN_name.down.sql; its table holds one row, the newest version. */
export const golangMigrate: Framework = {
  name: 'golang-migrate',
  historyTables: (config) => [historyTable(config)],
  recognise: hasFiles,
  read: readState,
  apply: applyGolangMigrate,
  reverse: reverseGolangMigrate,
}
