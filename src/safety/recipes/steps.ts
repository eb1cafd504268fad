import type { Names } from '../effect.ts'
import type { RecipeStep } from '../finding.ts'
import { baseName, inSchemaOf, inventName } from '../sql-text.ts'

/** When a step runs, counted from the release that is judged. */
export type Release = RecipeStep['release']

export const now = 'this release'
export const later = 'the next release'
export const before = 'the release before'

/** A migration of these statements. */
export function step(release: Release, title: string, ...sql: readonly string[]): RecipeStep {
  return { title, release, sql }
}

/** A migration of these statements, without a transaction. */
export function outsideTransaction(release: Release, title: string, ...sql: readonly string[]): RecipeStep {
  return { title, release, sql, noTransaction: true }
}

/** A change of the app's code, after which it does not know the table, or the column of it. */
export function forget(title: string, table: string, column?: string): RecipeStep {
  const forgets = { table, ...(column === undefined ? {} : { column }) }
  return { title, release: now, sql: [], forgets }
}

/** The column that the statement names, or a word in its place. */
export function column(names: Names): string {
  return names.column ?? 'column_name'
}

/** The type that the statement names, or what is known of it. */
export function type(names: Names): string {
  return names.type ?? 'text'
}

/** ADD COLUMN with its type, and nothing else that a row would have to be read for. */
export function addColumn(names: Names): string {
  return `ALTER TABLE ${names.table} ADD COLUMN ${column(names)} ${type(names)}`
}

/** A name for a new object that lives in the schema of the table. */
export function besideTable(table: string, ...parts: readonly string[]): string {
  return inSchemaOf(table, inventName(baseName(table), ...parts))
}

/**
 * Fills a column in batches, each in a transaction of its own, so that no row stays locked for long. Rows for which the
 * expression has no value stay as they are, or else the batches would never end; `alwaysValue` says that it has one for every row.
 * Rows are known by their key, so that one that is written meanwhile is filled as well, if it still has to be. Without a key they are
 * known by their place: one that is written again in less time than a batch takes to find it is filled only when its writers pause.
 */
export function batches(names: Names, expression: string, alwaysValue = false): RecipeStep {
  const { table, key = 'ctid' } = names
  const empty = `${column(names)} IS NULL`
  const value = /^\w+$/.test(expression) ? expression : `(${expression})`
  const rows = alwaysValue ? empty : `${empty} AND ${value} IS NOT NULL`
  // A batch leaves out what is changed beside it: only the question tells the end.
  const repeatsWhile = `SELECT 1 FROM ${table} WHERE ${rows} LIMIT 1`
  return {
    title: `Fill the old rows in batches: repeat it while this finds a row: ${repeatsWhile}`,
    release: now,
    sql: [
      `UPDATE ${table} SET ${column(names)} = ${expression} WHERE ${key} = ANY (ARRAY(SELECT ${key} FROM ${table} ` +
        `WHERE ${rows} LIMIT 5000)) AND ${rows}`,
    ],
    noTransaction: true,
    repeatsWhile,
  }
}
