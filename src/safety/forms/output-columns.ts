import type { Node, SelectStmt } from 'libpg-query'
import type { ColumnFacts } from '../../postgres/facts.ts'
import { findColumn, type World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { columnOf, quoteName, relationName, typeText } from '../sql-text.ts'
import { columnsNow, type NewColumn } from './new-columns.ts'

/** The columns that a query gives, `aliases` being the names that the statement gives them; undefined when the text does not tell. */
export function outputColumns(
  query: Node | undefined,
  aliases: readonly Node[] | undefined,
  world: World,
): NewColumn[] | undefined {
  const given = strings(aliases).map(quoteName)
  const select = as(query, 'SelectStmt')
  const targets = allOf(select?.targetList, 'ResTarget')
  const table = onlyTable(select)
  const columns = targets.flatMap(({ name, val }): (NewColumn | undefined)[] => {
    if (isStar(val)) return (table === undefined ? undefined : columnsNow(world, table)) ?? [undefined]
    const source = columnOf(val)
    const named = name === undefined ? columnOf(as(val, 'TypeCast')?.arg ?? val) : quoteName(name)
    if (named === undefined) return [undefined]
    const before = source === undefined || table === undefined ? undefined : findColumn(world, table, source)
    return [[named, before ?? { ...computed, type: writtenType(val) }]]
  })
  const known = columns.filter((column) => column !== undefined)
  if (targets.length === 0 || known.length !== columns.length)
    return given.length > 0 ? given.map((name) => [name, computed]) : undefined
  return known.map(([name, column], index) => [given[index] ?? name, column])
}

/** What is made by an expression, whose type is not looked for. */
const computed: ColumnFacts = { type: '', notNull: false, hasDefault: false }

/** The type of a cast or a constant; of other expressions none. */
function writtenType(value: Node | undefined): string {
  const cast = as(value, 'TypeCast')
  if (cast !== undefined) return typeText(cast.typeName)
  const constant = as(value, 'A_Const')
  if (constant?.ival !== undefined) return 'integer'
  if (constant?.boolval !== undefined) return 'boolean'
  // A text without a type, and NULL, become text.
  return constant?.sval !== undefined || constant?.isnull === true ? 'text' : ''
}

function onlyTable(select: SelectStmt | undefined): string | undefined {
  const [from, ...others] = select?.fromClause ?? []
  const table = others.length === 0 ? as(from, 'RangeVar') : undefined
  return table === undefined ? undefined : relationName(table)
}

/** The table whose rows a query shows, all of them and each as one row; Postgres lets a view of such a query be written to. */
export function shownTable(select: SelectStmt): string | undefined {
  const isPlain =
    select.op === 'SETOP_NONE' &&
    plain.every((clause) => select[clause] === undefined) &&
    within(select.targetList, 'FuncCall').length === 0
  return isPlain ? onlyTable(select) : undefined
}

const plain = [
  'whereClause',
  'limitCount',
  'limitOffset',
  'groupClause',
  'havingClause',
  'distinctClause',
  'withClause',
] as const

/** The columns of the table that it shows. */
export function shownColumns({ targetList }: SelectStmt): readonly string[] | 'all' {
  const targets = allOf(targetList, 'ResTarget')
  return targets.some(({ val }) => isStar(val)) ? 'all' : targets.flatMap(({ val }) => columnOf(val) ?? [])
}

/** Why nothing can be made of columns with these names: one of them comes twice. */
export function whyRepeated(relation: string, names: readonly string[]): { fails?: string } {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? {} : { fails: `${relation} would have two columns ${twice}` }
}

/** Whether a target of a query is * or all columns of one relation. */
function isStar(node: Node | undefined): boolean {
  return allOf(as(node, 'ColumnRef')?.fields, 'A_Star').length > 0
}
