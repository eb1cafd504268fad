import type { DropStmt, IndexElem, IndexStmt } from 'libpg-query'
import { qualified, type IndexFacts } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import { findIndex, isKind, partitionsOf, shortName, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { forgetIndex } from '../dropped-parts.ts'
import { clauseAt, inventName, listName, quoteName, relationName } from '../sql-text.ts'
import { type Context, type Draft, type Form } from './form.ts'
import { isView } from './known-views.ts'
import { hasLike } from './like-indexes.ts'
import { lockDescendants, lockIndex, lockIndexParts, lockPartitions } from './locks.ts'
import { isDoubted } from './presence.ts'
import { arbiterIsGone } from './upserts.ts'

/** CREATE INDEX: blocks writers while it builds, unless CONCURRENTLY, which cannot run in a transaction. */
export const createIndex: Form<'IndexStmt'> = (node, context) => {
  const table = relationName(node.relation)
  const columns = allOf(node.indexParams, 'IndexElem').map(({ name }) =>
    name === undefined ? null : quoteName(name),
  )
  const index = indexName(node, table, columns)
  const concurrent = node.concurrent === true
  const onlyParent = node.relation?.inh !== true && isKind(context.world, table, 'partitioned table')
  // With IF NOT EXISTS the lock is taken all the same, but nothing is built; whatever the old index is like.
  const isThere = Boolean(findIndex(context.world, index))
  const exists = isThere && node.if_not_exists === true
  const made: IndexFacts = {
    table,
    unique: node.unique === true,
    columns,
    partial: node.whereClause !== undefined,
    ...(isPlain(node) ? {} : { definition: context.statement.sql }),
  }
  const isBuilt = onlyParent || exists || isThereInParts(node, made, context.world)
  const draft: Draft = {
    form: concurrent ? 'create index concurrently' : 'create index',
    relation: table,
    lock: concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE',
    work: isBuilt ? 'nothing' : 'index build',
    names: {
      table,
      index,
      definition: context.statement.sql,
      ...uniqueColumns(node, columns),
      ...parts(node, table, columns, context),
    },
    refusesTransaction: concurrent,
    // Nobody writes to a materialized view but its REFRESH.
    blocksNobody: isKind(context.world, table, 'materialized view'),
    tightens: node.unique === true ? `rows of ${table} with the same values in ${index}` : undefined,
    fails: whyNoIndex(node, table, index, isThere, context.world),
    creates: [{ kind: 'index', name: index }],
    learn: (known) => {
      known.indexes.set(qualified(index), made)
      known.dropped.delete(qualified(index))
    },
  }
  return node.relation?.inh === true && !concurrent
    ? [draft, ...lockPartitions(draft, context.world)]
    : [draft]
}

/** Whether it says nothing but the columns: all rows in a btree, in the usual order. */
function isPlain({
  indexParams,
  whereClause,
  accessMethod,
  indexIncludingParams,
  ...node
}: IndexStmt): boolean {
  const isUsual = ({ name, ordering, nulls_ordering: nulls, opclass, collation }: IndexElem): boolean =>
    name !== undefined &&
    ordering !== 'SORTBY_DESC' &&
    nulls !== 'SORTBY_NULLS_FIRST' &&
    opclass === undefined &&
    collation === undefined
  return (
    whereClause === undefined &&
    (accessMethod ?? 'btree') === 'btree' &&
    indexIncludingParams === undefined &&
    node.nulls_not_distinct !== true &&
    allOf(indexParams, 'IndexElem').every(isUsual)
  )
}

/** Whether each partition has its part of the index already: Postgres joins them, and reads no row. */
function isThereInParts(node: IndexStmt, index: IndexFacts, world: World): boolean {
  const { partitions = [] } = partitionsOf(world, index.table)
  return isPlain(node) && partitions.length > 0 && partitions.every((part) => hasLike(index, part, world))
}

// Postgres makes up a name for an index without one; only its schema is certain.
function indexName(node: IndexStmt, table: string, columns: readonly (string | null)[]): string {
  const schema = node.relation?.schemaname === undefined ? '' : `${quoteName(node.relation.schemaname)}.`
  const base = quoteName(node.relation?.relname ?? table)
  return (
    schema +
    (node.idxname === undefined
      ? inventName(base, ...columns.map((c) => c ?? 'expr'), 'idx')
      : quoteName(node.idxname))
  )
}

/** Why Postgres builds no such index, whatever the rows are like. */
function whyNoIndex(
  node: IndexStmt,
  table: string,
  index: string,
  isThere: boolean,
  world: World,
): string | undefined {
  if (isView(table, world) && !world.known.doubtful) return `${table} is a view`
  const isTaken = isThere && node.if_not_exists !== true && node.idxname !== undefined
  if (isTaken && !isDoubted(index, world)) return `there already is an index ${index}`
  return node.concurrent === true && world.facts?.kind?.(table) === 'partitioned table'
    ? `${table} is partitioned, and Postgres builds no index of such a table concurrently`
    : undefined
}

// For an index that is made partition by partition.
function parts(
  node: IndexStmt,
  table: string,
  columns: readonly (string | null)[],
  { statement, world }: Context,
): Partial<Names> {
  const found = partitionsOf(world, table)
  if (found.partitions === undefined || node.relation?.inh !== true) return {}
  const name = String.raw`(?:"(?:[^"]|"")+"|[^\s."(]+)`
  const after = new RegExp(String.raw`^${name}(?:\s*\.\s*${name})?\s*\*?\s*`)
  const indexed = clauseAt(statement, node.relation.location).replace(after, '')
  return { ...found, indexed, over: columns.map((column) => column ?? 'expr') }
}

// What the data can violate, where every row counts and no expression does.
function uniqueColumns(
  node: IndexStmt,
  columns: readonly (string | null)[],
): { columns?: readonly string[] } {
  const named = columns.filter((column) => column !== null)
  const plain = node.unique === true && node.whereClause === undefined && named.length === columns.length
  return plain ? { columns: named } : {}
}

/** DROP INDEX: short, but ON CONFLICT needs the unique ones. */
export function dropIndexes(node: DropStmt, context: Context): Draft[] {
  return allOf(node.objects, 'List').flatMap((list) => dropIndex(listName(list.items), node, context))
}

function dropIndex(index: string, node: DropStmt, { world }: Context): Draft[] {
  const concurrent = node.concurrent === true
  const facts = findIndex(world, index)
  const isNew = world.known.indexes.has(qualified(index))
  const table = facts?.table ?? ''
  const lock = concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'
  const form = concurrent ? 'drop index concurrently' : 'drop index'
  const relation = shortName(table)
  const shared: Draft = {
    form,
    ...(table === '' ? {} : { relation }),
    lock,
    names: { table: relation, index },
    refusesTransaction: concurrent,
    learn: (known) => {
      forgetIndex(known, index)
    },
  }
  if (isNew || (facts === null && node.missing_ok === true)) return [shared]
  const drops = [{ kind: 'index', name: index }] as const
  if (facts === null && !isDoubted(index, world)) return [{ ...shared, fails: `there is no index ${index}` }]
  if (facts === undefined || facts === null) {
    const reason = `whether ${index} is unique, only the database can tell; ON CONFLICT may need it`
    return [{ ...shared, drops, unknown: reason }]
  }
  const dropped: Draft = {
    ...shared,
    drops,
    ...refusedDrop(facts, node, world),
    ...(facts.ofConstraint === true ? { fails: `a constraint of ${relation} needs the index ${index}` } : {}),
    ...(facts.unique && facts.valid !== false
      ? arbiterIsGone(world, relation, facts.columns, 'unique index')
      : {}),
  }
  const parts = [
    ...lockDescendants(dropped, world),
    ...lockIndexParts(form, qualified(index), relation, lock, world),
  ]
  return [dropped, lockIndex(form, index, relation, lock), ...(concurrent ? [] : parts)]
}

/** What DROP INDEX cannot take away, whatever needs it. */
function refusedDrop({ parent, table }: IndexFacts, node: DropStmt, world: World): Pick<Draft, 'fails'> {
  if (parent) return { fails: `the index ${shortName(parent)} of the whole table needs it` }
  if (node.concurrent !== true) return {}
  if ((node.objects ?? []).length > 1) return { fails: 'DROP INDEX CONCURRENTLY takes one index at a time' }
  const whole = isKind(world, shortName(table), 'partitioned table')
  return whole ? { fails: `it is the index of a partitioned table, which CONCURRENTLY does not drop` } : {}
}
