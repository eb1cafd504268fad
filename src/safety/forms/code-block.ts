import { parsePlPgSQLSync, type Node } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { constraintKey, partKey, type Known } from '../known.ts'
import { as, allOf } from '../nodes.ts'
import { baseName } from '../sql-text.ts'
import { variablesOf, withParameters, type Variables } from './code-variables.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { isFresh } from './fresh.ts'
import { parsed } from './parsed.ts'

/**
 * DO: what its code says is judged, whatever its conditions say. Code that is made of text when it runs is unknown.
 */
export const doBlock: Form<'DoStmt'> = (_, context) => {
  const drafts = judgeCode(context.statement.sql, { ...context, form: 'do', what: 'this DO block' })
  return drafts.length > 0 ? drafts : [{ form: 'do' }]
}

/** Where code stands, and what it is called in messages. */
export interface CodeContext extends Context {
  readonly form: string
  readonly what: string
}

/** What the code of a DO or of a CREATE FUNCTION in PL/pgSQL does when it runs. */
export function judgeCode(sql: string, context: CodeContext): Draft[] {
  const code = parseCode(sql)
  if (code === undefined)
    return [unknown(context.form, `the code of ${context.what} is not in PL/pgSQL, or cannot be read`)]
  return visit(code, {
    ...context,
    variables: variablesOf(code, sql),
    conditional: false,
    repeated: false,
    looped: false,
  })
}

/** The tree of code in PL/pgSQL; undefined when it cannot be read. */
export function parseCode(sql: string): object | undefined {
  try {
    const { plpgsql_funcs: functions } = parsePlPgSQLSync(sql) as { plpgsql_funcs?: object[] }
    return functions?.[0]
  } catch {
    return undefined
  }
}

interface Run {
  /** It may not run, or leave nothing behind. */
  readonly conditional: boolean
  /** It may run more than a few times. */
  readonly repeated: boolean
  /** It stands in a loop, however short. */
  readonly looped: boolean
}

interface Scope extends CodeContext, Run {
  readonly variables: Variables
}

const branches = new Set(['then_body', 'elsif_list', 'else_body', 'case_when_list', 'else_stmts', 'exc_list'])
const loops = new Set([
  'PLpgSQL_stmt_loop',
  'PLpgSQL_stmt_while',
  'PLpgSQL_stmt_fori',
  'PLpgSQL_stmt_fors',
  'PLpgSQL_stmt_forc',
  'PLpgSQL_stmt_foreach_a',
])

/** Everything that may run below a node of the code, in its order. */
function visit(node: unknown, scope: Scope): Draft[] {
  if (Array.isArray(node)) return node.flatMap((item) => visit(item, scope))
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    const special = specials[key]
    if (special !== undefined) return special(value as Part, scope)
    // With a handler, a statement may fail and leave nothing behind.
    const handled = key === 'PLpgSQL_stmt_block' && 'exceptions' in (value as Part)
    const conditional = scope.conditional || handled || branches.has(key)
    const turns = loops.has(key) && !(key === 'PLpgSQL_stmt_fori' && isShort(value as Part) && !scope.looped)
    return visit(value, {
      ...scope,
      conditional,
      repeated: scope.repeated || turns,
      looped: scope.looped || loops.has(key),
    })
  })
}

type Part = Readonly<Record<string, unknown>>

/** Turns of a loop that do not make many rows of few. */
const fewTurns = 10

/** FOR i IN 1..5: so many turns, where it stands in no other loop. */
function isShort({ lower, upper, reverse }: Part): boolean {
  const [from, to] = [lower, upper].map((bound) => {
    const { query } = ((bound as Part | undefined)?.['PLpgSQL_expr'] ?? {}) as Part
    return typeof query === 'string' && /^\s*\d+\s*$/.test(query) ? Number(query) : undefined
  })
  if (from === undefined || to === undefined) return false
  return (reverse === undefined ? to - from : from - to) < fewTurns
}

const specials: Readonly<Record<string, (part: Part, scope: Scope) => Draft[]>> = {
  PLpgSQL_expr: (part, scope) => judgeText(sqlOf(part), scope),
  PLpgSQL_stmt_dynexecute: (part, scope) => judgeText(literal(part), scope),
  PLpgSQL_stmt_dynfors: (part, scope) => [
    ...judgeText(literal(part), scope),
    ...visit(part['body'], { ...scope, repeated: true, looped: true }),
  ],
  PLpgSQL_stmt_commit: (_, scope) => [endsTransaction(scope)],
  PLpgSQL_stmt_rollback: (_, scope) => [endsTransaction(scope)],
}

function endsTransaction({ form, what }: Scope): Draft {
  return unknown(form, `${what} ends transactions of its own`)
}

/** Statements are SQL as they stand; of expressions and assignments, what is computed. */
function sqlOf({ query, parseMode }: Part): string | undefined {
  if (typeof query !== 'string') return undefined
  if (parseMode === 0) return query
  return `select ${parseMode === 2 ? query : query.replace(/^[^=]*=\s*/, '')}`
}

/** The text of EXECUTE 'text', when nothing is put into it. */
function literal(part: Part): string | undefined {
  const { query } = ((part['query'] as Part | undefined)?.['PLpgSQL_expr'] ?? {}) as Part
  if (typeof query !== 'string' || 'params' in part) return undefined
  const select = as(parsed(`select ${query}`)?.[0], 'SelectStmt')
  const [target] = allOf(select?.targetList, 'ResTarget')
  return as(target?.val, 'A_Const')?.sval?.sval
}

function judgeText(sql: string | undefined, scope: Scope): Draft[] {
  const nodes = sql === undefined ? undefined : parsed(sql)
  if (sql === undefined || nodes === undefined) {
    const { form, what, world } = scope
    world.known.doubtful = true
    return [unknown(form, `${what} runs statements that are made of text, or that need its variables`)]
  }
  const own = nodes.map((node) => withParameters(node, scope.variables))
  return judgeNodes(own, sql, scope)
}

/** Statements inside a function or a block, each judged as if it stood alone in the transaction. */
export function judgeNodes(
  nodes: readonly Node[],
  sql: string,
  { statement: outer, world, judge, callers, conditional, repeated }: Context & Partial<Run>,
): Draft[] {
  return nodes.flatMap((node) => {
    const statement = { ...outer, sql, node, inTransaction: true, start: 0 }
    const drafts = judge({ statement, world, callers }).map((draft) => ({
      ...draft,
      fresh: isFresh(draft, world),
    }))
    return drafts.map(({ learn, fails, ...rest }) => {
      // What may not run is not counted on, neither to be there afterwards, nor to be gone, nor to fail.
      if (conditional !== true) learn?.(world.known)
      else if (learn !== undefined) doubt(rest, world.known)
      const inner = { ...rest, clause: undefined }
      const draft = conditional === true || fails === undefined ? inner : { ...inner, fails }
      return repeated === true ? manyTimes(draft) : draft
    })
  })
}

/** From now on what the statement makes, drops or changes is neither surely there nor surely missing. */
function doubt({ creates = [], drops = [], names = {}, relation = '' }: Draft, { doubted }: Known): void {
  for (const { kind, name } of [...creates, ...drops]) {
    const part = baseName(name)
    doubted.add(kind === 'column' ? partKey(name.slice(0, -part.length - 1), part) : qualified(name))
  }
  const { column, constraint, newName } = names
  for (const part of [column, newName]) if (part !== undefined) doubted.add(partKey(relation, part))
  for (const part of [constraint, newName]) if (part !== undefined) doubted.add(constraintKey(relation, part))
  if (newName !== undefined) doubted.add(qualified(relation)).add(qualified(newName))
}

const byKey = new Set(['update by key', 'delete', 'select for update'])

/** A row at a time is many rows, when it is done again and again. */
function manyTimes(draft: Draft): Draft {
  if (!byKey.has(draft.form) || draft.work !== 'nothing') return draft
  return { ...draft, form: draft.form.replace(' by key', ''), work: 'row writes' }
}
