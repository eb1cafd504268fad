import type { Node } from 'libpg-query'
import type { World } from '../known.ts'
import { allOf, as, strings } from '../nodes.ts'
import { columnOf, quoteName, relationName } from '../sql-text.ts'
import { columnsNow } from './new-columns.ts'

/** The names of the columns that a query gives, `aliases` being those that the statement gives them; undefined when the text does not tell. */
export function outputColumns(
  query: Node | undefined,
  aliases: readonly Node[] | undefined,
  world: World,
): string[] | undefined {
  const given = strings(aliases).map(quoteName)
  const select = as(query, 'SelectStmt')
  const targets = allOf(select?.targetList, 'ResTarget')
  const names = targets.flatMap(({ name, val }) => {
    if (name !== undefined) return [quoteName(name)]
    if (isStar(val)) return starColumns(select?.fromClause, world)
    return [columnOf(as(val, 'TypeCast')?.arg ?? val)]
  })
  const known = names.filter((name) => name !== undefined)
  if (targets.length === 0 || known.length !== names.length) return given.length > 0 ? given : undefined
  return [...given, ...known.slice(given.length)]
}

/** Why nothing can be made of columns with these names: one of them comes twice. */
export function whyRepeated(relation: string, columns: readonly string[]): { fails?: string } {
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  return twice === undefined ? {} : { fails: `${relation} would have two columns ${twice}` }
}

/** Whether a target of a query is * or all columns of one relation. */
export function isStar(node: Node | undefined): boolean {
  return allOf(as(node, 'ColumnRef')?.fields, 'A_Star').length > 0
}

function starColumns(from: readonly Node[] | undefined, world: World): (string | undefined)[] {
  const table = from?.length === 1 ? as(from[0], 'RangeVar') : undefined
  const columns = table === undefined ? undefined : columnsNow(world, relationName(table))
  return columns === undefined ? [undefined] : columns.map(([name]) => name)
}
