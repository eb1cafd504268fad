import type { ColumnParts } from '../effect.ts'
import { constraintsOf, findColumn, indexesOf, partitionsOf, type World } from '../known.ts'
import { keysPointingAt } from './column-keys.ts'

/** What a column has that another one in its place needs as well; undefined where the target was not asked. */
export function partsOf(world: World, table: string, name: string): ColumnParts | undefined {
  const column = findColumn(world, table, name)
  if (!column || world.facts?.indexes === undefined) return undefined
  const referencing = keysPointingAt(world, table, name).filter(({ inherited }) => inherited !== true)
  return {
    notNull: column.notNull,
    hasDefault: column.hasDefault && !column.identity && !column.generated,
    defaultValue: column.defaultValue ?? undefined,
    sequence: column.sequence ?? undefined,
    ownsSequence: column.ownsSequence === true,
    identity: column.identity ?? undefined,
    identityOptions: column.identityOptions,
    isGenerated: Boolean(column.generated),
    indexes: indexesOf(world, table).filter(({ uses = [], valid }) => uses.includes(name) && valid !== false),
    // One that points at its own table is among those that point at it.
    constraints: constraintsOf(world, table).filter(
      ({ kind, columns, name: constraint, inherited }) =>
        kind !== 'not null' &&
        columns.includes(name) &&
        inherited !== true &&
        !referencing.some((key) => key.name === constraint && key.table === key.references),
    ),
    referencing,
    ...partitionsOf(world, table),
  }
}
