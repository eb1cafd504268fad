import type { Names } from '../effect.ts'
import { ownRows, type Asking } from './question.ts'

/** ADD FOREIGN KEY and its VALIDATE: rows without the row that they point at. */
export const askForeignKey: Asking = ({ effect: { names }, facts }) => {
  const { table, referenced, columns = [], definition = '' } = names
  const match = matchOf(names)
  if (referenced === undefined || match === undefined) return []
  const orphan = `not exists (select from ${ownRows(referenced, facts)} parent where ${match})`
  const present = columns.map((column) => `child.${column} is not null`)
  const full = columns.length > 1 && /\bmatch\s+full\b/i.test(definition)
  const where = full
    ? `(${present.join(' or ')}) and (not (${present.join(' and ')}) or ${orphan})`
    : `${present.join(' and ')} and ${orphan}`
  return [
    {
      table,
      what: `rows without their row in ${referenced}${full ? ', or with only a part of the key' : ''}`,
      sql: `select from ${ownRows(table, facts)} child where ${where}`,
    },
  ]
}

/** DETACH PARTITION: rows that point at a row of the partition, which leaves the table that they point at. */
export const askReferencingRows: Asking = ({ effect: { names }, facts }) => {
  const { table, referenced } = names
  const match = matchOf(names)
  if (referenced === undefined || match === undefined) return []
  const sql = `select from ${ownRows(table, facts)} child where exists (select from ${referenced} parent where ${match})`
  return [{ table, what: `rows that point at a row of ${referenced}`, sql }]
}

/** The condition under which a row of the child points at one of the parent; undefined when not all columns are known. */
function matchOf({ columns = [], referencedColumns = [] }: Names): string | undefined {
  if (columns.length === 0 || columns.length !== referencedColumns.length) return undefined
  return columns
    .map((column, index) => `parent.${referencedColumns[index] ?? ''} = child.${column}`)
    .join(' and ')
}
