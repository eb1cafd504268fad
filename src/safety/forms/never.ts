import type { Node } from 'libpg-query'
import { allOf, as } from '../nodes.ts'

/** Whether a condition holds for no row, whatever is in it: it is false or NULL by what its text says. */
export function isNever(condition: Node): boolean {
  const { boolop, args = [] } = as(condition, 'BoolExpr') ?? {}
  if (boolop === 'AND_EXPR') return args.some(isNever)
  if (boolop === 'OR_EXPR') return args.every(isNever)
  const truth = truthOf(condition)
  return truth === false || truth === null
}

/** What a condition of constants comes to; undefined for any other. */
function truthOf(condition: Node | undefined): boolean | null | undefined {
  const not = as(condition, 'BoolExpr')
  if (not?.boolop === 'NOT_EXPR') {
    const truth = truthOf(not.args?.[0])
    return typeof truth === 'boolean' ? !truth : truth
  }
  const test = as(condition, 'NullTest')
  const tested = test && constantOf(test.arg)
  if (tested !== undefined) return (tested === null) === (test?.nulltesttype === 'IS_NULL')
  const constant = constantOf(condition)
  if (constant !== undefined) return constant === null ? null : booleans.get(String(constant))
  return as(condition, 'A_Expr')?.kind === 'AEXPR_OP' ? comparison(condition) : undefined
}

function comparison(condition: Node | undefined): boolean | null | undefined {
  const { name, lexpr, rexpr } = as(condition, 'A_Expr') ?? {}
  const operator = allOf(name, 'String')[0]?.sval ?? ''
  const [left, right] = [constantOf(lexpr), constantOf(rexpr)]
  if (!comparing.has(operator)) return undefined
  if (left === null || right === null) return null
  // Text is equal only to itself; of numbers that are written differently, only the database knows.
  const isPlain = typeof left === typeof right && left !== undefined
  if (!isPlain || (operator !== '=' && operator !== '<>')) return undefined
  return (left === right) === (operator === '=')
}

const comparing = new Set(['=', '<>', '<', '>', '<=', '>='])

/** The value of a constant: undefined for what is none, or is written in a way of its own. */
function constantOf(node: Node | undefined): string | number | boolean | null | undefined {
  const cast = as(node, 'TypeCast')
  if (cast !== undefined) return isBoolean(cast.typeName) ? constantOf(cast.arg) : isNull(cast.arg)
  const constant = as(node, 'A_Const')
  if (constant?.isnull === true) return null
  if (constant?.boolval !== undefined) return constant.boolval.boolval === true
  if (constant?.ival !== undefined) return constant.ival.ival ?? 0
  return constant?.sval?.sval
}

function isBoolean(type: { names?: readonly Node[] } | undefined): boolean {
  return allOf(type?.names, 'String').at(-1)?.sval === 'bool'
}

function isNull(node: Node | undefined): null | undefined {
  return constantOf(node) === null ? null : undefined
}

const booleans = new Map([
  ['true', true],
  ['t', true],
  ['false', false],
  ['f', false],
])
