import type {
  CopyStmt,
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  Node,
  ResTarget,
  SelectStmt,
  UpdateStmt,
} from 'libpg-query'
import { factsName, findColumn, isKind, isNewRelation, type World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import type { Draft } from './form.ts'
import { isAbsent, isColumnAbsent } from './presence.ts'

/** Why Postgres refuses a write whatever the rows are like: the table, or a column that it names, does not take it. */
export function refusedWrite(
  node: InsertStmt | UpdateStmt | DeleteStmt | MergeStmt | CopyStmt,
  world: World,
): Pick<Draft, 'fails'> {
  const table = relationName(node.relation)
  const lists = assignments(node)
  const fails =
    refusedTable(table, world) ??
    first(lists, (list) => assignedTwice(list)) ??
    first(lists.flat(), ({ name = '' }) => missingColumn(table, quoteName(name), world)) ??
    first([...inserted(node, table, world), ...updated(node)], (given) =>
      refusedValue(table, given, 'override' in node ? node : {}, world),
    )
  return fails === undefined ? {} : { fails }
}

/** The same for TRUNCATE, which takes tables only. */
export function refusedTruncate(table: string, world: World): Pick<Draft, 'fails'> {
  if (isAbsent(world, table)) return { fails: `there is no table ${table}` }
  const isView = (['view', 'materialized view', 'sequence'] as const).some((kind) =>
    isKind(world, table, kind),
  )
  return isView && !isNewRelation(world, table) ? { fails: `${table} is not a table` } : {}
}

/** What COMMENT, VACUUM, LOCK and COPY ... TO are refused for. */
export function refusedAbsent(relation: string, world: World): Pick<Draft, 'fails'> {
  return isAbsent(world, relation) ? { fails: `there is no relation ${relation}` } : {}
}

function first<T>(items: readonly T[], why: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = why(item)
    if (found !== undefined) return found
  }
  return undefined
}

function refusedTable(table: string, world: World): string | undefined {
  if (isAbsent(world, table)) return `there is no table ${table}`
  const isMaterialized = isKind(world, table, 'materialized view') && !isNewRelation(world, table)
  return isMaterialized ? `${table} is a materialized view, to which only REFRESH writes` : undefined
}

/** The lists of columns that a statement gives values to, each of which may name a column once. */
function assignments(node: object): ResTarget[][] {
  const { cols, targetList, onConflictClause, mergeWhenClauses } = node as InsertStmt & UpdateStmt & MergeStmt
  return [
    cols,
    targetList,
    onConflictClause?.targetList,
    ...allOf(mergeWhenClauses, 'MergeWhenClause').map((clause) => clause.targetList),
  ].map((list) => allOf(list, 'ResTarget'))
}

function assignedTwice(targets: readonly ResTarget[]): string | undefined {
  // Of a column of a composite type or an array, a part at a time.
  const whole = targets.flatMap(({ name, indirection = [] }) =>
    name && indirection.length === 0 ? [name] : [],
  )
  const seen = new Set<string>()
  const twice = whole.find((name) => seen.size === seen.add(name).size)
  return twice === undefined ? undefined : `it gives ${quoteName(twice)} a value twice`
}

function missingColumn(table: string, column: string, world: World): string | undefined {
  return isColumnAbsent(world, table, column) ? `${table} has no column ${column}` : undefined
}

/** A column, and what it is given: undefined for what a query answers. Asked for only where it matters, for rows can be many. */
type Given = readonly [column: string, values: () => readonly (Node | undefined)[]]

/** What an INSERT gives to its columns: those that it names, or the first ones of the table. */
function inserted(node: object, table: string, world: World): Given[] {
  const { cols, selectStmt } = node as InsertStmt
  const query = as(selectStmt, 'SelectStmt')
  if (query === undefined) return []
  const named = allOf(cols, 'ResTarget').map(({ name }) => quoteName(name ?? ''))
  const all = (world.facts?.columns?.(factsName(world, table)) ?? []).map(({ name }) => name)
  const columns = named.length > 0 ? named : all
  const { valuesLists } = query
  if (valuesLists !== undefined)
    return columns.map((column, index) => [
      column,
      () => allOf(valuesLists, 'List').flatMap(({ items }) => items?.[index] ?? []),
    ])
  const given = named.length > 0 ? named : all.slice(0, countOf(query))
  return given.map((column) => [column, () => [undefined]])
}

/** How many columns a query surely answers with. */
function countOf({ op, targetList }: SelectStmt): number {
  const all = allOf(targetList, 'ResTarget')
  const isOpen = all.some(({ val }) => allOf(as(val, 'ColumnRef')?.fields, 'A_Star').length > 0)
  return isOpen || (op !== undefined && op !== 'SETOP_NONE') ? 0 : all.length
}

/** What an UPDATE sets, one column at a time. */
function updated(node: object): Given[] {
  const { targetList, onConflictClause } = node as InsertStmt & UpdateStmt
  return allOf([...(targetList ?? []), ...(onConflictClause?.targetList ?? [])], 'ResTarget').flatMap(
    ({ name, val }) =>
      as(val, 'MultiAssignRef') === undefined ? [[quoteName(name ?? ''), () => [val]] as const] : [],
  )
}

/** Postgres makes the values of some columns itself. */
function refusedValue(
  table: string,
  [column, values]: Given,
  { override = 'OVERRIDING_NOT_SET' }: Pick<InsertStmt, 'override'>,
  world: World,
): string | undefined {
  const { generated, identity } = findColumn(world, table, column) ?? {}
  const isIdentity = identity === 'always' && override === 'OVERRIDING_NOT_SET'
  if (world.known.doubtful || (!generated && !isIdentity)) return undefined
  if (values().every((value) => as(value, 'SetToDefault') !== undefined)) return undefined
  const how = generated ? 'generated' : 'GENERATED ALWAYS AS IDENTITY'
  return `${table}.${column} is ${how}, and takes no value but DEFAULT`
}
