import type { FuncCall, Node, RangeFunction, SelectStmt, WithClause } from 'libpg-query'
import { allOf, as, strings, within } from '../nodes.ts'
import { quoteName } from '../sql-text.ts'
import { largestBatch } from './batches.ts'
import { notVolatile } from './expressions.ts'

/** Whether a query answers with few rows because it says LIMIT. */
export function isLimited({ limitCount }: SelectStmt): boolean {
  const limit = integerOf(limitCount)
  return limit !== undefined && limit <= largestBatch
}

/** Whether a query answers with few rows whatever the tables hold: it says LIMIT, or all its rows are written there. */
export function answersFew(query: SelectStmt | undefined): boolean {
  if (query === undefined) return false
  const { op, larg, rarg, valuesLists, fromClause, targetList } = query
  if (isLimited(query)) return true
  if (op !== undefined && op !== 'SETOP_NONE') return answersFew(larg) && answersFew(rarg)
  if (valuesLists !== undefined) return valuesLists.length <= largestBatch
  // One row, unless a function makes several.
  return fromClause === undefined && targetList !== undefined && within(targetList, 'FuncCall').every(isFew)
}

/** The names under which a statement joins queries and lists of few rows. */
export interface FewNames {
  readonly tables: ReadonlySet<string>
  /** Of functions: such a name is that of the only column as well. */
  readonly columns: ReadonlySet<string>
}

export function fewNames(node: { readonly withClause?: WithClause | undefined }): FewNames {
  const common = allOf(node.withClause?.ctes, 'CommonTableExpr').filter(({ ctequery }) =>
    answersFew(as(ctequery, 'SelectStmt')),
  )
  const inner = within(Object.values(node), 'RangeSubselect').filter(
    ({ subquery, lateral }) => lateral !== true && answersFew(as(subquery, 'SelectStmt')),
  )
  const functions = within(Object.values(node), 'RangeFunction').filter(isListed)
  const columns = functions.map(({ alias }) => quoteName(alias?.aliasname ?? ''))
  const tables = [
    ...common.map(({ ctename }) => quoteName(ctename ?? '')),
    ...inner.map(({ alias }) => quoteName(alias?.aliasname ?? '')),
    ...columns,
  ]
  return { tables: new Set(tables), columns: new Set(columns) }
}

/** unnest(ARRAY[1, 2]) and its like, by itself. */
function isListed({ functions }: RangeFunction): boolean {
  const [first, ...others] = (functions ?? []).map((one) => as(as(one, 'List')?.items?.[0], 'FuncCall'))
  return first !== undefined && others.length === 0 && isSeveral(first) && isFew(first)
}

/** Whether a call makes one row, or as many as its arguments list. */
function isFew(call: FuncCall): boolean {
  const { funcname, args = [] } = call
  const name = strings(funcname).at(-1) ?? ''
  if (!isSeveral(call)) return notVolatile.has(name)
  if (args.some((argument) => readsMore.some((tag) => within([argument], tag).length > 0))) return false
  if (name === 'unnest') return true
  const [from, to] = args.map(integerOf)
  return from !== undefined && to !== undefined && args.length === 2 && to - from <= largestBatch
}

const readsMore = ['ColumnRef', 'SubLink', 'FuncCall', 'ParamRef'] as const

function isSeveral({ funcname }: FuncCall): boolean {
  return ['unnest', 'generate_series'].includes(strings(funcname).at(-1) ?? '')
}

/** The value of a whole number that is not negative. */
export function integerOf(node: Node | undefined): number | undefined {
  const constant = as(node, 'A_Const')
  const text = constant?.fval?.fval
  if (text !== undefined) return /^\d+$/.test(text) ? Number(text) : undefined
  return constant?.ival === undefined ? undefined : (constant.ival.ival ?? 0)
}
