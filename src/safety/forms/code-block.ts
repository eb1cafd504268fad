import { parsePlPgSQLSync, parseSync, type Node } from 'libpg-query'
import { as, allOf } from '../nodes.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'

/** Judges one statement of a block as if it stood alone. */
export type JudgeInner = (context: Context) => readonly Draft[]

/**
 * DO: what its code says is judged, whatever its conditions say; code that is made of text when it runs, and loops, are unknown.
 */
export function doBlock(judge: JudgeInner): Form<'DoStmt'> {
  return (_, context) => {
    const parsed = parseBlock(context.statement.sql)
    if (parsed === undefined)
      return [unknown('do', 'the code of this DO block is not in PL/pgSQL, or cannot be read')]
    const drafts = judgeParts(parsed, false, { ...context, judge })
    return drafts.length > 0 ? drafts : [{ form: 'do' }]
  }
}

type Part = Readonly<Record<string, unknown>>
type Scope = Context & { readonly judge: JudgeInner }

function parseBlock(sql: string): Part[] | undefined {
  try {
    const { plpgsql_funcs: functions } = parsePlPgSQLSync(sql) as { plpgsql_funcs?: Part[] }
    const action = field(field(functions?.[0], 'PLpgSQL_function'), 'action')
    return action === undefined ? undefined : [action]
  } catch {
    return undefined
  }
}

function field(part: Part | undefined, name: string): Part | undefined {
  const value = part?.[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Part) : undefined
}

function list(part: Part, name: string): Part[] {
  const value = part[name]
  return Array.isArray(value) ? (value as Part[]) : []
}

function judgeParts(parts: readonly Part[], conditional: boolean, scope: Scope): Draft[] {
  return parts.flatMap((part) =>
    Object.entries(part).flatMap(([tag, value]) => judgePart(tag, value as Part, conditional, scope)),
  )
}

/** What runs or only says something; everything else is not known. */
function judgePart(tag: string, part: Part, conditional: boolean, scope: Scope): Draft[] {
  switch (tag) {
    case 'PLpgSQL_stmt_block':
      return judgeBlock(part, conditional, scope)
    case 'PLpgSQL_stmt_if':
      return [
        ...judgeParts(list(part, 'then_body'), true, scope),
        ...list(part, 'elsif_list').flatMap((one) =>
          judgeParts(list(field(one, 'PLpgSQL_if_elsif') ?? {}, 'stmts'), true, scope),
        ),
        ...judgeParts(list(part, 'else_body'), true, scope),
      ]
    case 'PLpgSQL_stmt_execsql':
      return judgeText(queryOf(part, 'sqlstmt'), conditional, scope)
    case 'PLpgSQL_stmt_perform':
      return judgeText(queryOf(part, 'expr'), conditional, scope)
    case 'PLpgSQL_stmt_dynexecute':
      return judgeText(literal(queryOf(part, 'query'), part), conditional, scope)
    case 'PLpgSQL_stmt_raise':
    case 'PLpgSQL_stmt_return':
    case 'PLpgSQL_stmt_null':
      return []
    default:
      return [unknown('do', 'what the code of this DO block does is known only when it runs')]
  }
}

// With a handler, a statement may fail and leave nothing behind.
function judgeBlock(part: Part, conditional: boolean, scope: Scope): Draft[] {
  const handlers = list(field(field(part, 'exceptions'), 'PLpgSQL_exception_block') ?? {}, 'exc_list')
  const actions = handlers.flatMap((one) => list(field(one, 'PLpgSQL_exception') ?? {}, 'action'))
  const handled = conditional || handlers.length > 0
  return [...judgeParts(list(part, 'body'), handled, scope), ...judgeParts(actions, true, scope)]
}

function queryOf(part: Part, name: string): string | undefined {
  const query = field(field(part, name), 'PLpgSQL_expr')?.['query']
  return typeof query === 'string' ? query : undefined
}

/** The text of EXECUTE 'text', when nothing is put into it. */
function literal(expression: string | undefined, part: Part): string | undefined {
  if (expression === undefined || list(part, 'params').length > 0) return undefined
  const select = as(parse(`select ${expression}`)?.[0], 'SelectStmt')
  const [target] = allOf(select?.targetList, 'ResTarget')
  return as(target?.val, 'A_Const')?.sval?.sval
}

function parse(sql: string): Node[] | undefined {
  try {
    return (parseSync(sql).stmts ?? []).flatMap(({ stmt }) => stmt ?? [])
  } catch {
    return undefined
  }
}

function judgeText(sql: string | undefined, conditional: boolean, scope: Scope): Draft[] {
  const nodes = sql === undefined ? undefined : parse(sql)
  if (sql === undefined || nodes === undefined)
    return [unknown('do', 'this DO block runs statements that are made of text, or that need its variables')]
  return nodes.flatMap((node) => {
    const statement = { ...scope.statement, sql, node, inTransaction: true, start: 0 }
    const drafts = scope.judge({ statement, world: scope.world })
    return drafts.map(({ learn, ...draft }) => {
      // What may not be there afterwards is not counted on.
      if (!conditional) learn?.(scope.world.known)
      return draft
    })
  })
}
