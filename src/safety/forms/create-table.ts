import type { Constraint, ConstrType, CreateStmt } from 'libpg-query'
import { qualified, type ConstraintFacts } from '../../postgres/facts.ts'
import { isNewRelation, knowConstraint, knowKeyIndex, type Known, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { constraintsOfColumn } from './column-clauses.ts'
import { constrainedColumns, constraintName } from './constraint-names.ts'
import type { Context, Draft, Form } from './form.ts'
import { hasKey, knowForeignKey } from './foreign-keys.ts'
import { lockParent } from './locks.ts'
import { knowNew, likeChecks, newColumns, passes } from './new-columns.ts'
import { whyRepeated } from './output-columns.ts'
import { isAbsent, whyTaken } from './presence.ts'
import { createPartition } from './partitions.ts'

/** CREATE TABLE: nobody uses the new table yet, but a foreign key locks the table that it points at. */
export const createTable: Form<'CreateStmt'> = (node, context) => {
  const table = relationName(node.relation)
  if (node.partbound !== undefined) return createPartition(node, context)
  const isNew = !mayExist(node, table, context)
  const isOptional = node.if_not_exists === true
  return [
    {
      form: 'create table',
      relation: table,
      reversible: 'loses new data',
      creates: [{ kind: 'table', name: table }],
      ...refusedTable(node, table, context),
      learn: (known) => {
        if (isNew && !(isOptional && isNewRelation(context.world, table))) knowTable(known, node, context)
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
  if (isNewRelation(world, table) || world.known.dropped.has(qualified(table))) return false
  return world.facts === undefined || world.facts.bytes(table) !== null
}

/** Remembers the new table with its columns and keys. */
function knowTable(known: Known, node: CreateStmt, { world }: Context): void {
  const table = relationName(node.relation)
  const { columns, whole } = newColumns(node, world)
  knowNew(known, node.relation, whole ? columns : undefined)
  knowPartitions(known, node, table)
  for (const check of likeChecks(node, world)) knowConstraint(known, table, { ...check, isNew: true })
  for (const { constraint, column } of constraintsIn(node)) {
    const kind = constraint.contype === undefined ? undefined : kinds[constraint.contype]
    if (kind === undefined) continue
    const name = constraintName(constraint, table, column)
    const named = constrainedColumns(constraint, column)
    const isPrimary = kind === 'primary key'
    if (kind === 'foreign key') {
      // What Postgres calls it is certain enough for the rows that wait for it.
      if (constraint.conname !== undefined || constraint.deferrable === true)
        knowForeignKey(known, table, constraint, column, world)
    } else if (isPrimary || constraint.conname !== undefined)
      knowConstraint(known, table, {
        name,
        kind,
        validated: true,
        columns: named,
        definition: '',
        isNew: true,
      })
    if (isPrimary || kind === 'unique') knowKeyIndex(known, table, name, { columns: named, isPrimary })
  }
}

/** Remembers by which column rows go to the partitions of the new table. */
function knowPartitions({ partitionKeys }: Known, { partspec }: CreateStmt, table: string): void {
  const [element, ...others] = allOf(partspec?.partParams, 'PartitionElem')
  const strategy = partspec?.strategy?.replace('PARTITION_STRATEGY_', '')
  if (strategy === undefined || element?.name === undefined || others.length > 0)
    partitionKeys.delete(qualified(table))
  else partitionKeys.set(qualified(table), `${strategy} (${quoteName(element.name)})`)
}

const kinds: Partial<Record<ConstrType, ConstraintFacts['kind']>> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'foreign key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_PRIMARY: 'primary key',
  CONSTR_EXCLUSION: 'exclude',
}

/** Why Postgres makes no such table, when the database tells. */
function refusedTable(node: CreateStmt, table: string, context: Context): { fails?: string } {
  const { world } = context
  const isOptional = node.if_not_exists === true || node.relation?.relpersistence === 't'
  const { fails } = isOptional ? {} : whyTaken(table, 'relation', world)
  if (fails !== undefined) return { fails }
  if (node.if_not_exists === true) return {}
  const wrong = whyAstray(node, world)
  if (wrong !== undefined) return { fails: wrong }
  if (world.known.doubtful) return {}
  const named = [...referencedTables(node, table), ...allOf(node.inhRelations, 'RangeVar').map(relationName)]
  const absent = named.find((one) => isAbsent(world, one))
  if (absent !== undefined) return { fails: `there is no table ${absent}` }
  const others = foreignKeys(node).filter(({ pktable }) => relationName(pktable) !== table)
  const astray = others.find((key) => !hasKey(key, world))
  return astray === undefined
    ? {}
    : { fails: `${relationName(astray.pktable)} has no unique constraint on the referenced columns` }
}

/** What is wrong about the statement whatever else there is. */
function whyAstray(node: CreateStmt, world: World): string | undefined {
  const table = relationName(node.relation)
  const { columns, whole } = newColumns(node, world)
  const names = columns.map(([name]) => name)
  const constraints = constraintsIn(node)
  const keys = constraints.filter(({ constraint }) => constraint.contype === 'CONSTR_PRIMARY')
  const keyed = keys.flatMap(({ constraint, column }) => constrainedColumns(constraint, column))
  if (keys.length > 1) return `${table} would have two primary keys`
  if (node.oncommit !== undefined && node.oncommit !== 'ONCOMMIT_NOOP' && !passes(node.relation))
    return `${table} is no temporary table, and only such a table knows ON COMMIT`
  if (node.partspec !== undefined && constraints.some(({ constraint }) => constraint.is_no_inherit === true))
    return `${table} is partitioned, and its partitions cannot do without a CHECK of it`
  const missing = whole ? keyed.find((name) => !names.includes(name)) : undefined
  return missing === undefined
    ? whyRepeated(table, names).fails
    : `${table} has no column ${missing} for its primary key`
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
  const inColumns = allOf(node.tableElts, 'ColumnDef').flatMap((column) =>
    constraintsOfColumn(column).map((constraint) => ({
      constraint,
      column: quoteName(column.colname ?? ''),
    })),
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
