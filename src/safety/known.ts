import type { Node, SelectStmt } from 'libpg-query'
import type {
  ColumnFacts,
  ConstraintFacts,
  Facts,
  IndexFacts,
  RelationKind,
  TableConstraint,
} from '../postgres/facts.ts'
import { qualified } from '../postgres/facts.ts'
import type { SearchPath } from './search-path.ts'
import { inSchemaOf } from './sql-text.ts'

/** What the statements so far have changed: the world in which the next statement runs. Keys are qualified names. */
export interface Known {
  /** Tables and views that the pending migrations made themselves. */
  readonly relations: Set<string>
  /** Those of them that end with the session or the transaction. */
  readonly temporary: Set<string>
  /** Tables that they dropped, by the names of the facts. */
  readonly tablesGone: Set<string>
  /** Those that they took out of what these were a partition or a child of. */
  readonly loose: Set<string>
  /** Those that they filled, and from which tables. */
  readonly filled: Map<string, ReadonlySet<string>>
  /** Views that they made or replaced. */
  readonly views: Map<string, KnownView>
  /** By what they read: the views that they made, some of them perhaps gone. */
  readonly readers: Map<string, Set<string>>
  readonly types: Set<string>
  /** Those that they dropped or renamed, and that the facts still tell of. */
  readonly typesGone: Set<string>
  /** Labels of enums that they made, and those that they added to others. */
  readonly labels: Map<string, Set<string>>
  /** Columns that the pending migrations added. */
  readonly newColumns: Set<string>
  /** Columns that they added or changed, as they are now: by table, then by name. */
  readonly columns: Map<string, Map<string, ColumnFacts>>
  /** Tables that they made and all of whose columns are among these. */
  readonly whole: Set<string>
  /** By what the tables that they made are partitioned, as the facts say it: 'LIST (kind)'. */
  readonly partitionKeys: Map<string, string>
  /** By table, then by name: a long migration asks for the constraints of a table again and again. */
  readonly constraints: Map<string, Map<string, KnownConstraint>>
  readonly indexes: Map<string, IndexFacts>
  /** What they dropped or renamed of a table or index: parts and qualified names. */
  readonly dropped: Set<string>
  /** Their triggers and rules, by kind and key: whether they are there now. */
  readonly attached: Map<string, boolean>
  /** Schemas, extensions, roles, publications and statistics, by kind and name: whether they are there now. */
  readonly named: Map<string, boolean>
  /** Their policies: whether each lets everybody see and write every row; null when it was dropped. */
  readonly policies: Map<string, boolean | null>
  /** Tables whose row level security they switched. */
  readonly restricted: Map<string, boolean>
  /** What they prepared. */
  readonly prepared: Map<string, Node>
  /** Functions and procedures that they made: the CREATE statement. */
  readonly functions: Map<string, string>
  /** Those that they dropped or renamed, and may still be told of by the facts. */
  readonly functionsGone: Set<string>
  /** Roles that they made. */
  readonly roles: Set<string>
  /** Domains that they made, and whether they have a constraint. */
  readonly domains: Map<string, boolean>
  /** Settings of the session that change what statements do: the time zone. */
  timeZone: string | undefined
  /** Where names are looked for, once a migration has said it; else it is as the target has it. */
  searchPath: SearchPath | undefined
  /** What the transaction has put off to its commit. */
  putOff: PutOff | undefined
  /** What a statement that may not have run makes or drops: relations and parts of tables, which are neither surely there nor surely missing. */
  readonly doubted: Set<string>
  /** Whether something ran whose effects are not known: from then on, nothing is surely missing. */
  doubtful: boolean
  /** New name to the name that the facts know. */
  readonly renamed: Map<string, string>
  /** By table, its columns that have another name now: from the name that the facts know. */
  readonly columnNames: Map<string, Map<string, string>>
}

/** The checks of foreign keys that a transaction has put off. */
export interface PutOff {
  /** Of which migration, and which unit of it. */
  readonly transaction: string
  /** What SET CONSTRAINTS said of all deferrable ones: whether they are put off. */
  readonly all: boolean | undefined
  /** And of some by their names. */
  readonly named: ReadonlyMap<string, boolean>
  /** By table, the foreign key that rows of it wait for. */
  readonly waiting: Map<string, WaitingRows>
}

export interface WaitingRows {
  readonly constraint: string
  /** Whether a row surely waits: a statement with a condition may have found none. */
  readonly isSure: boolean
}

/** A constraint that the pending migrations added or changed. */
export interface KnownConstraint extends ConstraintFacts {
  /** They added it. */
  readonly isNew?: boolean
}

/** What a view shows. */
export interface KnownView {
  readonly query: SelectStmt
  /** Its first columns, where it gives them names of its own. Not quoted. */
  readonly columns: readonly string[]
}

/** What is known of the target and of the statements so far. Undefined means 'cannot be told'; null means 'there is none'. */
export interface World {
  readonly known: Known
  readonly facts: Facts | undefined
}

export function createWorld(facts: Facts | undefined): World {
  const known: Known = {
    relations: new Set(),
    temporary: new Set(),
    tablesGone: new Set(),
    loose: new Set(),
    filled: new Map(),
    views: new Map(),
    readers: new Map(),
    types: new Set(),
    typesGone: new Set(),
    labels: new Map(),
    newColumns: new Set(),
    columns: new Map(),
    whole: new Set(),
    partitionKeys: new Map(),
    constraints: new Map(),
    indexes: new Map(),
    dropped: new Set(),
    attached: new Map(),
    named: new Map(),
    policies: new Map(),
    restricted: new Map(),
    prepared: new Map(),
    functions: new Map(),
    functionsGone: new Set(),
    roles: new Set(),
    domains: new Map(),
    timeZone: undefined,
    searchPath: undefined,
    putOff: undefined,
    doubted: new Set(),
    doubtful: false,
    renamed: new Map(),
    columnNames: new Map(),
  }
  return { known, facts }
}

/** The key of a part of a table, such as a column. */
export function partKey(table: string, part: string): string {
  return `${qualified(table)}.${part}`
}

/** That of a constraint, which may have the name of a column. */
export function constraintKey(table: string, constraint: string): string {
  return `constraint ${partKey(table, constraint)}`
}

/** Whether the pending migrations made the relation: nobody uses it yet. */
export function isNewRelation({ known }: World, relation: string): boolean {
  return known.relations.has(qualified(relation))
}

/** Remembers that a table of the pending migrations holds rows of others. */
export function knowFilled(known: Known, table: string, sources: readonly string[]): void {
  const key = qualified(table)
  if (sources.length === 0 || !known.relations.has(key)) return
  known.filled.set(key, new Set([...(known.filled.get(key) ?? []), ...sources]))
}

/** The name by which the facts know a relation that the pending migrations may have renamed. */
export function factsName({ known }: World, relation: string): string {
  return known.renamed.get(qualified(relation)) ?? relation
}

/** The name that a relation of the facts has now. */
export function presentName({ known }: World, relation: string): string {
  const before = qualified(relation)
  const [now] = [...known.renamed].find(([, old]) => qualified(old) === before) ?? []
  return now === undefined ? relation : shortName(now)
}

/** Whether the pending migrations added the column, alone or with its table. */
export function isNewColumn(world: World, table: string, column: string): boolean {
  return isNewRelation(world, table) || world.known.newColumns.has(partKey(table, column))
}

export function findColumn(world: World, table: string, column: string): ColumnFacts | null | undefined {
  const { known, facts } = world
  const own = known.columns.get(qualified(table))?.get(column)
  if (own !== undefined) return own
  if (known.dropped.has(partKey(table, column)) || known.whole.has(qualified(table))) return null
  return isNewRelation(world, table) ? undefined : facts?.column?.(factsName(world, table), column)
}

/** A column of the table that Postgres makes of this one, and that is still there. */
export function generatedFrom(world: World, table: string, column: string): string | undefined {
  const made = findColumn(world, table, column)?.generates ?? []
  return made.find((one) => {
    const column = findColumn(world, table, one)
    return column !== null && column?.generated !== null
  })
}

/** The type of a column, where it is known, as a name among others. */
export function knownType(world: World, table: string, column: string): { type?: string } {
  const type = findColumn(world, table, column)?.type
  return type === undefined ? {} : { type }
}

export function findConstraint(
  world: World,
  table: string,
  name: string,
): KnownConstraint | null | undefined {
  const own = world.known.constraints.get(qualified(table))?.get(name)
  if (own === undefined && world.known.dropped.has(constraintKey(table, name))) return null
  if (own === undefined && isNewRelation(world, table)) return undefined
  return own ?? world.facts?.constraint?.(factsName(world, table), name)
}

export function findIndex(world: World, index: string): IndexFacts | null | undefined {
  const { known, facts } = world
  if (known.dropped.has(qualified(index))) return null
  const own = known.indexes.get(qualified(index))
  if (own !== undefined) return own
  const before = facts?.index?.(factsName(world, index))
  if (!before) return before
  if (known.tablesGone.has(before.table)) return null
  return known.columnNames.size === 0 ? before : asNamedNow(world, presentName(world, before.table), before)
}

/** The name by which the facts know a column; undefined when they mean another one by its name. */
export function factsColumn({ known }: World, table: string, column: string): string | undefined {
  const names = known.columnNames.get(qualified(table)) ?? new Map<string, string>()
  const [before] = [...names].find(([, now]) => now === column) ?? []
  return before ?? (names.has(column) ? undefined : column)
}

/** An index that the facts know, over columns by the names that they have now. */
function asNamedNow({ known }: World, table: string, index: IndexFacts): IndexFacts {
  const names = known.columnNames.get(qualified(table))
  if (names === undefined) return index
  const now = (column: string) => names.get(column) ?? column
  const columns = index.columns.map((column) => (column === null ? null : now(column)))
  return { ...index, columns, ...(index.uses === undefined ? {} : { uses: index.uses.map(now) }) }
}

/** All constraints of a table, as they are after the statements so far. */
export function constraintsOf(world: World, table: string): readonly KnownConstraint[] {
  const own = [...(world.known.constraints.get(qualified(table))?.values() ?? [])]
  if (isNewRelation(world, table)) return own
  const names = new Set(own.map(({ name }) => name))
  const before = world.facts?.constraints?.(factsName(world, table)) ?? []
  const stays = ({ name }: ConstraintFacts) =>
    !names.has(name) && !world.known.dropped.has(constraintKey(table, name))
  return [...own, ...before.filter(stays)]
}

/** Remembers a constraint as it is now. */
export function knowConstraint(known: Known, table: string, constraint: KnownConstraint): void {
  const key = qualified(table)
  const own = known.constraints.get(key) ?? new Map<string, KnownConstraint>()
  known.constraints.set(key, own.set(constraint.name, constraint))
}

/** Remembers the index that a unique constraint or a primary key of a table brings along, under the name of the constraint. */
export function knowKeyIndex(
  known: Known,
  table: string,
  constraint: string,
  key: Pick<IndexFacts, 'columns' | 'isPrimary'>,
): void {
  const name = qualified(inSchemaOf(table, constraint))
  known.indexes.set(name, { table: qualified(table), unique: true, ofConstraint: true, ...key })
  known.dropped.delete(name)
}

/** The indexes of a table that the facts know and that are still there. */
export function indexesOf(world: World, table: string): readonly IndexFacts[] {
  const before = world.facts?.indexes?.(factsName(world, table)) ?? []
  if (before.length === 0 || isNewRelation(world, table)) return []
  const { dropped, renamed } = world.known
  const names = new Map([...renamed].map(([now, old]) => [qualified(old), now]))
  return before.flatMap((index) => {
    const now = names.get(index.name ?? '')
    if (dropped.has(now ?? index.name ?? '')) return []
    const named = asNamedNow(world, table, index)
    return [now === undefined ? named : { ...named, name: now }]
  })
}

/** The column that is the whole primary key of a table, as far as the facts know. */
export function keyColumn(world: World, table: string): string | undefined {
  const primary = indexesOf(world, table).find(({ isPrimary }) => isPrimary === true)
  return primary?.columns.length === 1 ? (primary.columns[0] ?? undefined) : undefined
}

/** The foreign keys that point at a table and are still there. */
export function referencingKeys(world: World, table: string): readonly TableConstraint[] {
  if (isNewRelation(world, table)) return []
  const before = world.facts?.referencing?.(factsName(world, table)) ?? []
  return before.filter((key) => !world.known.dropped.has(constraintKey(key.table, key.name)))
}

/** The partitions of a table and the tables that inherit from it, at every depth. */
export function descendantsOf(world: World, table: string): readonly string[] {
  if (world.facts === undefined || isNewRelation(world, table)) return []
  return (world.facts.descendants?.(factsName(world, table)) ?? []).map(shortName)
}

/**
 * Where a table is known to be partitioned: its partitions, for what can be done to them one by one; none when they are partitioned
 * themselves.
 */
export function partitionsOf(world: World, table: string): { readonly partitions?: readonly string[] } {
  if (!isKind(world, table, 'partitioned table')) return {}
  const all = descendantsOf(world, table)
  const isPlain = all.every((one) => isKind(world, one, 'table'))
  return { partitions: isPlain ? all : [] }
}

/** By what a table is partitioned; null when it is not, or when only the database could tell. */
export function partitionKeyOf(world: World, table: string): string | null {
  const made = world.known.partitionKeys.get(qualified(table))
  if (made !== undefined || isNewRelation(world, table)) return made ?? null
  return world.facts?.relation?.(factsName(world, table))?.partitionKey ?? null
}

/** Whether a relation is of this kind, as far as the facts know. */
export function isKind(world: World, relation: string, kind: RelationKind): boolean {
  return world.facts?.kind?.(factsName(world, relation)) === kind && !isNewRelation(world, relation)
}

/** A qualified name as people write it: without the schema that everybody means. */
export function shortName(name: string): string {
  return name.replace(/^public\./, '')
}

/** Remembers what became of a column. */
export function changeColumn(
  known: Known,
  world: World,
  table: string,
  name: string,
  change: Partial<ColumnFacts>,
): void {
  const column = findColumn(world, table, name)
  if (column) knowColumn(known, table, name, { ...column, ...change })
}

/** Remembers a column as it is now. */
export function knowColumn(known: Known, table: string, name: string, column: ColumnFacts): void {
  const key = qualified(table)
  const own = known.columns.get(key) ?? new Map<string, ColumnFacts>()
  known.columns.set(key, own.set(name, column))
}
