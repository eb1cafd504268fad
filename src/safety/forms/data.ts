import type { DeleteStmt, Node, SelectStmt, UpdateStmt } from 'libpg-query'
import { factsName, isNewRelation, type World } from '../known.ts'
import { allOf, as, within } from '../nodes.ts'
import { columnOf, quoteName, relationName } from '../sql-text.ts'
import { reads } from './create-table.ts'
import { unknownFunctions } from './expressions.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'

/** INSERT: VALUES are quick; INSERT ... SELECT reads its tables, and a modifying WITH does what it says. */
export const insert: Form<'InsertStmt'> = (node, context) => {
  const table = relationName(node.relation)
  const hidden = hiddenWork(node, 'insert', context)
  const draft: Draft = { form: 'insert', relation: table, lock: 'ROW EXCLUSIVE', reversible: 'no' }
  return [draft, ...hidden, ...reads(node.selectStmt, context)]
}

/** UPDATE: by key, or of so many rows that their locks stop the running release until the commit. */
export const update: Form<'UpdateStmt'> = (node, context) => {
  const table = relationName(node.relation)
  const bounded = isBounded(node, table, context.world)
  return [
    {
      form: bounded ? 'update by key' : 'update',
      relation: table,
      lock: 'ROW EXCLUSIVE',
      work: bounded ? 'nothing' : 'row writes',
      reversible: 'no',
      names: { table, definition: context.statement.sql, ...assignment(node, context) },
    },
    ...hiddenWork(node, 'update', context),
    ...reads(node.fromClause === undefined ? undefined : { List: { items: node.fromClause } }, context),
  ]
}

// The column of an UPDATE that fills one column where it is empty: the recipe can do the same in batches.
function assignment(node: UpdateStmt, { statement }: Context): { column?: string; expression?: string } {
  const targets = allOf(node.targetList, 'ResTarget')
  const column = targets.length === 1 ? quoteName(targets[0]?.name ?? '') : undefined
  const expression = /\bset\s+\S+\s*=\s*([\s\S]*?)(?:\bwhere\b[\s\S]*)?$/i.exec(statement.sql)?.[1]?.trim()
  const fills = columnOf(as(node.whereClause, 'NullTest')?.arg) === column
  return column === undefined || expression === undefined || !fills ? {} : { column, expression }
}

/** DELETE: rows are gone. */
export const remove: Form<'DeleteStmt'> = (node, context) => {
  const table = relationName(node.relation)
  const bounded = isBounded(node, table, context.world)
  const isNew = isNewRelation(context.world, table)
  return [
    {
      form: 'delete',
      relation: table,
      lock: 'ROW EXCLUSIVE',
      work: bounded ? 'nothing' : 'row writes',
      reversible: 'no',
      names: { table, definition: context.statement.sql },
      ...(isNew ? {} : { loses: `rows of ${table}` }),
    },
    ...hiddenWork(node, 'delete', context),
  ]
}

export const truncate: Form<'TruncateStmt'> = (node, { world }) =>
  allOf(node.relations, 'RangeVar').map((relation) => {
    const table = relationName(relation)
    const others = node.behavior === 'DROP_CASCADE' ? ' and of every table that refers to it' : ''
    return {
      form: 'truncate',
      relation: table,
      lock: 'ACCESS EXCLUSIVE',
      reversible: 'no',
      names: { table },
      ...(isNewRelation(world, table) ? {} : { loses: `all rows of ${table}${others}` }),
    }
  })

/** SELECT: harmless, unless it calls a function that may do anything, or locks rows. */
export const select: Form<'SelectStmt'> = (node, context) => {
  if (node.intoClause !== undefined)
    return [unknown('select into', 'SELECT INTO is not judged: use CREATE TABLE AS')]
  const hidden = hiddenWork(node, 'select', context)
  if (node.lockingClause === undefined)
    return [{ form: 'select' }, ...hidden, ...reads({ SelectStmt: node }, context)]
  return [...hidden, ...lockedRows(node)]
}

function lockedRows(node: SelectStmt): Draft[] {
  return within(node.fromClause, 'RangeVar').map((relation) => {
    const table = relationName(relation)
    return {
      form: 'select for update',
      relation: table,
      lock: 'ROW SHARE',
      work: 'row writes',
      names: { table },
    }
  })
}

// Functions and modifying WITH clauses: work that the statement's own kind does not show.
function hiddenWork(node: object, form: string, context: Context): Draft[] {
  const functions = unknownFunctions(node)
  const inner = within(Object.values(node), 'CommonTableExpr').flatMap(({ ctequery }) =>
    ctequery === undefined || 'SelectStmt' in ctequery ? [] : [ctequery],
  )
  const called =
    functions.length > 0 ? [unknown(form, `it calls ${functions.join(', ')}, which may do anything`)] : []
  return [...called, ...inner.flatMap((query) => modifying(query, context))]
}

function modifying(query: Node, context: Context): readonly Draft[] {
  const nested = as(query, 'DeleteStmt')
  if (nested !== undefined) return remove(nested, context)
  const updated = as(query, 'UpdateStmt')
  if (updated !== undefined) return update(updated, context)
  const inserted = as(query, 'InsertStmt')
  return inserted === undefined
    ? [unknown('with', 'its WITH clause is not judged')]
    : insert(inserted, context)
}

/** Whether the condition names every column of a unique key with its values, so that it can only touch as many rows as it names. */
function isBounded(node: UpdateStmt | DeleteStmt, table: string, world: World): boolean {
  if (isNewRelation(world, table)) return true
  const compared = new Set(
    conjuncts(node.whereClause).flatMap((condition) => comparedWithValues(condition) ?? []),
  )
  return uniqueKeys(world, table).some(
    (columns) => columns.length > 0 && columns.every((column) => compared.has(column)),
  )
}

function conjuncts(condition: Node | undefined): Node[] {
  if (condition === undefined) return []
  const and = as(condition, 'BoolExpr')
  return and?.boolop === 'AND_EXPR' ? (and.args ?? []).flatMap(conjuncts) : [condition]
}

// The column of 'column = constant' and 'column in (constants)'.
function comparedWithValues(condition: Node): string | undefined {
  const expression = as(condition, 'A_Expr')
  const operator = allOf(expression?.name, 'String')[0]?.sval
  if (operator !== '=' || !['AEXPR_OP', 'AEXPR_IN'].includes(String(expression?.kind))) return undefined
  const others = within(expression?.rexpr, 'ColumnRef').length + within(expression?.rexpr, 'SubLink').length
  return others > 0 ? undefined : columnOf(expression?.lexpr)
}

function uniqueKeys(world: World, table: string): (readonly string[])[] {
  const indexes = world.facts?.indexes?.(factsName(world, table))
  // Without the database, only the usual name of a key counts as one.
  if (indexes === undefined) return [['id']]
  // An index on an expression names no column that a condition could be compared with.
  return indexes.flatMap(({ unique, columns }) => {
    const named = columns.filter((column) => column !== null)
    return unique && named.length === columns.length ? [named] : []
  })
}
