import type { CopyStmt, DeleteStmt, InsertStmt, MergeStmt, Node, ResTarget, UpdateStmt } from 'libpg-query'
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
    first([...inserted(node, table, world), ...updated(node)], ([name, value]) =>
      refusedValue(table, name, value, node, world),
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

/** What COMMENT, VACUUM and LOCK are refused for. */
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

/** A column and what it is given; undefined for what a query answers. */
type Given = readonly [column: string, value: Node | undefined]

/** What an INSERT gives to its columns: those that it names, or the first ones of the table. */
function inserted(node: object, table: string, world: World): Given[] {
  const { cols, selectStmt } = node as InsertStmt
  const query = as(selectStmt, 'SelectStmt')
  if (query === undefined) return []
  const named = allOf(cols, 'ResTarget').map(({ name }) => quoteName(name ?? ''))
  const all = (world.facts?.columns?.(factsName(world, table)) ?? []).map(({ name }) => name)
  const columns = named.length > 0 ? named : all
  const rows = allOf(query.valuesLists, 'List').map(({ items }) => items ?? [])
  if (rows.length > 0)
    return columns.flatMap((column, index) =>
      rows.flatMap((row) => (row[index] === undefined ? [] : [[column, row[index]] as const])),
    )
  const answered = query.op === undefined || query.op === 'SETOP_NONE' ? countOf(query.targetList) : 0
  const given = named.length > 0 ? named : all.slice(0, answered)
  return given.map((column) => [column, undefined] as const)
}

/** How many columns a query surely answers with. */
function countOf(targets: readonly Node[] | undefined): number {
  const all = allOf(targets, 'ResTarget')
  return all.some(({ val }) => allOf(as(val, 'ColumnRef')?.fields, 'A_Star').length > 0) ? 0 : all.length
}

/** What an UPDATE sets, one column at a time. */
function updated(node: object): Given[] {
  const { targetList, onConflictClause } = node as InsertStmt & UpdateStmt
  return allOf([...(targetList ?? []), ...(onConflictClause?.targetList ?? [])], 'ResTarget').flatMap(
    ({ name, val }) =>
      as(val, 'MultiAssignRef') === undefined ? [[quoteName(name ?? ''), val] as const] : [],
  )
}

/** Postgres makes the values of some columns itself. */
function refusedValue(
  table: string,
  column: string,
  value: Node | undefined,
  node: object,
  world: World,
): string | undefined {
  if (as(value, 'SetToDefault') !== undefined || world.known.doubtful) return undefined
  const facts = findColumn(world, table, column)
  if (facts?.generated) return `${table}.${column} is generated, and takes no value but DEFAULT`
  const { override = 'OVERRIDING_NOT_SET' } = node as InsertStmt
  const isGiven = facts?.identity === 'always' && override === 'OVERRIDING_NOT_SET'
  return isGiven
    ? `${table}.${column} is GENERATED ALWAYS AS IDENTITY, and takes no value but DEFAULT`
    : undefined
}
