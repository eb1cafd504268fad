import type { ColumnDef, Constraint, ConstrType } from 'libpg-query'
import type { ColumnClause, ColumnClauseKind } from '../effect.ts'
import { allOf } from '../nodes.ts'
import type { Statement } from '../parse.ts'
import { clauseAt, quoteName } from '../sql-text.ts'
import { constraintName } from './constraint-names.ts'
import { withoutName } from './constraint-text.ts'
import { keyClausesOf } from './key-clauses.ts'

const kinds: Partial<Record<ConstrType, ColumnClauseKind>> = {
  CONSTR_NOTNULL: 'not null',
  CONSTR_DEFAULT: 'default',
  CONSTR_IDENTITY: 'identity',
  CONSTR_GENERATED: 'generated',
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'references',
  CONSTR_UNIQUE: 'unique',
  CONSTR_PRIMARY: 'primary key',
}

/** The constraints of a column, each with what stands after it in the tree by itself: DEFERRABLE and its like. */
export function constraintsOfColumn(column: ColumnDef): Constraint[] {
  const all = allOf(column.constraints, 'Constraint')
  if (!all.some(isAttribute)) return all
  return all.filter((one) => !isAttribute(one)).map((one) => withAttributes(one, all))
}

const isAttribute = ({ contype }: Constraint): boolean => contype?.startsWith('CONSTR_ATTR_') === true

function withAttributes(constraint: Constraint, all: readonly Constraint[]): Constraint {
  const following = all.slice(all.indexOf(constraint) + 1)
  const end = following.findIndex((one) => !isAttribute(one))
  const own = new Set(following.slice(0, end < 0 ? undefined : end).map(({ contype }) => contype))
  const deferred = own.has('CONSTR_ATTR_DEFERRED')
  return {
    ...constraint,
    ...(deferred || own.has('CONSTR_ATTR_DEFERRABLE') ? { deferrable: true } : {}),
    ...(deferred ? { initdeferred: true } : {}),
    ...(own.has('CONSTR_ATTR_NOT_ENFORCED') ? { is_enforced: false } : {}),
  }
}

/** The clauses of a column that is added to a table, in their order. */
export function columnClauses(
  column: ColumnDef,
  constraints: readonly Constraint[],
  table: string,
  statement: Statement,
): ColumnClause[] {
  if (constraints.length === 0 && column.collClause === undefined) return []
  const places = [...constraints.map(({ location }) => location), column.collClause?.location]
    .filter((place) => place !== undefined)
    .sort((a, b) => a - b)
  const textAt = (place: number): string => {
    const next = places.find((other) => other > place)
    return clauseAt(statement, place, [], next)
  }
  const collation = column.collClause?.location
  return [
    ...(collation === undefined ? [] : [clause('other', textAt(collation))]),
    ...constraints.map((one) => described(one, column, table, textAt(one.location ?? 0))),
  ]
}

function described(constraint: Constraint, column: ColumnDef, table: string, text: string): ColumnClause {
  const { contype, is_enforced: isEnforced } = constraint
  const kind = (contype === undefined ? undefined : kinds[contype]) ?? 'other'
  // No row is held to it.
  if (kind === 'check' && isEnforced === false) return clause('other', text)
  const name = constraintName(constraint, table, quoteName(column.colname ?? ''))
  const isKey = kind === 'unique' || kind === 'primary key'
  return { ...clause(kind, text), name, ...(isKey ? { keyClauses: keyClausesOf(constraint) } : {}) }
}

function clause(kind: ColumnClauseKind, text: string): ColumnClause {
  return { kind, text, name: '', definition: withoutName(text) }
}
