import type { ColumnRef, DeleteStmt, Node, SelectStmt, UpdateStmt } from 'libpg-query'
import { factsName, findColumn, indexesOf, isNewRelation, type World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { baseName, columnOf, quoteName, relationName } from '../sql-text.ts'
import { columnsOf, comparedWithBatch, largestBatch } from './batches.ts'
import { answersFew, fewNames, integerOf, type FewNames } from './few-rows.ts'
import { isNever } from './never.ts'

type Query = Pick<UpdateStmt | DeleteStmt | SelectStmt, 'whereClause'> &
  Partial<Pick<SelectStmt, 'withClause' | 'fromClause'>> &
  Partial<Pick<UpdateStmt | DeleteStmt, 'relation'>>

/**
 * Whether the condition holds for few rows whatever the table holds: it compares every column of a unique key with values, with a
 * short range of numbers, or with what a query with a short LIMIT answers.
 */
export function isBounded(node: Query, table: string, world: World): boolean {
  if (isNewRelation(world, table)) return true
  if (isNeverTrue(node, table, world)) return true
  const isOwn = ownReference(node, table)
  const conditions = ownConditions(node, isOwn)
  const few = fewNames(node)
  const compared = new Set([
    ...conditions.flatMap((condition) => comparedIn(condition, table, world)),
    ...conjuncts(node.whereClause).flatMap((condition) => joinedToBatch(condition, few, isOwn) ?? []),
    ...shortRanges(conditions),
  ])
  return uniqueKeys(world, table).some(
    (columns) => columns.length > 0 && columns.every((column) => compared.has(column)),
  )
}

/** Whether the condition holds for no row: its text says so, or it looks for NULL where none can be. */
export function isNeverTrue(node: Query, table: string, world: World): boolean {
  if (conjuncts(node.whereClause).some(isNever)) return true
  // Where a join finds no row, it has NULL for every column.
  if (within(Object.values(node), 'JoinExpr').length > 0) return false
  return ownConditions(node, ownReference(node, table)).some((condition) => {
    const test = as(condition, 'NullTest')
    const column = test?.nulltesttype === 'IS_NULL' ? columnOf(test.arg) : undefined
    return column !== undefined && findColumn(world, table, column)?.notNull === true
  })
}

/** The columns of which a condition leaves few values: with OR, those of which each side does. */
function comparedIn(condition: Node, table: string, world: World): readonly string[] {
  const { boolop, args = [] } = as(condition, 'BoolExpr') ?? {}
  if (boolop === 'AND_EXPR') return args.flatMap((one) => comparedIn(one, table, world))
  if (boolop === 'OR_EXPR') {
    const [first = [], ...others] = args.map((one) => comparedIn(one, table, world))
    return first.filter((column) => others.every((other) => other.includes(column)))
  }
  const isFew = (query: SelectStmt) => answersFew(query) || readsFew(query, world)
  return comparedWithValues(condition) ?? comparedWithBatch(condition, table, world, isFew) ?? []
}

/** Whether a query reads few rows of the one table that it reads. */
function readsFew(query: SelectStmt, world: World): boolean {
  const [from, ...others] = query.fromClause ?? []
  const source = as(from, 'RangeVar')
  const isPlain = others.length === 0 && within(query.targetList, 'FuncCall').length === 0
  return source !== undefined && isPlain && isBounded(query, relationName(source), world)
}

/** The parts of a condition that must all hold. */
export function conjuncts(condition: Node | undefined): Node[] {
  if (condition === undefined) return []
  const and = as(condition, 'BoolExpr')
  return and?.boolop === 'AND_EXPR' ? (and.args ?? []).flatMap(conjuncts) : [condition]
}

type IsOwn = (reference: ColumnRef) => boolean

/** Tells a column of the table from one of another table in the same query: by the name before it, where it has one. */
function ownReference({ relation, fromClause }: Query, table: string): IsOwn {
  const places = relation
    ? [relation]
    : within(fromClause, 'RangeVar').filter((one) => relationName(one) === table)
  const [place] = places
  const name = places.length === 1 ? (place?.alias?.aliasname ?? place?.relname) : undefined
  return ({ fields }) => {
    const words = strings(fields)
    return words.length < 2 || words.at(-2) === name
  }
}

/** What the condition asks of the table alone, and of queries. */
function ownConditions(node: Query, isOwn: IsOwn): Node[] {
  return conjuncts(node.whereClause).filter((condition) => {
    const inner = new Set(
      within(condition, 'SubLink').flatMap(({ subselect }) => within(subselect, 'ColumnRef')),
    )
    return within(condition, 'ColumnRef').every((reference) => inner.has(reference) || isOwn(reference))
  })
}

/** Whether an index leads to the rows: the first of its columns is compared with values. How many rows that are, the values decide. */
export function isIndexed(node: Query, table: string, world: World): boolean {
  const conditions = ownConditions(node, ownReference(node, table))
  const compared = conditions.flatMap((condition) => comparedWithValues(condition) ?? [])
  const sound = indexesOf(world, table).filter(({ partial, valid }) => partial !== true && valid !== false)
  return sound.some(({ columns: [first] }) => typeof first === 'string' && compared.includes(first))
}

// The columns of 'column = constant', 'column in (constants)' and 'column = any (constants)', and of several columns in brackets.
function comparedWithValues(condition: Node): readonly string[] | undefined {
  const expression = as(condition, 'A_Expr')
  const operator = operatorOf(condition)
  if (operator !== '=' || !listing.has(String(expression?.kind))) return undefined
  const { lexpr, rexpr } = expression ?? {}
  if (within(rexpr, 'SubLink').length > 0) return undefined
  const [columns, values] = [as(lexpr, 'RowExpr')?.args, as(rexpr, 'RowExpr')?.args]
  if (columns !== undefined && values !== undefined)
    return columns.flatMap((column, index) => (isConstant(values[index]) ? columnsOf(column) : []))
  return isConstant(rexpr) ? columnsOf(lexpr) : undefined
}

function isConstant(node: Node | undefined): boolean {
  return node !== undefined && within([node], 'ColumnRef').length === 0
}

const listing = new Set(['AEXPR_OP', 'AEXPR_IN', 'AEXPR_OP_ANY'])

// The column of 'table.column = batch.column', where a WITH clause or a FROM clause names few rows.
function joinedToBatch(condition: Node, few: FewNames, isOwn: IsOwn): string | undefined {
  const { lexpr, rexpr, kind } = as(condition, 'A_Expr') ?? {}
  if (kind !== 'AEXPR_OP' || operatorOf(condition) !== '=') return undefined
  const other = isOf(lexpr, few) ? rexpr : isOf(rexpr, few) ? lexpr : undefined
  const reference = as(other, 'ColumnRef')
  return reference !== undefined && isOwn(reference) ? columnOf(other) : undefined
}

function isOf(node: Node | undefined, { tables, columns }: FewNames): boolean {
  const fields = allOf(as(node, 'ColumnRef')?.fields, 'String')
  const names = fields.length === 1 ? columns : tables
  return fields.length <= 2 && names.has(quoteName(fields[0]?.sval ?? ''))
}

interface Limit {
  readonly column: string
  readonly side: 'low' | 'high'
  readonly value: number
}

/** The columns that must be between two numbers that are near to each other. */
function shortRanges(conditions: readonly Node[]): string[] {
  const limits = conditions.flatMap(limitsOf)
  const low = limits.filter(({ side }) => side === 'low')
  const high = limits.filter(({ side }) => side === 'high')
  return low.flatMap(({ column, value }) =>
    high.some((other) => other.column === column && other.value - value <= largestBatch) ? [column] : [],
  )
}

const sides: Readonly<Record<string, Limit['side']>> = { '>': 'low', '>=': 'low', '<': 'high', '<=': 'high' }

function limitsOf(condition: Node): Limit[] {
  const expression = as(condition, 'A_Expr')
  const column = columnOf(expression?.lexpr)
  if (column === undefined) return []
  if (expression?.kind === 'AEXPR_BETWEEN') {
    const [low, high] = (as(expression.rexpr, 'List')?.items ?? []).map(integerOf)
    return low === undefined || high === undefined
      ? []
      : [
          { column, side: 'low', value: low },
          { column, side: 'high', value: high },
        ]
  }
  const side = sides[operatorOf(condition) ?? '']
  const value = integerOf(expression?.rexpr)
  return side === undefined || value === undefined || expression?.kind !== 'AEXPR_OP'
    ? []
    : [{ column, side, value }]
}

function operatorOf(condition: Node): string | undefined {
  return allOf(as(condition, 'A_Expr')?.name, 'String')[0]?.sval
}

function uniqueKeys(world: World, table: string): (readonly string[])[] {
  // Every row has its place.
  const place = ['ctid']
  const indexes = world.facts?.indexes?.(factsName(world, table))
  // Without the database, only the usual name of a key counts as one, and that of the table in which Alembic keeps its place.
  if (indexes === undefined) return [place, baseName(table) === 'alembic_version' ? ['version_num'] : ['id']]
  // An index on an expression names no column that a condition could be compared with.
  const sound = indexes.filter(({ partial, valid }) => partial !== true && valid !== false)
  const keys = sound.flatMap(({ unique, columns }) => {
    const named = columns.filter((column) => column !== null)
    return unique && named.length === columns.length ? [named] : []
  })
  return [place, ...keys]
}
