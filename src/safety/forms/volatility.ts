import type { Node } from 'libpg-query'
import type { FunctionFacts } from '../../postgres/facts.ts'
import type { World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { listName } from '../sql-text.ts'
import { notVolatile } from './expressions.ts'
import { parsed } from './parsed.ts'

/** Whether Postgres must compute the expression for each row: it calls a function that is not known to be stable. */
export function isVolatile(expression: Node | undefined, world: World): boolean {
  return within(expression, 'FuncCall').some(({ funcname }) => isVolatileFunction(funcname, world, []))
}

function isVolatileFunction(
  name: readonly Node[] | undefined,
  world: World,
  callers: readonly string[],
): boolean {
  const parts = strings(name)
  const base = parts.at(-1) ?? ''
  const builtin = parts.length === 1 || parts[0] === 'pg_catalog'
  const { facts } = world
  if (facts?.functions === undefined || facts.isVolatileBuiltin === undefined)
    return !builtin || !notVolatile.has(base)
  const own = parts[0] === 'pg_catalog' ? [] : facts.functions(listName([...(name ?? [])]))
  if (own.length > 0) return own.some((one) => isVolatileBody(one, world, callers))
  return !builtin || facts.isVolatileBuiltin(base) !== false
}

// The planner puts the text of a simple function in SQL in the place of its call, before it asks what is volatile.
function isVolatileBody(
  { volatile, body, name }: FunctionFacts,
  world: World,
  callers: readonly string[],
): boolean {
  if (!volatile) return false
  const expression = body === null || callers.includes(name) ? undefined : inlined(body)
  if (expression === undefined) return true
  return within(expression, 'FuncCall').some(({ funcname }) =>
    isVolatileFunction(funcname, world, [...callers, name]),
  )
}

/** The expression of a function that is nothing but SELECT expression. */
function inlined(body: string): Node | undefined {
  // The body of a function with SQL-standard syntax is not kept as text.
  const statements = parsed(body) ?? []
  const select = statements.length === 1 ? as(statements[0], 'SelectStmt') : undefined
  const targets = allOf(select?.targetList, 'ResTarget')
  const plain =
    select !== undefined &&
    Object.keys(select).every((key) => ['targetList', 'limitOption', 'op'].includes(key)) &&
    select.op === 'SETOP_NONE'
  return plain && targets.length === 1 && within(targets, 'SubLink').length === 0
    ? targets[0]?.val
    : undefined
}
