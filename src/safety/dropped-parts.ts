import { qualified } from '../postgres/facts.ts'
import {
  constraintsOf,
  factsName,
  findIndex,
  indexesOf,
  partKey,
  constraintKey,
  referencingKeys,
  type Known,
  type World,
} from './known.ts'
import { indexesMade } from './renamed.ts'
import { inSchemaOf } from './sql-text.ts'

/** Remembers that a column is gone, and with it its indexes and constraints: their names are free. */
export function forgetColumn(world: World, table: string, column: string): void {
  const { known } = world
  for (const { name, columns } of constraintsOf(world, table))
    if (columns.includes(column)) forgetConstraint(world, table, name)
  for (const { table: other, name, referencedColumns } of referencingKeys(world, table))
    if (referencedColumns?.includes(column) === true) forgetConstraint(world, other, name)
  for (const { name, uses } of indexesOf(world, table))
    if (name !== undefined && uses?.includes(column) === true) forgetIndex(known, name)
  for (const [name, { columns }] of indexesMade(known, table))
    if (columns.includes(column)) forgetIndex(known, name)
  known.columns.get(qualified(table))?.delete(column)
  known.dropped.add(partKey(table, column))
  known.newColumns.delete(partKey(table, column))
}

/** Remembers that a constraint is gone, and with a key its index. */
export function forgetConstraint(world: World, table: string, constraint: string): void {
  const { known } = world
  const index = inSchemaOf(table, constraint)
  const { ofConstraint, table: indexed = '' } = findIndex(world, index) ?? {}
  const isKey = ofConstraint === true && qualified(indexed) === qualified(factsName(world, table))
  if (isKey) forgetIndex(known, index)
  known.constraints.get(qualified(table))?.delete(constraint)
  known.dropped.add(constraintKey(table, constraint))
}

/** The same for an index. */
export function forgetIndex(known: Known, index: string): void {
  known.indexes.delete(qualified(index))
  known.dropped.add(qualified(index))
}
