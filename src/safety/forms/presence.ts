import { qualified } from '../../postgres/facts.ts'
import {
  constraintKey,
  factsName,
  findColumn,
  findConstraint,
  findIndex,
  isNewRelation,
  partKey,
  type World,
} from '../known.ts'
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
  const whole = qualified(relation)
  if (isOfPostgres(name) || isDoubted(relation, world) || isDoubted(anyRelation, world)) return false
  if (isNewRelation(world, relation) || world.known.indexes.has(whole)) return false
  const gone = world.known.dropped.has(whole)
  if (!gone && (facts.relation(name) !== null || facts.index(name) !== null)) return false
  // The search path may lead to a table of another schema.
  return whole === relation || !hasBaseName(facts.relations(), baseName(name), whole)
}

/** Whether a relation is one of Postgres' own catalogs: no facts tell of them. */
export function isOfPostgres(relation: string): boolean {
  return /^(information_schema\.|pg_)/.test(relation)
}

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

/** Why nothing new can have this name: there is a relation or a type of it. */
export function whyTaken(name: string, kind: 'relation' | 'type', world: World): { fails?: string } {
  const isTaken = kind === 'type' ? isType(name, world) : isRelation(name, world)
  return isTaken && !isDoubted(name, world) ? { fails: `there already is a ${kind} ${name}` } : {}
}

function isType(name: string, { facts, known }: World): boolean {
  if (known.types.has(qualified(name))) return true
  return !known.typesGone.has(qualified(name)) && Boolean(facts?.type?.(name))
}

/** Tables, views, sequences and indexes share their names. */
function isRelation(name: string, world: World): boolean {
  const { facts, known } = world
  const whole = qualified(name)
  if (known.relations.has(whole)) return !known.temporary.has(whole)
  if (known.dropped.has(whole)) return false
  return known.renamed.has(whole) || Boolean(facts?.relation?.(name)) || Boolean(findIndex(world, name))
}

/** Whether a table surely has no such column. */
export function isColumnAbsent(world: World, table: string, column: string): boolean {
  const { facts } = world
  const before = facts?.columns?.(factsName(world, table)) ?? []
  if (isDoubted(partKey(table, column), world) || isDoubted(table, world)) return false
  if (before.length === 0 && !isNewRelation(world, table)) return false
  return findColumn(world, table, column) === null
}

/** Whether a table surely has no such constraint. */
export function isConstraintAbsent(world: World, table: string, name: string): boolean {
  const { facts, known } = world
  if (known.doubtful || findConstraint(world, table, name)) return false
  const key = qualified(table)
  if (known.dropped.has(constraintKey(table, name))) return true
  const isNew = isNewRelation(world, table)
  // Which names Postgres makes up for what is new is not certain.
  if ((isNew || known.columns.has(key) || known.constraints.has(key)) && madeUp.test(name)) return false
  return isNew
    ? known.whole.has(key)
    : Boolean(facts?.constraints && facts.relation?.(factsName(world, table)))
}

const madeUp = /_(key|pkey|fkey|check|excl|not_null)\d*"?$/

/** Whether there is a relation of that last name other than the one that is meant. */
function hasBaseName(relations: Iterable<{ readonly name: string }>, base: string, but: string): boolean {
  for (const { name } of relations) if (name !== but && baseName(name) === base) return true
  return false
}
