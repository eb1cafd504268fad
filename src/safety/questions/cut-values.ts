import type { Facts } from '../../postgres/facts.ts'
import type { Effect } from '../effect.ts'
import { parsed } from '../forms/parsed.ts'
import type { Question } from './question.ts'

/** The values that a type change loses something of: those that do not come back from the new type as they were. Undefined for others. */
export function cutValues({ form, loses, relation, names }: Effect, facts: Facts): Question | undefined {
  const { column, type, expression } = names
  if (form !== 'change type' || loses === null || column === undefined || type === undefined) return undefined
  const before = facts.column?.(relation, column)?.type
  if (before === undefined) return undefined
  const back = `(${expression ?? column})::${type}::${before}`
  const sql = `select from ${relation} where ${column} is distinct from ${back}`
  const what = `rows whose ${column} is rounded or cut`
  return parsed(sql)?.length === 1 ? { table: relation, what, sql } : undefined
}
