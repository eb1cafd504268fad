import { qualified } from '../../postgres/facts.ts'
import { factsName, findColumn, isNewRelation, partKey, type World } from '../known.ts'
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
  if (ofPostgres.test(name) || isDoubted(relation, world) || isDoubted(anyRelation, world)) return false
  if (isNewRelation(world, relation) || world.known.indexes.has(qualified(relation))) return false
  if (facts.relation(name) !== null || facts.index(name) !== null) return false
  // The search path may lead to a table of another schema.
  return qualified(name) === name || !hasBaseName(facts.relations(), baseName(name))
}

/** Its own catalogs are told of by no facts. */
const ofPostgres = /^(information_schema\.|pg_)/

/** In the place of a name: what an extension brings along can be called anything. */
export const anyRelation = '*'

/** Whether a statement that may not have run makes or drops a relation or a part of a table: by its name with the schema. */
export function isDoubted(name: string, { known }: World): boolean {
  return known.doubtful || (known.doubted.size > 0 && known.doubted.has(qualified(name)))
}

/** Whether the database surely has no function of that name. */
export function isNoFunction(name: string, { facts, known }: World): boolean {
  if (facts?.functions === undefined || facts.isVolatileBuiltin === undefined || known.doubtful) return false
  const made = known.functions.has(qualified(name)) || known.functionsGone.size > 0
  return !made && facts.functions(name).length === 0 && facts.isVolatileBuiltin(baseName(name)) === undefined
}

/** Why nothing new can have this name: the database has a relation or a type of it. */
export function whyTaken(name: string, kind: 'relation' | 'type', world: World): { fails?: string } {
  const { facts, known } = world
  const whole = qualified(name)
  const free =
    isDoubted(name, world) ||
    known.dropped.has(whole) ||
    [...known.renamed.values()].map(qualified).includes(whole)
  const found = kind === 'type' ? facts?.type?.(name) : facts?.relation?.(name)
  const isGone = kind === 'type' && known.typesGone.has(whole)
  return free || isGone || !found ? {} : { fails: `there already is a ${kind} ${name}` }
}

/** Whether a table that was there before surely has no such column. */
export function isColumnAbsent(world: World, table: string, column: string): boolean {
  const { facts } = world
  const before = facts?.columns?.(factsName(world, table)) ?? []
  if (isDoubted(partKey(table, column), world) || isDoubted(table, world)) return false
  if (before.length === 0 || isNewRelation(world, table)) return false
  return findColumn(world, table, column) === null
}

function hasBaseName(relations: Iterable<{ readonly name: string }>, base: string): boolean {
  for (const { name } of relations) if (baseName(name) === base) return true
  return false
}
