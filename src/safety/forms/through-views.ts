import type { DeleteStmt, InsertStmt, Node, RangeVar, SelectStmt, UpdateStmt } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { factsName, type KnownView, type World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import { unknown, type Draft } from './form.ts'
import { isView, relationsBehind, viewOf } from './known-views.ts'
import { lockOnly } from './locks.ts'

/** What a write does to the relation that it names: where that is a view, to what the view shows. `judge` tells it of a table. */
export function writtenThrough<N extends OfRelation>(
  form: string,
  node: N,
  world: World,
  judge: (node: N) => readonly Draft[],
): readonly Draft[] {
  const name = relationName(node.relation)
  if (!isView(name, world)) return judge(node)
  const through = throughView(node, world)
  const lock = lockOnly(form, name, 'ROW EXCLUSIVE')
  if (through !== undefined) return [lock, ...writtenThrough(form, through, world, judge)]
  const why = `it writes to the view ${name}, and only a trigger or a rule of the view can tell where to`
  const reads = relationsBehind(name, world).map((table) => lockOnly(form, table, 'ACCESS SHARE'))
  return [{ ...unknown(form, why, name), ...lock }, ...reads]
}

/** What a statement says of the one relation whose rows it means. */
export type OfRelation = Pick<UpdateStmt | DeleteStmt, 'relation' | 'whereClause'> &
  Pick<UpdateStmt, 'targetList'> &
  Pick<InsertStmt, 'cols'>

/**
 * A statement on a view as Postgres makes it one on the relation that the view shows: with the names and the condition of that. Undefined
 * where Postgres does not: the view shows more than the rows of one relation, or a trigger or a rule of it decides.
 */
function throughView<N extends OfRelation>(node: N, world: World): N | undefined {
  const name = relationName(node.relation)
  const view = viewOf(name, world)
  const shown = soleRelation(view?.query ?? {})
  if (view === undefined || shown === undefined || isIntercepted(name, world)) return undefined
  // Views can show each other in a ring: Postgres notices only when one is used.
  if (relationsBehind(name, world).map(qualified).includes(qualified(name))) return undefined
  const alias = shown.alias ?? { aliasname: shown.relname ?? '' }
  const columns = columnsOf(view, alias.aliasname ?? '')
  const inline = <T>(value: T) => inlined(value, columns, nameWithin(node.relation))
  const condition = conjunction([inline(node.whereClause), view.query.whereClause])
  return {
    ...node,
    relation: { ...shown, alias },
    ...(condition === undefined ? {} : { whereClause: condition }),
    ...(node.targetList && { targetList: assigned(node.targetList, columns).map(inline) }),
    ...(node.cols && { cols: assigned(node.cols, columns) }),
  }
}

/** The same for a query, where it reads one view, and that computes nothing of all its rows. */
export function selectThroughView(select: SelectStmt, world: World): SelectStmt | undefined {
  const [from, ...others] = select.fromClause ?? []
  const relation = others.length === 0 ? as(from, 'RangeVar') : undefined
  const computed = within(viewOf(relationName(relation), world)?.query.targetList, 'FuncCall')
  if (computed.length > 0) return undefined
  const through = relation && throughView({ relation, whereClause: select.whereClause }, world)
  return (
    through?.relation && {
      ...select,
      fromClause: [{ RangeVar: through.relation }],
      whereClause: through.whereClause,
    }
  )
}

/** The relation whose rows a query answers with, each as one row. */
function soleRelation(query: SelectStmt): RangeVar | undefined {
  const [from, ...others] = query.fromClause ?? []
  const isMore = others.length > 0 || many.some((clause) => query[clause] !== undefined)
  return isMore ? undefined : as(from, 'RangeVar')
}

const many = [
  'distinctClause',
  'groupClause',
  'havingClause',
  'windowClause',
  'withClause',
  'limitCount',
  'limitOffset',
] as const

/** Whether a trigger or a rule says what a write to the view does. */
function isIntercepted(view: string, world: World): boolean {
  const before = world.facts?.relation?.(factsName(world, view))
  const made = [...world.known.attached].some(
    ([key, isThere]) => isThere && !key.startsWith('policy ') && key.includes(` ${qualified(view)}.`),
  )
  return made || before?.hasRules === true || (before?.triggers ?? []).length > 0
}

/** By the name of a view's column, what it shows. */
type Columns = (name: string) => Node | undefined

function columnsOf({ query, columns }: KnownView, alias: string): Columns {
  const targets = allOf(query.targetList, 'ResTarget')
  const isWhole = targets.some(({ val }) => allOf(as(val, 'ColumnRef')?.fields, 'A_Star').length > 0)
  const shown = new Map(targets.map(({ name, val }, index) => [columns[index] ?? name ?? lastName(val), val]))
  const same = (name: string): Node => ({
    ColumnRef: { fields: [alias, name].map((sval) => ({ String: { sval } })) },
  })
  return (name) => shown.get(name) ?? (isWhole ? same(name) : undefined)
}

function lastName(node: Node | undefined): string | undefined {
  return strings(as(node, 'ColumnRef')?.fields).at(-1)
}

/** The name by which the rest of a statement calls its relation. */
function nameWithin(relation: RangeVar | undefined): string | undefined {
  return relation?.alias?.aliasname ?? relation?.relname
}

/** With what the columns of a view show in their place. Queries within are left: the same names mean other columns there. */
function inlined<T>(value: T, columns: Columns, view: string | undefined): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => inlined(item, columns, view)) as T
  const words = 'ColumnRef' in value ? strings(as(value as Node, 'ColumnRef')?.fields) : []
  const shown = words.length === 1 || words.at(-2) === view ? columns(words.at(-1) ?? '') : undefined
  if (shown !== undefined) return shown as T
  const parts = Object.entries(value).map(([key, part]: [string, unknown]) => [
    key,
    queries.has(key) ? part : inlined(part, columns, view),
  ])
  return Object.fromEntries(parts) as T
}

const queries = new Set(['subselect', 'subquery', 'ctequery'])

/** The columns that a statement sets, by the names of what the view shows. */
function assigned(targets: readonly Node[], columns: Columns): Node[] {
  return targets.map((target) => {
    const column = as(target, 'ResTarget')
    const name = lastName(columns(column?.name ?? ''))
    return name === undefined ? target : { ResTarget: { ...column, name } }
  })
}

function conjunction(conditions: readonly (Node | undefined)[]): Node | undefined {
  const [first, ...others] = conditions.filter((condition) => condition !== undefined)
  return first === undefined || others.length === 0
    ? first
    : { BoolExpr: { boolop: 'AND_EXPR', args: [first, ...others] } }
}
