import { qualified } from '../../postgres/facts.ts'
import { findColumn, findIndex, isNewRelation, type World } from '../known.ts'
import { inSchemaOf } from '../sql-text.ts'

/** What an index of a table is to be used for. */
type Use = 'constraint' | 'replica identity' | 'cluster'

/** Why Postgres does not take the index for it, when that is known; the index stands in the schema of its table. */
export function whyUnusable(use: Use, index: string, table: string, world: World): string | undefined {
  const facts = findIndex(world, inSchemaOf(table, index))
  if (world.known.doubtful || facts === undefined) return undefined
  if (facts === null) return isNewRelation(world, table) ? undefined : `there is no index ${index}`
  const { columns, partial, valid, unique, definition = '', ofConstraint } = facts
  if (isOther(facts.table, table, world)) return `${index} is no index of ${table}`
  if (partial === true) return `the index ${index} has a condition: not every row is in it`
  if (valid === false) return `the index ${index} is not valid`
  if (use === 'cluster') return undefined
  if (!unique) return `the index ${index} is not unique`
  if (columns.includes(null)) return `the index ${index} is over an expression`
  if (use === 'replica identity') {
    const optional = columns.find((one) => one !== null && findColumn(world, table, one)?.notNull === false)
    return optional === undefined ? undefined : `${optional} may be NULL, and the index ${index} is over it`
  }
  if (ofConstraint === true) return `the index ${index} belongs to a constraint already`
  return /\s(desc|nulls\s+first)\b/i.test(definition)
    ? `the index ${index} has an order of its own`
    : undefined
}

function isOther(owner: string, table: string, world: World): boolean {
  const now = world.known.renamed.get(qualified(table)) ?? table
  return ![now, table].map(qualified).includes(qualified(owner))
}
