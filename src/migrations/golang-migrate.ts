import { applyGolangMigrate, reverseGolangMigrate } from './golang-migrate-run.ts'
import { historyTable, listFiles, readState } from './golang-migrate-state.ts'
import type { Framework } from './types.ts'

/** golang-migrate: NNN_name.up.sql and NNN_name.down.sql; its table holds one row, the newest version. */
export const golangMigrate: Framework = {
  name: 'golang-migrate',
  historyTables: (config) => [historyTable(config)],
  recognise: async (directory, config) => (await listFiles(directory, config)).length > 0,
  read: readState,
  apply: applyGolangMigrate,
  reverse: reverseGolangMigrate,
}
