import type { ColumnDef, Constraint, CreateStmt, RangeVar, TableLikeClause } from 'libpg-query'
import { qualified, type ColumnFacts, type ConstraintFacts } from '../../postgres/facts.ts'
import { constraintsOf, factsName, findColumn, isNewRelation, type Known, type World } from '../known.ts'
import { allOf, as, strings } from '../nodes.ts'
import { quoteName, relationName, serialType, typeText } from '../sql-text.ts'
import { constraintsOfColumn } from './column-clauses.ts'
import { isNullConstant } from './expressions.ts'

/** A column of a new table, by its name. */
export type NewColumn = readonly [name: string, column: ColumnFacts]

/** Whether a new table or view ends with the session or the transaction. */
export function passes(relation: RangeVar | undefined): boolean {
  return relation?.relpersistence === 't' || relation?.schemaname === 'pg_temp'
}

/** Remembers a new table or view; with its columns, where all of them are known. */
export function knowNew(known: Known, relation: RangeVar | undefined, columns?: readonly NewColumn[]): void {
  const name = qualified(relationName(relation))
  known.relations.add(name)
  known.dropped.delete(name)
  known.constraints.delete(name)
  if (passes(relation)) known.temporary.add(name)
  else known.temporary.delete(name)
  if (columns === undefined) {
    known.whole.delete(name)
    known.columns.delete(name)
  } else {
    known.whole.add(name)
    known.columns.set(name, new Map(columns))
  }
}

/** The columns of a new table, as far as they can be told; `whole` when these are all. */
export function newColumns(node: CreateStmt, world: World): { columns: NewColumn[]; whole: boolean } {
  const elements = node.tableElts ?? []
  const copied = elements.map((element) => as(element, 'TableLikeClause'))
  const parts = elements.map((element, index) => {
    const column = as(element, 'ColumnDef')
    const like = copied[index]
    if (column !== undefined) return [described(column, node)]
    return like === undefined ? [] : likeColumns(like, world)
  })
  const borrows = node.inhRelations !== undefined || node.ofTypename !== undefined
  return {
    columns: parts.flatMap((part) => part ?? []),
    whole: !borrows && !parts.includes(undefined),
  }
}

function described(column: ColumnDef, node: CreateStmt): NewColumn {
  const name = quoteName(column.colname ?? '')
  const constraints = constraintsOfColumn(column)
  const has = (...types: Constraint['contype'][]) =>
    constraints.some(({ contype }) => types.includes(contype))
  const value = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')
  const identity = constraints.find(({ contype }) => contype === 'CONSTR_IDENTITY')
  const type = typeText(column.typeName)
  const serial = serialType(type)
  const required =
    has('CONSTR_NOTNULL', 'CONSTR_PRIMARY', 'CONSTR_IDENTITY') || keyColumns(node).includes(name)
  const filled = has('CONSTR_IDENTITY', 'CONSTR_GENERATED') || (value && !isNullConstant(value.raw_expr))
  return [
    name,
    {
      type: serial ?? type,
      notNull: serial !== undefined || required,
      hasDefault: serial !== undefined || filled === true,
      ...(identity && { identity: identity.generated_when === 'a' ? 'always' : 'by default' }),
    },
  ]
}

/** The columns of the primary key, which are NOT NULL by it. */
function keyColumns(node: CreateStmt): string[] {
  return [...(node.tableElts ?? []), ...(node.constraints ?? [])].flatMap((element) => {
    const constraint = as(element, 'Constraint')
    return constraint?.contype === 'CONSTR_PRIMARY' ? strings(constraint.keys).map(quoteName) : []
  })
}

// What INCLUDING asks for, as Postgres counts it.
const including = { constraints: 4, defaults: 8, generated: 16, identity: 32 }

function includes({ options = 0 }: TableLikeClause, what: keyof typeof including): boolean {
  return (options & including[what]) !== 0
}

/** The CHECKs that LIKE copies, under their names. */
export function likeChecks({ tableElts }: CreateStmt, world: World): ConstraintFacts[] {
  return allOf(tableElts, 'TableLikeClause').flatMap((like) =>
    includes(like, 'constraints')
      ? constraintsOf(world, relationName(like.relation)).filter(({ kind }) => kind === 'check')
      : [],
  )
}

/** The columns that LIKE copies; undefined when only the database could tell. */
function likeColumns(like: TableLikeClause, world: World): NewColumn[] | undefined {
  const table = relationName(like.relation)
  return columnsNow(world, table)?.map(([name, { type, notNull, hasDefault, identity, generated }]) => {
    const kept = includes(like, identity ? 'identity' : generated ? 'generated' : 'defaults')
    return [name, { type, notNull, hasDefault: hasDefault && kept }]
  })
}

/** The columns of a relation as they are after the statements so far; undefined when not all of them are known. */
export function columnsNow(world: World, relation: string): NewColumn[] | undefined {
  const { known, facts } = world
  const own = known.columns.get(qualified(relation)) ?? new Map<string, ColumnFacts>()
  if (isNewRelation(world, relation)) return known.whole.has(qualified(relation)) ? [...own] : undefined
  const before = facts?.columns?.(factsName(world, relation)) ?? []
  if (before.length === 0 || known.doubtful) return undefined
  const names = new Set([...before.map(({ name }) => name), ...own.keys()])
  return [...names].flatMap((name): NewColumn[] => {
    const column = findColumn(world, relation, name)
    return column ? [[name, column]] : []
  })
}
