import type { ColumnRef, Node, SelectStmt } from 'libpg-query'
import { findColumn, type World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { columnOf, quoteName, relationName } from '../sql-text.ts'
import { viewOf } from './known-views.ts'

/** Rows that stay locked for a moment only, however large they are. */
export const largestBatch = 10_000

/**
 * The columns of 'column = ANY (ARRAY(SELECT ...))', of 'column IN (SELECT ...)' and of 'column = (SELECT ...)', where the query answers
 * with few rows: so many values at most. A query that could depend on the row outside does not count.
 */
export function comparedWithBatch(
  condition: Node,
  table: string,
  world: World,
  isFew: (query: SelectStmt) => boolean,
): readonly string[] | undefined {
  const expression = as(condition, 'A_Expr')
  const isEqual = allOf(expression?.name, 'String')[0]?.sval === '='
  const isAny = expression?.kind === 'AEXPR_OP_ANY' && isEqual
  const isOne = expression?.kind === 'AEXPR_OP' && isEqual
  const link = as(isAny || isOne ? expression.rexpr : condition, 'SubLink')
  const isIn = link?.subLinkType === 'ANY_SUBLINK' && (link.operName ?? []).length === 0
  const type = isAny ? 'ARRAY_SUBLINK' : isOne ? 'EXPR_SUBLINK' : isIn ? 'ANY_SUBLINK' : undefined
  const query = as(link?.subselect, 'SelectStmt')
  if (query === undefined || link?.subLinkType !== type || !isAlone(query, table, world)) return undefined
  // A comparison with '=' is with one row.
  return isOne || isFew(query) ? columnsOf(isIn ? link.testexpr : expression?.lexpr) : undefined
}

/** The columns that stand alone or in brackets. */
export function columnsOf(node: Node | undefined): readonly string[] {
  return (as(node, 'RowExpr')?.args ?? (node === undefined ? [] : [node])).flatMap(
    (one) => columnOf(one) ?? [],
  )
}

/** Whether every column that a query names is surely one of its own tables. */
function isAlone(query: SelectStmt, table: string, world: World): boolean {
  const references = within(query, 'ColumnRef')
  if (references.length === 0) return true
  const isPlain = nested.every((tag) => within(query, tag).length === 0)
  const sources = within(query.fromClause, 'RangeVar')
  const names = new Set(sources.map(({ alias, relname }) => alias?.aliasname ?? relname))
  const hasOwn = (column: string) =>
    sources.some((source) => {
      const name = relationName(source)
      // What the table outside has, the same table inside has as well.
      return name === table || hasColumn(name, column, world)
    })
  const isOwn = ({ fields }: ColumnRef): boolean => {
    const words = strings(fields)
    if (words.length > 1) return names.has(words.at(-2) ?? '')
    return words.every(hasOwn)
  }
  return isPlain && references.every(isOwn)
}

/** Queries within the query: a name may be one of theirs. */
const nested = ['SubLink', 'RangeSubselect', 'CommonTableExpr'] as const

function hasColumn(relation: string, column: string, world: World): boolean {
  if (findColumn(world, relation, quoteName(column))) return true
  const shown = allOf(viewOf(relation, world)?.query.targetList, 'ResTarget')
  return shown.some(({ name, val }) => (name ?? strings(as(val, 'ColumnRef')?.fields).at(-1)) === column)
}
