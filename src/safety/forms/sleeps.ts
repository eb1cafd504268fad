import type { FuncCall, Node } from 'libpg-query'
import { as, strings, tagOf, within, type Tag } from '../nodes.ts'
import type { Draft } from './form.ts'

/** Statements that run what they say at once. */
const running = new Set<Tag>([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CallStmt',
  'CopyStmt',
  'CreateTableAsStmt',
])

/** pg_sleep and its like: while a transaction sleeps, it keeps its locks. */
export function sleepsIn(node: Node, sql: string): Draft[] {
  // Few do: the others are not searched.
  if (!/pg_sleep/i.test(sql) || !running.has(tagOf(node))) return []
  const seconds = within(node, 'FuncCall').flatMap((call) => secondsOf(call) ?? [])
  return seconds.length === 0 ? [] : [{ form: 'sleep', sleeps: seconds.reduce((sum, one) => sum + one, 0) }]
}

/** How long a call sleeps; Infinity where only its run would tell. */
function secondsOf({ funcname, args = [] }: FuncCall): number | undefined {
  const said = constantOf(args[0])
  switch (strings(funcname).at(-1) ?? '') {
    case 'pg_sleep':
      return said === undefined || Number.isNaN(Number(said)) ? Infinity : Math.max(0, Number(said))
    case 'pg_sleep_for':
      return (said === undefined ? undefined : secondsOfInterval(said)) ?? Infinity
    case 'pg_sleep_until':
      return Infinity
    default:
      return undefined
  }
}

/** What a constant says, with or without a cast. */
function constantOf(node: Node | undefined): string | undefined {
  const cast = as(node, 'TypeCast')
  if (cast !== undefined) return constantOf(cast.arg)
  const constant = as(node, 'A_Const')
  if (constant?.ival !== undefined) return String(constant.ival.ival ?? 0)
  return constant?.fval?.fval ?? constant?.sval?.sval
}

const units: Readonly<Record<string, number>> = {
  ms: 0.001,
  millisecond: 0.001,
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  h: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
}

const part = /([\d.]+)\s*([a-z]+)/g

/** '1 minute 30 seconds'; undefined for what is written in another way. */
function secondsOfInterval(text: string): number | undefined {
  const said = text.toLowerCase()
  if (said.replaceAll(part, '').trim() !== '') return undefined
  const seconds = [...said.matchAll(part)].map(
    ([, amount, unit = '']) => Number(amount) * (units[unit] ?? units[unit.replace(/s$/, '')] ?? NaN),
  )
  const sum = seconds.reduce((total, one) => total + one, 0)
  return seconds.length === 0 || Number.isNaN(sum) ? undefined : sum
}
