import type { Constraint, CreateStmt, Node, RangeVar } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { isNewRelation, knowFilled, knowKeyIndex } from '../known.ts'
import { allOf } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { constrainedColumns, constraintName } from './constraint-names.ts'
import type { Context, Draft, Form } from './form.ts'
import { hasKey } from './foreign-keys.ts'
import { lockParent } from './locks.ts'
import { whyTaken } from './presence.ts'
import { createPartition } from './partitions.ts'
import { reads, scanned } from './reads.ts'

/** CREATE TABLE: nobody uses the new table yet, but a foreign key locks the table that it points at. */
export const createTable: Form<'CreateStmt'> = (node, context) => {
  const table = relationName(node.relation)
  if (node.partbound !== undefined) return createPartition(node, context)
  const isNew = !mayExist(node, table, context)
  return [
    {
      form: 'create table',
      relation: table,
      reversible: 'loses new data',
      creates: [{ kind: 'table', name: table }],
      ...refusedTable(node, table, context),
      learn: (known) => {
        if (!isNew) return
        known.relations.add(qualified(table))
        for (const { constraint, column } of constraintsIn(node)) {
          if (constraint.contype !== 'CONSTR_UNIQUE' && constraint.contype !== 'CONSTR_PRIMARY') continue
          const columns = constrainedColumns(constraint, column)
          const isPrimary = constraint.contype === 'CONSTR_PRIMARY'
          knowKeyIndex(known, table, constraintName(constraint, table, column), { columns, isPrimary })
        }
      },
    },
    ...(isNew ? referencedTables(node, table) : []).map((parent) =>
      lockParent('create table with foreign key', parent, table),
    ),
    ...(isNew ? inherited(node, table) : []),
  ]
}

// With IF NOT EXISTS an old table of that name stays as it is, whatever the statement says.
function mayExist(node: CreateStmt, table: string, { world }: Context): boolean {
  if (node.if_not_exists !== true) return false
  if (isNewRelation(world, table)) return false
  return world.facts === undefined || world.facts.bytes(table) !== null
}

/** Why Postgres makes no such table, when the database tells. */
function refusedTable(node: CreateStmt, table: string, context: Context): { fails?: string } {
  const { world } = context
  const isOptional = node.if_not_exists === true || node.relation?.relpersistence === 't'
  const { fails } = isOptional || isNewRelation(world, table) ? {} : whyTaken(table, 'relation', world)
  if (fails !== undefined) return { fails }
  if (world.known.doubtful || node.if_not_exists === true) return {}
  const others = foreignKeys(node).filter(({ pktable }) => relationName(pktable) !== table)
  const astray = others.find((key) => !hasKey(key, world))
  return astray === undefined
    ? {}
    : { fails: `${relationName(astray.pktable)} has no unique constraint on the referenced columns` }
}

function referencedTables(node: CreateStmt, table: string): string[] {
  const parents = foreignKeys(node).map(({ pktable }) => relationName(pktable))
  return [...new Set(parents)].filter((parent) => parent !== table)
}

function foreignKeys(node: CreateStmt): Constraint[] {
  return constraintsIn(node)
    .map(({ constraint }) => constraint)
    .filter(({ contype }) => contype === 'CONSTR_FOREIGN')
}

/** All constraints of a new table, those behind a column with it. */
function constraintsIn(node: CreateStmt): { constraint: Constraint; column?: string }[] {
  const inColumns = allOf(node.tableElts, 'ColumnDef').flatMap(({ constraints, colname = '' }) =>
    allOf(constraints, 'Constraint').map((constraint) => ({ constraint, column: quoteName(colname) })),
  )
  const own = [...allOf(node.tableElts, 'Constraint'), ...allOf(node.constraints, 'Constraint')]
  return [...inColumns, ...own.map((constraint) => ({ constraint }))]
}

function inherited(node: CreateStmt, table: string): Draft[] {
  return allOf(node.inhRelations, 'RangeVar').map((parent) => ({
    form: 'inherit table',
    relation: relationName(parent),
    lock: 'SHARE UPDATE EXCLUSIVE',
    names: { table: relationName(parent), newName: table },
  }))
}

/** CREATE TABLE AS and SELECT INTO: a long read, which blocks nobody. */
export const createTableAs: Form<'CreateTableAsStmt'> = (node, context) => {
  const isView = node.objtype === 'OBJECT_MATVIEW'
  const table = relationName(node.into?.rel)
  const query = node.into?.skipData === true ? undefined : node.query
  // What is there already stays as it is.
  const exists = node.if_not_exists === true && Boolean(context.world.facts?.relation?.(table))
  if (exists && !context.world.known.dropped.has(qualified(table)))
    return [{ form: isView ? 'create materialized view' : 'create table as', names: { table } }]
  return fromQuery(node.into?.rel, isView, query, context)
}

/** A new table or materialized view with the rows of a query. */
export function fromQuery(
  relation: RangeVar | undefined,
  isView: boolean,
  query: Node | undefined,
  context: Context,
): Draft[] {
  const table = relationName(relation)
  const sources = reads(query, context)
  return [
    {
      form: isView ? 'create materialized view' : 'create table as',
      relation: table,
      reversible: 'loses new data',
      creates: [{ kind: isView ? 'view' : 'table', name: table }],
      ...(relation?.relpersistence === 't' ? {} : whyTaken(table, 'relation', context.world)),
      learn: (known) => {
        known.relations.add(qualified(table))
        knowFilled(known, table, scanned(sources))
      },
    },
    ...sources,
  ]
}
