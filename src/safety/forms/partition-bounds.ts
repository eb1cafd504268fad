import type { Node, PartitionBoundSpec } from 'libpg-query'
import type { ConstraintFacts } from '../../postgres/facts.ts'
import { as, strings } from '../nodes.ts'
import { columnOf } from '../sql-text.ts'
import { conjuncts } from './bounded.ts'
import { checkCondition } from './constraint-text.ts'

/** What a partition takes, for a partitioned table with one column in its key. */
export interface Bound {
  readonly column: string
  /** Of a range: from here; null for MINVALUE. */
  readonly from?: string | null
  /** Of a range: up to here, this one not included; null for MAXVALUE. */
  readonly to?: string | null
  /** Of a list. */
  readonly values?: readonly (string | null)[]
}

/** Reads FOR VALUES; undefined for what is not proven here: several columns, expressions, hashes, DEFAULT. */
export function readBound(
  spec: PartitionBoundSpec | undefined,
  partitionKey: string | null,
): Bound | undefined {
  const column = soleKey(partitionKey)
  if (spec === undefined || column === undefined || spec.is_default === true) return undefined
  if (spec.strategy === 'l') return { column, values: (spec.listdatums ?? []).map(constant) }
  const [from] = spec.lowerdatums ?? []
  const [to] = spec.upperdatums ?? []
  return from === undefined || to === undefined
    ? undefined
    : { column, from: constant(from), to: constant(to) }
}

/** The column of a key that is one column; undefined for other keys, and for one of hashes. */
export function soleKey(partitionKey: string | null): string | undefined {
  return /^(?:RANGE|LIST) \(("(?:[^"]|"")+"|[a-z_][\w$]*)\)$/.exec(partitionKey ?? '')?.[1]
}

// MINVALUE, MAXVALUE and NULL are null.
function constant(node: Node | undefined): string | null {
  const cast = as(node, 'TypeCast')
  if (cast !== undefined) return constant(cast.arg)
  const value = as(node, 'A_Const')
  if (value?.ival !== undefined) return String(value.ival.ival ?? 0)
  const plain = value?.sval?.sval ?? value?.fval?.fval ?? null
  return plain === null ? null : normal(plain)
}

// Postgres prints a date that became a timestamp with its time.
function normal(value: string): string {
  return value.replace(/ 00:00:00(\+00)?$/, '')
}

/** Whether valid CHECKs prove that every row of a table lies within the bound. */
export function provesBound(checks: readonly ConstraintFacts[], bound: Bound, notNull: boolean): boolean {
  const facts = conjunctsOf(checks)
  const present = notNull || facts.some((fact) => isNotNullTest(fact, bound.column))
  const comparisons = facts.flatMap((fact) => comparison(fact, bound.column) ?? [])
  const { from, to, values } = bound
  if (values !== undefined) {
    return facts.some((fact) => {
      const compared = comparison(fact, bound.column)
      const listed = compared?.operator === '=' ? [compared.value] : allowedValues(fact, bound.column)
      return listed?.every((value) => values.includes(value)) === true && (present || values.includes(null))
    })
  }
  const above = (from ?? null) === null || comparisons.some((one) => reaches(one, '>=', from ?? ''))
  const below = (to ?? null) === null || comparisons.some((one) => reaches(one, '<', to ?? ''))
  return present && above && below
}

function allowedValues(condition: Node, column: string): readonly (string | null)[] | undefined {
  const listed = listedValues(condition, column)
  return listed?.operator === '=' ? listed.values : undefined
}

/** Whether conditions say something about the key of a partitioned table that can be compared with its bounds. */
export function restrictsKey(conditions: readonly Node[], partitionKey: string | null): boolean {
  const column = soleKey(partitionKey)
  return column !== undefined && conditions.some((condition) => restrictions(condition, column).length > 0)
}

/** Whether a partition can hold no row for which all the conditions are true. */
export function excludes({ column, from, to, values }: Bound, conditions: readonly Node[]): boolean {
  const outside = ({ operator, value }: Comparison): boolean => {
    if (values !== undefined) return operator === '=' && !values.includes(value)
    const [low, high] = [order(value, from), order(value, to)]
    if (operator === '=') return (low ?? 0) < 0 || (high ?? -1) >= 0
    if (operator === '<') return (low ?? 1) <= 0
    if (operator === '<=') return (low ?? 0) < 0
    return (operator === '>' || operator === '>=') && (high ?? -1) >= 0
  }
  return conditions.some((condition) => {
    const allowed = restrictions(condition, column)
    return allowed.length > 0 && allowed.every(outside)
  })
}

/** The values of which the condition lets the key have one; none when it is no list of them. */
export function valuesOfKey(condition: Node, partitionKey: string | null): string[] {
  const allowed = restrictions(condition, soleKey(partitionKey) ?? '')
  return allowed.every(({ operator }) => operator === '=') ? allowed.map(({ value }) => value) : []
}

/** Whether rows with this value of the key go to the partition. */
export function takes({ from, to, values }: Bound, value: string): boolean {
  if (values !== undefined) return values.includes(value)
  const [low, high] = [from === null ? 0 : order(value, from), to === null ? -1 : order(value, to)]
  return low !== undefined && high !== undefined && low >= 0 && high < 0
}

// Undefined where a side is open, or cannot be compared.
function order(value: string, limit: string | null | undefined): number | undefined {
  return limit === null || limit === undefined ? undefined : compare(value, limit)
}

/** The comparisons with constants of which one must be true: one, or of IN (...) any. */
function restrictions(condition: Node, column: string): Comparison[] {
  const { kind, lexpr, rexpr, name } = as(condition, 'A_Expr') ?? {}
  if (columnOf(lexpr) !== column) return []
  const operator = strings(name)[0] ?? ''
  if (kind !== 'AEXPR_IN') return [comparison(condition, column) ?? []].flat()
  const values = (as(rexpr, 'List')?.items ?? []).map(constant).filter((value) => value !== null)
  const isAll = values.length === as(rexpr, 'List')?.items?.length
  return isAll && operator === '=' ? values.map((value) => ({ operator, value })) : []
}

/** Whether two bounds have a value in common, as far as their values can be compared. */
export function overlap(one: Bound, other: Bound): boolean {
  if (one.values !== undefined)
    return other.values !== undefined && one.values.some((value) => other.values?.includes(value))
  const before = (from: string | null | undefined, to: string | null | undefined): boolean => {
    const difference = from === null || to === null ? -1 : compare(from ?? '', to ?? '')
    return difference !== undefined && difference < 0
  }
  return before(one.from, other.to) && before(other.from, one.to)
}

/** The conditions of the valid CHECKs, each of which every row meets. */
export function conjunctsOf(checks: readonly ConstraintFacts[]): Node[] {
  const valid = checks.filter(({ kind, validated }) => kind === 'check' && validated)
  return valid.flatMap(({ definition }) => conjuncts(checkCondition(definition)))
}

function isNotNullTest(condition: Node, column: string): boolean {
  const test = as(condition, 'NullTest')
  return test?.nulltesttype === 'IS_NOT_NULL' && columnOf(test.arg) === column
}

/** A comparison of the key with a constant. */
export interface Comparison {
  readonly operator: string
  readonly value: string
}

/** The comparison that a condition is; undefined when it is none. */
export function comparison(condition: Node, column: string): Comparison | undefined {
  const expression = as(condition, 'A_Expr')
  const value = constant(expression?.rexpr)
  const operator = strings(expression?.name)[0]
  const compares = expression?.kind === 'AEXPR_OP' && columnOf(uncast(expression.lexpr)) === column
  return !compares || value === null || operator === undefined ? undefined : { operator, value }
}

function uncast(node: Node | undefined): Node | undefined {
  return as(node, 'TypeCast')?.arg ?? node
}

/** The values of 'column = ANY (ARRAY[...])', of 'column <> ALL (ARRAY[...])' and of [NOT] IN. */
export function listedValues(
  condition: Node,
  column: string,
): { readonly operator: string; readonly values: readonly (string | null)[] } | undefined {
  const { kind, lexpr, rexpr, name } = as(condition, 'A_Expr') ?? {}
  const operator = strings(name)[0] ?? ''
  const isList =
    kind === 'AEXPR_IN' ||
    (kind === 'AEXPR_OP_ANY' && operator === '=') ||
    (kind === 'AEXPR_OP_ALL' && operator === '<>')
  if (!isList || columnOf(uncast(lexpr)) !== column) return undefined
  const values = as(uncast(rexpr), 'A_ArrayExpr')?.elements ?? as(rexpr, 'List')?.items
  return values && { operator, values: values.map(constant) }
}

/** Whether 'column operator value' says at least that the column is on that side of the limit. */
export function reaches({ operator, value }: Comparison, side: '>=' | '<', limit: string): boolean {
  const order = compare(value, limit)
  if (order === undefined) return false
  if (operator === '=') return side === '>=' ? order >= 0 : order < 0
  if (side === '>=') return (operator === '>=' || operator === '>') && order >= 0
  return (operator === '<' && order <= 0) || (operator === '<=' && order < 0)
}

/** The order of two values: numbers by their value, dates of the same form by their letters. Anything else is not compared. */
export function compare(a: string, b: string): number | undefined {
  const number = /^-?\d+(\.\d+)?$/
  if (number.test(a) && number.test(b)) return Number(a) - Number(b)
  if (a === b) return 0
  const date = /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?$/
  if (!date.test(a) || !date.test(b)) return undefined
  return a < b ? -1 : 1
}
