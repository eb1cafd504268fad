import type { CreateTrigStmt, Node } from 'libpg-query'
import type { Break } from '../effect.ts'
import { findColumn, type World } from '../known.ts'
import { as, strings, within } from '../nodes.ts'
import { listName, quoteName, relationName } from '../sql-text.ts'
import { definitionsOf } from './calls.ts'
import { parseCode } from './code-block.ts'

/** What a new trigger breaks whose function does nothing but refuse: it makes a table, or a column, one that nobody writes to. */
export function refusedWrites(node: CreateTrigStmt, world: World): readonly Break[] | undefined {
  const { relation, funcname, whenClause, events = 0 } = node
  const definitions = definitionsOf(listName(funcname), world)
  const [definition = ''] = definitions?.length === 1 ? definitions : []
  if (!alwaysRaises(definition)) return undefined
  const table = relationName(relation)
  const refused = writes.filter(({ event }) => (events & event) !== 0)
  const certain = refused.filter(({ event }) => isMet(whenClause, event, table, world))
  if (certain.length === 0) return undefined
  const words = certain.map(({ word }) => word).join(' and ')
  const what = certain.some(({ event }) => event === ofInsert) ? 'insert' : 'update'
  return [{ what, why: `a trigger refuses ${words} of ${table}` }]
}

const ofInsert = 4
const ofUpdate = 16

/** As the parse tree has it. */
const writes = [
  { event: ofInsert, word: 'INSERT' },
  { event: ofUpdate, word: 'UPDATE' },
  { event: 8, word: 'DELETE' },
  { event: 32, word: 'TRUNCATE' },
]

/** Whether the code comes to a RAISE EXCEPTION whatever it is called for. */
function alwaysRaises(definition: string): boolean {
  if (!/\braise\b/i.test(definition)) return false
  const [block] = within(parseCode(definition), 'PLpgSQL_stmt_block' as 'List') as CodeBlock[]
  const { body = [], exceptions } = block ?? {}
  const end = body.findIndex(({ PLpgSQL_stmt_raise: raise }) => raise?.elog_level === exception)
  const before = body.slice(0, end)
  return exceptions === undefined && end >= 0 && !JSON.stringify(before).includes('PLpgSQL_stmt_return')
}

const exception = 21

interface CodeBlock {
  readonly body?: readonly { readonly PLpgSQL_stmt_raise?: { readonly elog_level?: number } }[]
  readonly exceptions?: unknown
}

/** Whether the condition of a trigger holds for every such write: WHEN (NEW.x IS NOT NULL), of a column that every row has. */
function isMet(when: Node | undefined, event: number, table: string, world: World): boolean {
  if (when === undefined) return true
  const { nulltesttype, arg } = as(when, 'NullTest') ?? {}
  const [row, column = ''] = strings(as(arg, 'ColumnRef')?.fields)
  const isWritten = event === ofInsert || event === ofUpdate
  const isThere = nulltesttype === 'IS_NOT_NULL' && row === 'new' && isWritten
  return isThere && findColumn(world, table, quoteName(column))?.notNull === true
}
