import { bracketsAfter } from '../sql-parts.ts'
import type { Asking } from './question.ts'

/** ADD CHECK and its VALIDATE: rows for which the condition is false. NULL is fine. */
export const askCheck: Asking = ({ effect: { names } }) => {
  const condition = bracketsAfter(names.definition ?? '', 'check')
  if (condition === undefined) return []
  const what = `rows that violate ${names.constraint ?? 'the CHECK'}`
  return [{ table: names.table, what, sql: `select from ${names.table} where not (${condition})` }]
}
