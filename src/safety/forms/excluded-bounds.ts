import type { Node } from 'libpg-query'
import type { ConstraintFacts } from '../../postgres/facts.ts'
import { as, strings } from '../nodes.ts'
import { columnOf } from '../sql-text.ts'
import { compare, comparison, conjunctsOf, listedValues, reaches, type Bound } from './partition-bounds.ts'

/** Values of a list that Postgres compares one by one when it looks for a proof. */
const mostCompared = 100

/** Whether valid CHECKs prove that no row of the default partition lies within the bound of a new one. */
export function excludesBound(checks: readonly ConstraintFacts[], bound: Bound): boolean {
  const conditions = conjunctsOf(checks)
  const { from, to, values } = bound
  if (values === undefined)
    return conditions.some((one) => isOutside(one, outsideRange(bound.column, from, to)))
  return (
    values.length <= mostCompared &&
    values.every((value) => conditions.some((one) => isOutside(one, outsideValue(bound.column, value))))
  )
}

/** Whether a simple condition leaves out all that is asked about. */
type Leaf = (condition: Node) => boolean

function isOutside(condition: Node, leaf: Leaf): boolean {
  const { boolop, args = [] } = as(condition, 'BoolExpr') ?? {}
  const outside = (one: Node) => isOutside(one, leaf)
  if (boolop === 'AND_EXPR') return args.some(outside)
  if (boolop === 'OR_EXPR') return args.every(outside)
  if (boolop !== 'NOT_EXPR') return leaf(condition)
  const opposite = negated(args[0])
  return opposite !== undefined && outside(opposite)
}

function outsideRange(column: string, from: Bound['from'], to: Bound['to']): Leaf {
  return (condition) => {
    if (isNullTest(condition, column) === 'IS_NULL') return true
    const compared = comparison(condition, column)
    if (compared === undefined) return false
    const before = from !== null && from !== undefined && reaches(compared, '<', from)
    return before || (to !== null && to !== undefined && reaches(compared, '>=', to))
  }
}

function outsideValue(column: string, value: string | null): Leaf {
  return (condition) => {
    const test = isNullTest(condition, column)
    if (test !== undefined) return (test === 'IS_NULL') === (value !== null)
    if (value === null) return false
    const compared = comparison(condition, column)
    if (compared !== undefined) return isFalse(compared.operator, compare(value, compared.value))
    const listed = listedValues(condition, column)
    if (listed === undefined) return false
    const orders = listed.values.map((one) => (one === null ? undefined : compare(value, one)))
    return listed.operator === '=' ? orders.every((order) => isFalse('=', order)) : orders.includes(0)
  }
}

/** Whether a comparison is false for two values in this order. */
function isFalse(operator: string, order: number | undefined): boolean {
  return order !== undefined && falseFor[operator]?.(order) === true
}

const falseFor: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order !== 0,
  '<>': (order) => order === 0,
  '<': (order) => order >= 0,
  '<=': (order) => order > 0,
  '>': (order) => order <= 0,
  '>=': (order) => order < 0,
}

function isNullTest(condition: Node, column: string) {
  const test = as(condition, 'NullTest')
  return columnOf(test?.arg) === column ? test?.nulltesttype : undefined
}

const opposites: Readonly<Record<string, string>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
}

/** The opposite of a condition; undefined where it has no simple form. */
function negated(condition: Node | undefined): Node | undefined {
  const both = as(condition, 'BoolExpr')
  if (both?.boolop === 'NOT_EXPR') return both.args?.[0]
  if (both !== undefined) {
    const args = (both.args ?? []).map(negated)
    const known = args.filter((one) => one !== undefined)
    const boolop = both.boolop === 'AND_EXPR' ? 'OR_EXPR' : 'AND_EXPR'
    return known.length === args.length ? { BoolExpr: { boolop, args: known } } : undefined
  }
  const test = as(condition, 'NullTest')
  if (test !== undefined)
    return {
      NullTest: { ...test, nulltesttype: test.nulltesttype === 'IS_NULL' ? 'IS_NOT_NULL' : 'IS_NULL' },
    }
  const compared = as(condition, 'A_Expr')
  const sval = opposites[strings(compared?.name)[0] ?? '']
  if (compared === undefined || sval === undefined) return undefined
  const kinds = { AEXPR_OP_ANY: 'AEXPR_OP_ALL', AEXPR_OP_ALL: 'AEXPR_OP_ANY' } as const
  const kind =
    compared.kind === 'AEXPR_OP_ANY' || compared.kind === 'AEXPR_OP_ALL'
      ? kinds[compared.kind]
      : compared.kind
  return kind === 'AEXPR_OP' || kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL'
    ? { A_Expr: { ...compared, kind, name: [{ String: { sval } }] } }
    : undefined
}
