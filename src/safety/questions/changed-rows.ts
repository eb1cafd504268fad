import type { Node } from 'libpg-query'
import type { Facts } from '../../postgres/facts.ts'
import type { Effect } from '../effect.ts'
import { isVolatile } from '../forms/volatility.ts'
import { parsed } from '../forms/parsed.ts'
import { createWorld } from '../known.ts'
import { as, within } from '../nodes.ts'
import { textAfter, textBefore } from '../sql-parts.ts'
import { baseName, listName, quoteName, relationName } from '../sql-text.ts'
import type { Question } from './question.ts'

const tables = new Set(['table', 'partitioned table'])

/** The rows that an UPDATE or DELETE changes, where its condition chooses each by nothing but what is in it. Undefined for others. */
export function changedRows(effect: Effect, facts: Facts): Question | undefined {
  const { statement, relation, form, work, loses } = effect
  if (form !== 'update' && form !== 'delete') return undefined
  if (work !== 'row writes' && loses === null) return undefined
  if (!tables.has(facts.kind?.(relation) ?? '')) return undefined
  const [node] = parsed(statement.sql) ?? []
  const query = as(node, 'UpdateStmt') ?? as(node, 'DeleteStmt')
  const condition = query?.whereClause
  if (query === undefined || condition === undefined || !isAlone(query)) return undefined
  if (!dependsOnRow(condition, facts)) return undefined
  if (baseName(relationName(query.relation)) !== baseName(relation)) return undefined
  const alias = query.relation?.alias?.aliasname
  const only = query.relation?.inh === true ? '' : 'only '
  const where = onOneLine(textBefore(textAfter(statement.sql, 'where') ?? '', 'returning'))
  const sql = `select from ${only}${relation}${alias === undefined ? '' : ` ${quoteName(alias)}`} where ${where}`
  const what = `rows that the ${form.toUpperCase()} ${form === 'delete' ? 'removes' : 'changes'}`
  return parsed(sql)?.length === 1 ? { table: relation, what, sql } : undefined
}

/** For a message: on one line, where nothing can be in it to which the lines matter. */
function onOneLine(text: string): string {
  return /['"$]|--|\/\*/.test(text) ? text : text.replaceAll(/\s+/g, ' ')
}

/** Whether no other table takes part. */
function isAlone(query: object): boolean {
  return ['fromClause', 'usingClause', 'withClause'].every((clause) => !(clause in query))
}

/** Whether it reads no other table, and calls nothing but what Postgres itself brings and answers the same each time. */
function dependsOnRow(condition: Node, facts: Facts): boolean {
  const isOwn = within(condition, 'FuncCall').some(
    ({ funcname }) => (facts.functions?.(listName(funcname)) ?? []).length > 0,
  )
  return !isOwn && within(condition, 'SubLink').length === 0 && !isVolatile(condition, createWorld(facts))
}
