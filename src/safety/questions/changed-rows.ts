import { isVolatile } from '../forms/volatility.ts'
import { parsed } from '../forms/parsed.ts'
import { createWorld } from '../known.ts'
import { as, within } from '../nodes.ts'
import { textAfter, textBefore } from '../sql-parts.ts'
import { baseName, quoteName, relationName } from '../sql-text.ts'
import type { Asking } from './question.ts'

/** UPDATE and DELETE: the rows that it changes, where a condition chooses each row by nothing but what is in it. */
export const askChangedRows: Asking = ({ effect: { statement, relation, form, work, loses }, facts }) => {
  if (work !== 'row writes' && loses === null) return []
  const [node] = parsed(statement.sql) ?? []
  const query = as(node, 'UpdateStmt') ?? as(node, 'DeleteStmt')
  const condition = query?.whereClause
  if (condition === undefined || !isAlone(query ?? {}) || within(condition, 'SubLink').length > 0) return []
  if (isVolatile(condition, createWorld(facts))) return []
  const target = query?.relation
  if (baseName(relationName(target)) !== baseName(relation)) return []
  const alias = target?.alias?.aliasname === undefined ? '' : ` ${quoteName(target.alias.aliasname)}`
  const from = `${target?.inh === true ? '' : 'only '}${relation}${alias}`
  const where = textBefore(textAfter(statement.sql, 'where') ?? '', 'returning')
  const what = `rows that the ${form.toUpperCase()} ${form === 'delete' ? 'removes' : 'changes'}`
  return [{ table: relation, what, sql: `select from ${from} where ${where}`, areChanged: true }]
}

/** Whether no other table takes part. */
function isAlone(query: object): boolean {
  return ['fromClause', 'usingClause', 'withClause'].every((clause) => !(clause in query))
}
