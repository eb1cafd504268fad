import type { Asking, Question } from './question.ts'

/** SET NOT NULL, where it reads the rows at all. */
export const askSetNotNull: Asking = ({ effect: { names, work } }) =>
  work === 'nothing' || names.column === undefined ? [] : nulls(names.table, [names.column])

/** A primary key makes its columns NOT NULL; so does an index that becomes one. */
export const askPrimaryKey: Asking = ({ effect: { names }, facts }) => {
  const columns = names.index === undefined ? names.columns : facts.index?.(names.index)?.columns
  return nulls(
    names.table,
    (columns ?? []).filter(
      (column) => column !== null && facts.column?.(names.table, column)?.notNull !== true,
    ),
  )
}

/** VALIDATE CONSTRAINT of a NOT NULL that was added NOT VALID. */
export const askNotNullConstraint: Asking = ({ effect: { names } }) =>
  /^not\s+null\b/i.test(names.definition ?? '') ? nulls(names.table, names.columns ?? []) : []

export function nulls(table: string, columns: readonly (string | null)[]): Question[] {
  return columns.map((column) => ({
    table,
    what: `rows with a NULL in ${String(column)}`,
    sql: `select from ${table} where ${String(column)} is null`,
  }))
}
