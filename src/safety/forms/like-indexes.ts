import { qualified, type IndexFacts } from '../../postgres/facts.ts'
import { indexesOf, type World } from '../known.ts'

/** All indexes of a table, as they are after the statements so far. */
export function allIndexesOf(table: string, world: World): readonly IndexFacts[] {
  const made = [...world.known.indexes.values()]
  return [...indexesOf(world, table), ...made.filter((index) => qualified(index.table) === qualified(table))]
}

/** Whether a table has an index that Postgres takes for its part of that one, which belongs to the table that it is a partition of. */
export function hasLike(index: IndexFacts, table: string, world: World): boolean {
  return allIndexesOf(table, world).some((one) => one.valid !== false && shape(one) === shape(index))
}

/** What an index is without its name and its table. One of the pending migrations is plain unless they say more of it. */
function shape({ definition, unique, columns }: IndexFacts): string {
  const printed = definition?.replace(/^CREATE (UNIQUE )?INDEX \S+ ON (ONLY )?\S+ /, '$1')
  return printed ?? `${unique ? 'UNIQUE ' : ''}USING btree (${columns.join(', ')})`
}
