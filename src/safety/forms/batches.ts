import type { Node, SelectStmt } from 'libpg-query'
import { allOf, as, within } from '../nodes.ts'
import { columnOf, relationName } from '../sql-text.ts'

/** Rows that stay locked for a moment only, however large they are. */
export const largestBatch = 10_000

/**
 * The column of 'column = ANY (ARRAY(SELECT ... LIMIT n))' and of 'column IN (SELECT ... LIMIT n)', where the query reads the same
 * table and n is small: so many values at most. A query that could depend on the row outside does not count.
 */
export function comparedWithBatch(condition: Node, table: string): string | undefined {
  const expression = as(condition, 'A_Expr')
  const isAny = expression?.kind === 'AEXPR_OP_ANY' && allOf(expression.name, 'String')[0]?.sval === '='
  const link = as(isAny ? expression.rexpr : condition, 'SubLink')
  const isIn = !isAny && link?.subLinkType === 'ANY_SUBLINK' && (link.operName ?? []).length === 0
  if (!(isIn || (isAny && link?.subLinkType === 'ARRAY_SUBLINK'))) return undefined
  const query = as(link?.subselect, 'SelectStmt')
  return query !== undefined && isBatch(query, table)
    ? columnOf(isAny ? expression.lexpr : link?.testexpr)
    : undefined
}

function isBatch(query: SelectStmt, table: string): boolean {
  const [from, ...others] = query.fromClause ?? []
  const source = as(from, 'RangeVar')
  const same = others.length === 0 && source?.alias === undefined && relationName(source) === table
  const own = within(query, 'ColumnRef').every(({ fields }) => (fields ?? []).length === 1)
  const limit = as(query.limitCount, 'A_Const')?.ival?.ival ?? Infinity
  return same && own && limit <= largestBatch
}
