import { as, allOf } from '../nodes.ts'
import { parsed } from '../forms/parsed.ts'
import { bracketsAfter, indexedExpression, itemsOf, textAfter, textBefore } from '../sql-parts.ts'
import { quoteName } from '../sql-text.ts'
import { ownRows, type Asking, type Question } from './question.ts'

/** ADD UNIQUE and ADD PRIMARY KEY. */
export const askUniqueConstraint: Asking = ({ effect: { names }, facts }) => {
  const nullsAreEqual = /\bnulls\s+not\s+distinct\b/i.test(names.definition ?? '')
  return duplicates({
    table: names.table,
    rows: ownRows(names.table, facts),
    key: names.columns ?? [],
    nullsAreEqual,
  })
}

/** CREATE UNIQUE INDEX, over expressions and with a condition, too. */
export const askUniqueIndex: Asking = ({ effect: { names, statement, work }, facts }) => {
  const node = as(parsed(statement.sql)?.[0], 'IndexStmt')
  if (node?.unique !== true || work === 'nothing') return []
  const elements = itemsOf(bracketsAfter(statement.sql, 'on') ?? '')
  if (elements.length !== allOf(node.indexParams, 'IndexElem').length) return []
  const condition = node.whereClause === undefined ? undefined : textAfter(statement.sql, 'where')
  return duplicates({
    table: names.table,
    rows: ownRows(names.table, facts),
    key: elements.map(indexedExpression),
    nullsAreEqual: node.nulls_not_distinct === true,
    ...(condition === undefined ? {} : { condition: textBefore(condition, ';') }),
  })
}

/** ADD COLUMN ... UNIQUE with a constant for all rows: no second one fits. */
export const askSameDefault: Asking = ({ effect: { names, statement }, facts }) => {
  const commands = allOf(as(parsed(statement.sql)?.[0], 'AlterTableStmt')?.cmds, 'AlterTableCmd')
  const columns = commands.flatMap(({ def }) => as(def, 'ColumnDef') ?? [])
  const added = columns.find(({ colname = '' }) => quoteName(colname) === names.column)
  const value = allOf(added?.constraints, 'Constraint').find(({ contype }) => contype === 'CONSTR_DEFAULT')
  const constant = as(as(value?.raw_expr, 'TypeCast')?.arg ?? value?.raw_expr, 'A_Const')
  if (constant === undefined || constant.isnull === true) return []
  const sql = `select from ${ownRows(names.table, facts)} offset 1`
  return [{ table: names.table, what: `rows beside the first that the same default is for`, sql }]
}

interface UniqueKey {
  readonly table: string
  readonly rows: string
  /** Columns and expressions. */
  readonly key: readonly string[]
  readonly nullsAreEqual: boolean
  /** Of an index: which rows are in it. */
  readonly condition?: string
}

function duplicates({ table, rows, key, nullsAreEqual, condition }: UniqueKey): Question[] {
  if (key.length === 0) return []
  const present = nullsAreEqual ? [] : key.map((part) => `${part} is not null`)
  const all = [...(condition === undefined ? [] : [`(${condition})`]), ...present]
  const where = all.length === 0 ? '' : ` where ${all.join(' and ')}`
  const sql = `select from ${rows}${where} group by ${key.join(', ')} having count(*) > 1`
  return [{ table, what: `values of (${key.join(', ')}) that more than one row holds`, sql }]
}
