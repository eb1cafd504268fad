import type { Constraint } from 'libpg-query'
import type { ConstraintFacts } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import { knowConstraint, knowKeyIndex, type Known } from '../known.ts'
import { clauseAt } from '../sql-text.ts'
import type { AlterCommand } from './alter-form.ts'
import { constrainedColumns, constraintName } from './constraint-names.ts'
import { withoutName } from './constraint-text.ts'

/** What later statements must know. */
export type Learn = (known: Known) => void

/** What a constraint refuses, for people. */
export function writes({ table }: AlterCommand): string {
  return `rows of ${table} that violate the constraint`
}

function describe(constraint: Constraint, { table, context }: AlterCommand): Names & { constraint: string } {
  return {
    table,
    constraint: constraintName(constraint, table),
    columns: constrainedColumns(constraint),
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
  const definition = withoutName(names.definition ?? '')
  const { columns = [] } = names
  return (known) => {
    knowConstraint(known, input.table, { name, columns, definition, isNew: true, ...facts })
    if (facts.kind === 'unique' || facts.kind === 'primary key')
      knowKeyIndex(known, input.table, name, { columns, isPrimary: facts.kind === 'primary key' })
  }
}
