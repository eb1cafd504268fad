import type { FuncCall, Node, RangeVar, SelectStmt } from 'libpg-query'
import { descendantsOf, indexesOf, isKind, isNewRelation, type World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { columnOf, commonNames, relationName } from '../sql-text.ts'
import { isBounded } from './bounded.ts'
import { isLimited } from './few-rows.ts'
import type { Context, Draft } from './form.ts'
import { isView, relationsBehind } from './known-views.ts'
import { isOfPostgres } from './presence.ts'
import { selectThroughView } from './through-views.ts'

/** The existing tables that a query reads, also through views: from end to end unless its text says otherwise. */
export function reads(query: Node | undefined, context: Context): Draft[] {
  const common = commonNames(query)
  const few = new Set(within(query, 'SelectStmt').flatMap((select) => tableOfFew(select, context) ?? []))
  const relations = within(query, 'RangeVar')
  const names = relations.filter((relation) => !few.has(relation)).map(relationName)
  const behind = names
    .filter((name) => !common.has(name) && isView(name, context.world))
    .flatMap((name) => relationsBehind(name, context.world))
  return (
    [...new Set([...names, ...behind])]
      // The catalogs are small, and nobody's own.
      .filter((name) => !common.has(name) && !isOfPostgres(name) && !isNewRelation(context.world, name))
      .map((name) => {
        const hasRows = !isView(name, context.world) && !isKind(context.world, name, 'sequence')
        const work = hasRows ? 'scan' : 'nothing'
        return { form: 'read table', relation: name, lock: 'ACCESS SHARE', work }
      })
  )
}

/** The tables that are read from end to end. */
export function scanned(drafts: readonly Draft[]): string[] {
  return drafts.flatMap(({ work, relation }) => (work === 'scan' && relation !== undefined ? [relation] : []))
}

/** The only table of a query that reads few of its rows: those of a key, or the first that come. */
function tableOfFew(select: SelectStmt, { world }: Pick<Context, 'world'>): RangeVar | undefined {
  const table = select.fromClause?.length === 1 ? as(select.fromClause[0], 'RangeVar') : undefined
  if (table === undefined || descendantsOf(world, relationName(table)).length > 0) return undefined
  const through = isView(relationName(table), world) ? selectThroughView(select, world) : undefined
  if (through !== undefined) return tableOfFew(through, { world }) && table
  const first =
    !isView(relationName(table), world) &&
    isLimited(select) &&
    select.whereClause === undefined &&
    select.groupClause === undefined &&
    isInOrder(select, relationName(table), world) &&
    within(select.targetList, 'FuncCall').every(isSingle)
  return first ||
    readsEnds(select, relationName(table), world) ||
    isBounded(select, relationName(table), world)
    ? table
    : undefined
}

/** Whether a query asks for nothing but the greatest or the least values of columns that an index has in their order. */
function readsEnds(
  { targetList, whereClause, groupClause, havingClause }: SelectStmt,
  table: string,
  world: World,
): boolean {
  if (whereClause !== undefined || groupClause !== undefined || havingClause !== undefined) return false
  const calls = within(targetList, 'FuncCall')
  const ends = calls.filter(({ funcname }) => ['max', 'min'].includes(strings(funcname).at(-1) ?? ''))
  const isElse = calls.some((call) => !ends.includes(call) && !isSingle(call))
  if (ends.length === 0 || isElse || within(targetList, 'SubLink').length > 0) return false
  return ends.every(
    ({ args, agg_filter: filter }) => filter === undefined && isFirst(columnOf(args?.[0]), table, world),
  )
}

/** Whether a function is asked for each row: no aggregate. */
function isSingle({ funcname }: FuncCall): boolean {
  return single.has(strings(funcname).at(-1) ?? '')
}

const single = new Set(['setval', 'pg_get_serial_sequence'])

/** Whether rows come as they are found: in no order, or in that of an index. */
function isInOrder({ sortClause }: SelectStmt, table: string, world: World): boolean {
  const [by, ...others] = allOf(sortClause, 'SortBy')
  if (by === undefined) return true
  const isUsual = by.sortby_nulls === 'SORTBY_NULLS_DEFAULT' && (by.useOp ?? []).length === 0
  return others.length === 0 && isUsual && isFirst(columnOf(by.node), table, world)
}

function isFirst(column: string | undefined, table: string, world: World): boolean {
  // Without the database, only the usual name of a key counts as one.
  if (world.facts?.indexes === undefined) return column === 'id'
  return indexesOf(world, table).some(
    ({ columns, partial, valid, definition = '' }) =>
      columns[0] === column && partial !== true && valid !== false && !/ USING (?!btree)/.test(definition),
  )
}
