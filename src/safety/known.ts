import type { ColumnFacts, ConstraintFacts, Facts, IndexFacts } from '../postgres/facts.ts'
import { qualified } from '../postgres/facts.ts'

/** What the statements so far have changed: the world in which the next statement runs. Keys are qualified names. */
export interface Known {
  /** Tables and views that the pending migrations made themselves. */
  readonly relations: Set<string>
  readonly types: Set<string>
  /** Columns that the pending migrations added. */
  readonly newColumns: Set<string>
  /** Columns that they added or changed, as they are now. */
  readonly columns: Map<string, ColumnFacts>
  readonly constraints: Map<string, ConstraintFacts>
  readonly indexes: Map<string, IndexFacts>
  /** New name to the name that the facts know. */
  readonly renamed: Map<string, string>
}

/** What is known of the target and of the statements so far. Undefined means 'cannot be told'; null means 'there is none'. */
export interface World {
  readonly known: Known
  readonly facts: Facts | undefined
}

export function createWorld(facts: Facts | undefined): World {
  const known: Known = {
    relations: new Set(),
    types: new Set(),
    newColumns: new Set(),
    columns: new Map(),
    constraints: new Map(),
    indexes: new Map(),
    renamed: new Map(),
  }
  return { known, facts }
}

/** The key of a part of a table: a column or a constraint. */
export function partKey(table: string, part: string): string {
  return `${qualified(table)}.${part}`
}

/** Whether the pending migrations made the relation: nobody uses it yet. */
export function isNewRelation({ known }: World, relation: string): boolean {
  return known.relations.has(qualified(relation))
}

/** The name by which the facts know a relation that the pending migrations may have renamed. */
export function factsName({ known }: World, relation: string): string {
  return known.renamed.get(qualified(relation)) ?? relation
}

/** Whether the pending migrations added the column. */
export function isNewColumn({ known }: World, table: string, column: string): boolean {
  return known.newColumns.has(partKey(table, column))
}

export function findColumn(world: World, table: string, column: string): ColumnFacts | null | undefined {
  const own = world.known.columns.get(partKey(table, column))
  return own ?? world.facts?.column?.(factsName(world, table), column)
}

export function findConstraint(
  world: World,
  table: string,
  name: string,
): ConstraintFacts | null | undefined {
  const own = world.known.constraints.get(partKey(table, name))
  return own ?? world.facts?.constraint?.(factsName(world, table), name)
}

export function findIndex(world: World, index: string): IndexFacts | null | undefined {
  return world.known.indexes.get(qualified(index)) ?? world.facts?.index?.(index)
}

/** All constraints of a table, as they are after the statements so far. */
export function constraintsOf(world: World, table: string): readonly ConstraintFacts[] {
  const prefix = `${qualified(table)}.`
  const own = [...world.known.constraints]
    .filter(([key]) => key.startsWith(prefix))
    .map(([, constraint]) => constraint)
  const names = new Set(own.map(({ name }) => name))
  const before = world.facts?.constraints?.(factsName(world, table)) ?? []
  return [...own, ...before.filter(({ name }) => !names.has(name))]
}
