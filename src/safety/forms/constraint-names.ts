import type { Constraint, ConstrType } from 'libpg-query'
import type { IndexFacts } from '../../postgres/facts.ts'
import { strings } from '../nodes.ts'
import { baseName, inventName, quoteName } from '../sql-text.ts'
import { columnsOf } from './expressions.ts'

/** How Postgres ends the names that it makes up. */
const endings: Partial<Record<ConstrType, string>> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'fkey',
  CONSTR_PRIMARY: 'pkey',
  CONSTR_NOTNULL: 'not_null',
}

/** The columns that a constraint is about; `column` for one that stands behind its column. */
export function constrainedColumns(constraint: Constraint, column?: string): string[] {
  const named = strings(constraint.keys).concat(strings(constraint.fk_attrs)).map(quoteName)
  if (named.length > 0) return named
  return constraint.contype === 'CONSTR_CHECK' || column === undefined
    ? columnsOf(constraint.raw_expr)
    : [column]
}

/** The name of a constraint, quoted where SQL needs it: Postgres takes that of its index, or makes one of the table, the columns, and what the constraint is. */
export function constraintName(constraint: Constraint, table: string, column?: string): string {
  const given = constraint.conname ?? constraint.indexname
  if (given !== undefined) return quoteName(given)
  const base = baseName(table)
  const { contype } = constraint
  const ending = (contype === undefined ? undefined : endings[contype]) ?? 'key'
  if (contype === 'CONSTR_PRIMARY') return inventName(base, ending)
  const columns = constrainedColumns(constraint, column)
  // A CHECK is named after its column when there is just one.
  if (contype === 'CONSTR_CHECK') return inventName(base, ...(columns.length === 1 ? columns : []), ending)
  return inventName(base, ...columns, ...strings(constraint.including).map(quoteName), ending)
}

/** Whether an index is that of a constraint, whose name it has. */
export function isIndexOf(constraint: string, { name = '', ofConstraint }: IndexFacts): boolean {
  return ofConstraint === true && name.endsWith(`.${constraint}`)
}
