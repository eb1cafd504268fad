import type { Constraint } from 'libpg-query'
import type { ConstraintFacts } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import { knowConstraint, type Known } from '../known.ts'
import { strings } from '../nodes.ts'
import { clauseAt, inventName, quoteName } from '../sql-text.ts'
import type { AlterCommand } from './alter-form.ts'
import { columnsOf } from './expressions.ts'

/** What later statements must know. */
export type Learn = (known: Known) => void

/** What a constraint refuses, for people. */
export function writes({ table }: AlterCommand): string {
  return `rows of ${table} that violate the constraint`
}

/** How Postgres ends the names that it makes up. */
const suffixes = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'fkey',
  CONSTR_PRIMARY: 'pkey',
  CONSTR_NOTNULL: 'not_null',
}

function describe(constraint: Constraint, { table, context }: AlterCommand): Names & { constraint: string } {
  const columns = [...strings(constraint.keys), ...strings(constraint.fk_attrs)].map(quoteName)
  const all = columns.length > 0 ? columns : columnsOf(constraint.raw_expr)
  const end = suffixes[constraint.contype as keyof typeof suffixes] ?? 'key'
  const parts = end === 'pkey' ? [] : all
  const name =
    constraint.conname === undefined ? inventName(table, ...parts, end) : quoteName(constraint.conname)
  return {
    table,
    constraint: name,
    columns: all,
    definition: clauseAt(context.statement, constraint.location),
  }
}

/** What every constraint that is added has in common. */
export function shared(constraint: Constraint, input: AlterCommand) {
  const names = describe(constraint, input)
  return { relation: input.table, lock: 'ACCESS EXCLUSIVE', names, reversible: 'yes' } as const
}

/** Remembers the constraint, so that a later VALIDATE or SET NOT NULL is judged with it. */
export function remember(
  input: AlterCommand,
  names: Names,
  facts: Pick<ConstraintFacts, 'kind' | 'validated' | 'references' | 'referencedColumns'>,
): Learn {
  const name = names.constraint ?? ''
  const definition = (names.definition ?? '').replace(/^constraint\s+("(?:[^"]|"")+"|\S+)\s+/i, '')
  return (known) => {
    knowConstraint(known, input.table, { name, columns: names.columns ?? [], definition, ...facts })
  }
}
