import { qualified, type IndexFacts } from '../postgres/facts.ts'
import {
  constraintKey,
  factsName,
  findColumn,
  findConstraint,
  findIndex,
  knowColumn,
  knowConstraint,
  partKey,
  type Known,
  type World,
} from './known.ts'
import { inSchemaOf } from './sql-text.ts'

/** Remembers that a table or view has another name now: what is known of it goes with it. */
export function moveRelation(world: World, from: string, to: string): void {
  const { known, facts } = world
  const [old, now] = [qualified(from), qualified(to)]
  const before = factsName(world, from)
  for (const { name } of facts?.columns?.(before) ?? [])
    moveKey(known.dropped, partKey(from, name), partKey(to, name))
  for (const { name } of facts?.constraints?.(before) ?? [])
    moveKey(known.dropped, constraintKey(from, name), constraintKey(to, name))
  for (const name of known.columns.get(old)?.keys() ?? [])
    moveKey(known.newColumns, partKey(from, name), partKey(to, name))
  if (moveKey(known.relations, old, now)) {
    known.renamed.delete(now)
    for (const [name, index] of indexesMade(known, from)) known.indexes.set(name, { ...index, table: to })
  } else known.renamed.set(now, before)
  known.renamed.delete(old)
  moveKey(known.whole, old, now)
  moveEntry(known.views, old, now)
  moveEntry(known.columns, old, now)
  moveEntry(known.constraints, old, now)
  moveEntry(known.filled, old, now)
  moveEntry(known.columnNames, old, now)
  moveEntry(known.partitionKeys, old, now)
  known.dropped.add(old)
  known.dropped.delete(now)
}

/** Remembers that a table or view is gone, with all that is known of it. */
export function forgetRelation(world: World, relation: string): void {
  const { known, facts } = world
  const name = qualified(relation)
  const before = factsName(world, relation)
  if (known.relations.delete(name))
    for (const [index] of indexesMade(known, relation)) known.indexes.delete(index)
  else {
    known.tablesGone.add(qualified(before))
    for (const { name } of facts?.columns?.(before) ?? []) known.dropped.delete(partKey(relation, name))
    for (const { name } of facts?.constraints?.(before) ?? [])
      known.dropped.delete(constraintKey(relation, name))
  }
  const { views, columns, constraints, filled, renamed, columnNames, partitionKeys } = known
  for (const map of [views, columns, constraints, filled, renamed, columnNames, partitionKeys])
    map.delete(name)
  for (const set of [known.whole, known.temporary]) set.delete(name)
  known.dropped.add(name)
}

/** The indexes of a table that the pending migrations made. */
export function indexesMade({ indexes }: Known, table: string): [string, IndexFacts][] {
  return [...indexes].filter(([, index]) => qualified(index.table) === qualified(table))
}

/** Remembers that a column has another name now. */
export function moveColumn(world: World, table: string, from: string, to: string): void {
  const { known } = world
  const column = findColumn(world, table, from)
  known.columns.get(qualified(table))?.delete(from)
  known.dropped.add(partKey(table, from))
  known.dropped.delete(partKey(table, to))
  if (!moveKey(known.newColumns, partKey(table, from), partKey(table, to))) nameColumn(known, table, from, to)
  for (const [name, index] of indexesMade(known, table))
    known.indexes.set(name, {
      ...index,
      columns: index.columns.map((column) => (column === from ? to : column)),
    })
  if (column) knowColumn(known, table, to, column)
}

function nameColumn({ columnNames }: Known, table: string, from: string, to: string): void {
  const names = columnNames.get(qualified(table)) ?? new Map<string, string>()
  const [before = from] = [...names].find(([, now]) => now === from) ?? []
  columnNames.set(qualified(table), names.set(before, to))
}

/** The same for a constraint. Its index has its name. */
export function moveConstraint(world: World, table: string, from: string, to: string): void {
  const { known } = world
  const constraint = findConstraint(world, table, from)
  known.constraints.get(qualified(table))?.delete(from)
  known.dropped.add(constraintKey(table, from))
  known.dropped.delete(constraintKey(table, to))
  if (constraint) knowConstraint(known, table, { ...constraint, name: to })
  const index = inSchemaOf(table, from)
  if (findIndex(world, index)?.ofConstraint === true) moveIndex(world, index, inSchemaOf(table, to))
}

/** Remembers that an index has another name now. */
export function moveIndex(world: World, from: string, to: string): void {
  const { known } = world
  const [old, now] = [qualified(from), qualified(to)]
  if (known.indexes.has(old)) known.renamed.delete(now)
  else known.renamed.set(now, factsName(world, from))
  known.renamed.delete(old)
  moveEntry(known.indexes, old, now)
  known.dropped.add(old)
  known.dropped.delete(now)
}

function moveKey(keys: Set<string>, from: string, to: string): boolean {
  return keys.delete(from) && Boolean(keys.add(to))
}

function moveEntry<V>(map: Map<string, V>, from: string, to: string): void {
  const value = map.get(from)
  map.delete(from)
  if (value !== undefined) map.set(to, value)
}
