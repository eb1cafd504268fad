import type { TableConstraint } from '../../postgres/facts.ts'
import { constraintsOf, referencingKeys, shortName, type World } from '../known.ts'

/** The tables that the foreign keys over a column point at. */
export function referencedThrough(world: World, table: string, column: string): string[] {
  return constraintsOf(world, table).flatMap(({ kind, columns, references }) =>
    kind === 'foreign key' && columns.includes(column) && references ? [shortName(references)] : [],
  )
}

/** The foreign keys that point at a column, alone or with others. */
export function keysPointingAt(world: World, table: string, column: string): TableConstraint[] {
  return referencingKeys(world, table).filter(({ referencedColumns }) => referencedColumns?.includes(column))
}
