import { qualified } from '../../postgres/facts.ts'
import { factsName, findColumn, isNewRelation, type World } from '../known.ts'
import { baseName } from '../sql-text.ts'

/** Whether the database surely has no such table, view or index: neither there, nor made by the pending migrations, nor in another schema. */
export function isAbsent(world: World, relation: string): boolean {
  const { facts } = world
  if (
    world.known.doubtful ||
    facts?.relation === undefined ||
    facts.index === undefined ||
    facts.relations === undefined
  )
    return false
  const name = factsName(world, relation)
  if (isNewRelation(world, relation) || world.known.indexes.has(qualified(relation))) return false
  if (facts.relation(name) !== null || facts.index(name) !== null) return false
  // The search path may lead to a table of another schema.
  return qualified(name) === name || !hasBaseName(facts.relations(), baseName(name))
}

/** Whether a table that was there before surely has no such column. */
export function isColumnAbsent(world: World, table: string, column: string): boolean {
  const { facts, known } = world
  const before = facts?.columns?.(factsName(world, table)) ?? []
  if (known.doubtful || before.length === 0 || isNewRelation(world, table)) return false
  return findColumn(world, table, column) === null
}

function hasBaseName(relations: Iterable<{ readonly name: string }>, base: string): boolean {
  for (const { name } of relations) if (baseName(name) === base) return true
  return false
}
