import type { Asked, Asking, Question } from './question.ts'

/** ALTER COLUMN ... TYPE: values that the new type does not take. */
export const askTypeChange: Asking = (asked) => {
  const { names, rewrites } = asked.effect
  const { column, type } = names
  if (column === undefined || type === undefined || !rewrites) return []
  const before = asked.facts.column?.(names.table, column)?.type
  if (before === undefined) return []
  const change = { ...asked, column, type, before, value: `(${names.expression ?? column})` }
  return [tooLong(change) ?? tooLarge(change) ?? notWritten(change) ?? trial(change)]
}

interface Change extends Asked {
  readonly column: string
  readonly before: string
  readonly type: string
  /** What becomes the new value. */
  readonly value: string
}

function ask({ effect: { names } }: Change, what: string, where: string): Question {
  return { table: names.table, what, sql: `select from ${names.table} where ${where}` }
}

/** Postgres cuts blanks off the end of a text that is too long, and refuses the rest. */
function tooLong(change: Change): Question | undefined {
  const { type, value, column } = change
  const most = /^(?:character varying|character)\((\d+)\)$/.exec(type)?.[1]
  if (most === undefined) return undefined
  const what = `rows whose ${column} is longer than ${most} characters`
  return ask(change, what, `rtrim(substr(${value}::text, ${most} + 1), ' ') <> ''`)
}

const limits: Readonly<Record<string, string>> = {
  smallint: '-32768 and 32767',
  integer: '-2147483648 and 2147483647',
  bigint: '-9223372036854775808 and 9223372036854775807',
}

const numbers = /^(smallint|integer|bigint|numeric(\(.*\))?|real|double precision)$/

function tooLarge(change: Change): Question | undefined {
  const { type, before, value, column, effect } = change
  const limit = limits[type]
  // What an expression makes of the column may be of any type.
  if (limit === undefined || effect.names.expression !== undefined || !numbers.test(before)) return undefined
  return ask(change, `rows whose ${column} is no ${type}`, `round(${value}::numeric) not between ${limit}`)
}

const firstWithInputTest = 16
const texts = /^(text|character varying|character)(\(\d+\))?$/

/** Texts are asked for what they are, where Postgres can without failing. */
function notWritten(change: Change): Question | undefined {
  const { type, before, column, facts, effect } = change
  const isCast = isPlainCast(effect.names.expression, column)
  if ((facts.version ?? 0) < firstWithInputTest || !texts.test(before) || !isCast) return undefined
  const name = `'${type.replaceAll("'", "''")}'`
  return ask(change, `rows whose ${column} is no ${type}`, `not pg_input_is_valid(${column}::text, ${name})`)
}

/** 'code::integer', 'cast(code as integer)': nothing but the column and its cast. */
function isPlainCast(expression: string | undefined, column: string): boolean {
  if (expression === undefined) return true
  const plain = expression.replace(/\s+/g, ' ').trim()
  const cast =
    /^\(?([\w$"]+)\)? ?:: ?[^()]+(\([\d, ]+\))?$/.exec(plain) ?? /^cast ?\( ?([\w$"]+) as /i.exec(plain)
  return cast?.[1] === column
}

/** Everything else is tried: the statement fails where this fails. */
function trial(change: Change): Question {
  const { effect, column, type, value } = change
  const { table } = effect.names
  const sql = `select count(${value}::${type}) from ${table}`
  return { table, what: `rows whose ${column} becomes no ${type}`, sql, trial: true }
}
