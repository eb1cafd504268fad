/**
 * The release phase: refuses a release whose columns are not there. Lockkeeper has run the migrations before the push,
 * and a schema that is ahead of this release is welcome: a roll-back runs the older release's copy of this file.
 */
import { openPool } from './database.js'
import { neededColumns } from './items.js'

const pool = openPool()
const { rows } = await pool.query(
  'SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()',
)
await pool.end()

const present = new Set(rows.map((row) => `${row.table_name}.${row.column_name}`))
const missing = Object.entries(neededColumns)
  .flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))
  .filter((column) => !present.has(column))

if (missing.length > 0) {
  console.error(`This release needs ${missing.join(', ')}, which the database does not have.`)
  process.exitCode = 1
} else {
  console.log('The schema has all that this release needs.')
}
