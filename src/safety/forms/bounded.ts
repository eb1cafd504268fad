import type { ColumnRef, DeleteStmt, Node, SelectStmt, UpdateStmt } from 'libpg-query'
import { factsName, findColumn, indexesOf, isNewRelation, type World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { baseName, columnOf, quoteName, relationName } from '../sql-text.ts'
import { comparedWithBatch, largestBatch } from './batches.ts'

type Query = Pick<UpdateStmt | DeleteStmt | SelectStmt, 'whereClause'> &
  Partial<Pick<SelectStmt, 'withClause' | 'fromClause'>> &
  Partial<Pick<UpdateStmt | DeleteStmt, 'relation'>>

/**
 * Whether the condition holds for few rows whatever the table holds: it compares every column of a unique key with values, with a
 * short range of numbers, or with what a query with a short LIMIT answers.
 */
export function isBounded(node: Query, table: string, world: World): boolean {
  if (isNewRelation(world, table)) return true
  const isOwn = ownReference(node, table)
  const conditions = ownConditions(node, isOwn)
  // Where a join finds no row, it has NULL for every column.
  const isJoined = within(Object.values(node), 'JoinExpr').length > 0
  if (!isJoined && conditions.some((condition) => isNever(condition, table, world))) return true
  const batches = limitedNames(node)
  const compared = new Set([
    ...conditions.flatMap(
      (condition) => comparedWithValues(condition) ?? comparedWithBatch(condition, table) ?? [],
    ),
    ...conjuncts(node.whereClause).flatMap((condition) => joinedToBatch(condition, batches, isOwn) ?? []),
    ...shortRanges(conditions),
  ])
  return uniqueKeys(world, table).some(
    (columns) => columns.length > 0 && columns.every((column) => compared.has(column)),
  )
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

/** What the condition asks of the table alone. */
function ownConditions(node: Query, isOwn: IsOwn): Node[] {
  return conjuncts(node.whereClause).filter((condition) => within(condition, 'ColumnRef').every(isOwn))
}

/** Whether a query answers with few rows because it says LIMIT. */
export function isLimited({ limitCount }: SelectStmt): boolean {
  const limit = integerOf(limitCount)
  return limit !== undefined && limit <= largestBatch
}

/** Whether the condition holds for no row: it is false, or looks for NULL where none can be. */
function isNever(condition: Node, table: string, world: World): boolean {
  const constant = as(condition, 'A_Const')?.boolval
  if (constant !== undefined) return constant.boolval !== true
  const test = as(condition, 'NullTest')
  const column = test?.nulltesttype === 'IS_NULL' ? columnOf(test.arg) : undefined
  return column !== undefined && findColumn(world, table, column)?.notNull === true
}

/** Whether an index leads to the rows: the first of its columns is compared with values. How many rows that are, the values decide. */
export function isIndexed(node: Query, table: string, world: World): boolean {
  const conditions = ownConditions(node, ownReference(node, table))
  const compared = conditions.flatMap((condition) => comparedWithValues(condition) ?? [])
  const sound = indexesOf(world, table).filter(({ partial, valid }) => partial !== true && valid !== false)
  return sound.some(({ columns: [first] }) => typeof first === 'string' && compared.includes(first))
}

// The column of 'column = constant', 'column in (constants)' and 'column = any (constants)'.
function comparedWithValues(condition: Node): string | undefined {
  const expression = as(condition, 'A_Expr')
  const operator = operatorOf(condition)
  if (operator !== '=' || !listing.has(String(expression?.kind))) return undefined
  const others = within(expression?.rexpr, 'ColumnRef').length + within(expression?.rexpr, 'SubLink').length
  return others > 0 ? undefined : columnOf(expression?.lexpr)
}

const listing = new Set(['AEXPR_OP', 'AEXPR_IN', 'AEXPR_OP_ANY'])

// The column of 'table.column = batch.column', where a WITH clause or a FROM clause names a query with a short LIMIT.
function joinedToBatch(condition: Node, batches: ReadonlySet<string>, isOwn: IsOwn): string | undefined {
  const { lexpr, rexpr, kind } = as(condition, 'A_Expr') ?? {}
  if (kind !== 'AEXPR_OP' || operatorOf(condition) !== '=') return undefined
  const other = isOf(lexpr, batches) ? rexpr : isOf(rexpr, batches) ? lexpr : undefined
  const reference = as(other, 'ColumnRef')
  return reference !== undefined && isOwn(reference) ? columnOf(other) : undefined
}

function isLimitedQuery(query: Node | undefined): boolean {
  const select = as(query, 'SelectStmt')
  return select !== undefined && isLimited(select)
}

function isOf(node: Node | undefined, names: ReadonlySet<string>): boolean {
  const fields = allOf(as(node, 'ColumnRef')?.fields, 'String')
  return fields.length === 2 && names.has(quoteName(fields[0]?.sval ?? ''))
}

/** The names under which a statement joins queries with a short LIMIT. */
function limitedNames(node: Query): Set<string> {
  const common = allOf(node.withClause?.ctes, 'CommonTableExpr')
  const inner = within(Object.values(node), 'RangeSubselect')
  return new Set([
    ...common.flatMap(({ ctename, ctequery }) =>
      isLimitedQuery(ctequery) ? [quoteName(ctename ?? '')] : [],
    ),
    ...inner.flatMap(({ alias, subquery }) =>
      isLimitedQuery(subquery) ? [quoteName(alias?.aliasname ?? '')] : [],
    ),
  ])
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

function integerOf(node: Node | undefined): number | undefined {
  const constant = as(node, 'A_Const')
  const text = constant?.fval?.fval
  if (text !== undefined) return /^\d+$/.test(text) ? Number(text) : undefined
  return constant?.ival === undefined ? undefined : (constant.ival.ival ?? 0)
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
