import type { CallStmt, CreateFunctionStmt, Node } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import type { World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { listName, quoteName } from '../sql-text.ts'
import { judgeCode, judgeNodes } from './code-block.ts'
import { unknownFunctions } from './expressions.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { lockOnly } from './locks.ts'
import { parsed } from './parsed.ts'
import { refusedReplacement, refusedSecond } from './replace-function.ts'

/** What the functions do that a statement calls: what their code says, where it can be read. */
export function calledFunctions(root: unknown, form: string, context: Context): Draft[] {
  return unknownFunctions(root, context.world).flatMap((parts) => callOf(parts, form, context))
}

/** CALL: what the code of the procedure says. */
export const call: Form<'CallStmt'> = ({ funccall }: CallStmt, context) => {
  const inner = calledFunctions(funccall?.args, 'call', context)
  const drafts = callOf(strings(funccall?.funcname), 'call', context)
  return [{ form: 'call' }, ...inner, ...drafts]
}

/** PREPARE: what it prepares does nothing yet. */
export const prepare: Form<'PrepareStmt'> = ({ name = '', query }) => [
  {
    form: 'prepare',
    learn: (known) => {
      if (query !== undefined) known.prepared.set(name, query)
    },
  },
]

/** EXECUTE: what was prepared. */
export const execute: Form<'ExecuteStmt'> = ({ name = '' }, context) => {
  const query = context.world.known.prepared.get(name)
  if (query === undefined) return [unknown('execute', 'what was prepared is not known here')]
  return judgeNodes([query], context.statement.sql, context)
}

/** How deep functions may call each other and still be followed. */
const deepest = 5

function callOf(parts: readonly string[], form: string, context: Context): Draft[] {
  const name = parts.map(quoteName).join('.')
  const { callers } = context
  // A function that calls itself does nothing that it has not been seen to do.
  if (callers.includes(name)) return []
  const definitions = callers.length < deepest ? definitionsOf(name, context.world) : undefined
  if (definitions === undefined) return [unknown(form, `it calls ${parts.join('.')}, which may do anything`)]
  const inside = { ...context, callers: [...callers, name] }
  return definitions.flatMap((definition) => judgeFunction(definition, name, form, inside))
}

/** The code of the functions of a name; undefined unless all of it is known. */
export function definitionsOf(name: string, { known, facts }: World): string[] | undefined {
  const made = known.functions.get(qualified(name))
  if (made !== undefined) return [made]
  const all = facts?.functions?.(name) ?? []
  const written = all.flatMap(({ definition, extension }) =>
    definition && extension === null ? [definition] : [],
  )
  return all.length > 0 && written.length === all.length ? written : undefined
}

function judgeFunction(definition: string, name: string, form: string, context: Context): Draft[] {
  const node = as(parsed(definition)?.[0], 'CreateFunctionStmt')
  const what = `the function ${name}`
  if (node === undefined) return [unknown(form, `the code of ${what} cannot be read`)]
  if (languageOf(node) === 'plpgsql') return judgeCode(definition, { ...context, form, what })
  const body = bodyOf(node)
  if (body === undefined) return [unknown(form, `${what} is not in SQL or PL/pgSQL`)]
  return judgeNodes(body.nodes, body.sql, context)
}

/** The statements of a function in SQL, whichever way they are written. */
function bodyOf(node: CreateFunctionStmt): { nodes: Node[]; sql: string } | undefined {
  if (languageOf(node) !== 'sql') return undefined
  // RETURN, or BEGIN ATOMIC ... END.
  if (node.sql_body !== undefined) {
    const inner = within(node.sql_body, 'List').flatMap(({ items }) => items ?? [])
    return { nodes: inner.filter((one) => Object.keys(one)[0]?.endsWith('Stmt') === true), sql: '' }
  }
  const text = strings(as(option(node, 'as'), 'List')?.items)[0] ?? ''
  const nodes = parsed(text)
  return nodes === undefined ? undefined : { nodes, sql: text }
}

function languageOf(node: CreateFunctionStmt): string | undefined {
  return as(option(node, 'language'), 'String')?.sval ?? (node.sql_body === undefined ? undefined : 'sql')
}

function option({ options }: CreateFunctionStmt, name: string): Node | undefined {
  return allOf(options, 'DefElem').find(({ defname }) => defname === name)?.arg
}

/** CREATE FUNCTION: no lock of its own; with OR REPLACE, what it does for the running release changes at once. */
export const createFunction: Form<'CreateFunctionStmt'> = (node, context) => {
  const { funcname, replace } = node
  const name = listName(funcname)
  const { sql } = context.statement
  const columns = allOf(node.parameters, 'FunctionParameter').flatMap(({ argType, mode }) =>
    mode === 'FUNC_PARAM_OUT' || mode === 'FUNC_PARAM_TABLE' ? [] : [listName(argType?.names)],
  )
  const fails = refusedReplacement(node, context.world) ?? refusedSecond(node, context.world)
  return [
    {
      fails,
      form: replace === true ? 'replace function' : 'create function',
      names: { table: name, columns },
      creates: [{ kind: 'function', name }],
      learn: (known) => known.functions.set(qualified(name), sql),
    },
    ...checkedBody(node, context),
  ]
}

/** Postgres looks up the tables of a function in SQL when it is made, with the locks that its statements will need. */
function checkedBody(node: CreateFunctionStmt, context: Context): Draft[] {
  const body = bodyOf(node)
  if (body === undefined) return []
  return body.nodes.flatMap((node) => {
    const [target] = judgeNodes([node], body.sql, { ...context, conditional: true })
    const { relation, lock } = target ?? {}
    return relation === undefined || lock !== 'ROW EXCLUSIVE'
      ? []
      : [lockOnly('check function', relation, lock)]
  })
}
