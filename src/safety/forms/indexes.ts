import type { DropStmt, IndexStmt } from 'libpg-query'
import { qualified, type IndexFacts } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import {
  descendantsOf,
  factsName,
  findIndex,
  indexesOf,
  isKind,
  isNewRelation,
  partitionsOf,
  shortName,
  type World,
} from '../known.ts'
import { allOf } from '../nodes.ts'
import { clauseAt, inventName, listName, quoteName, relationName } from '../sql-text.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { isView } from './known-views.ts'
import { lockDescendants, lockIndex, lockIndexes, lockIndexParts, lockOnly, lockPartitions } from './locks.ts'
import { isOn } from './options.ts'
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
  const draft: Draft = {
    form: concurrent ? 'create index concurrently' : 'create index',
    relation: table,
    lock: concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE',
    work: onlyParent || exists ? 'nothing' : 'index build',
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
      const partial = node.whereClause !== undefined
      const definition = ordered(node) ? { definition: context.statement.sql } : {}
      known.indexes.set(qualified(index), {
        table,
        unique: node.unique === true,
        columns,
        partial,
        ...definition,
      })
      known.dropped.delete(qualified(index))
    },
  }
  return node.relation?.inh === true && !concurrent
    ? [draft, ...lockPartitions(draft, context.world)]
    : [draft]
}

/** Whether it says an order of its own. */
function ordered({ indexParams }: IndexStmt): boolean {
  return allOf(indexParams, 'IndexElem').some(
    ({ ordering, nulls_ordering: nulls }) => ordering === 'SORTBY_DESC' || nulls === 'SORTBY_NULLS_FIRST',
  )
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
      known.indexes.delete(qualified(index))
      known.dropped.add(qualified(index))
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

/** REINDEX: of the concurrent form alone Postgres keeps the traffic going. */
export const reindex: Form<'ReindexStmt'> = (node, context) => {
  const concurrent = isOn(node.params, 'concurrently')
  if (node.relation === undefined) return reindexAll(node.name, concurrent, context)
  const named = relationName(node.relation)
  const isIndex = node.kind === 'REINDEX_OBJECT_INDEX'
  const { world } = context
  const table = isIndex ? shortName(findIndex(world, named)?.table ?? named) : named
  const form = concurrent ? 'reindex concurrently' : 'reindex'
  if (isKind(world, table, 'partitioned table'))
    return reindexParts(form, table, concurrent, isIndex ? named : null, world)
  const rebuilt: Draft = {
    form,
    relation: table,
    lock: concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE',
    work: isIndex ? 'index build' : indexWork(table, world),
    names: {
      table,
      index: named,
      definition: `REINDEX ${isIndex ? 'INDEX' : 'TABLE'} CONCURRENTLY ${named}`,
    },
    refusesTransaction: concurrent,
  }
  const lock = 'ACCESS EXCLUSIVE'
  const indexes = isIndex ? [lockIndex(form, named, table, lock)] : lockIndexes(form, table, lock, world)
  return [...indexes.map((draft) => inTurn(draft, concurrent)), rebuilt]
}

/** What rebuilding the indexes of a table comes to: nothing, where it surely has none. */
function indexWork(table: string, world: World): 'index build' | 'nothing' {
  const { facts, known } = world
  const isTold =
    facts?.indexes !== undefined && !known.doubtful && Boolean(facts.relation?.(factsName(world, table)))
  if (!isTold || indexesOf(world, table).length > 0) return 'index build'
  const made = [...known.indexes.values()].some((one) => qualified(one.table) === qualified(table))
  return made ? 'index build' : 'nothing'
}

/** Older versions pass over partitioned tables with a warning. */
const firstWithParts = 14

/** Of a partitioned table the indexes of its partitions are rebuilt, each by itself, which refuses a transaction. */
function reindexParts(
  form: string,
  table: string,
  concurrent: boolean,
  index: string | null,
  world: World,
): Draft[] {
  if ((world.facts?.version ?? firstWithParts) < firstWithParts) return [lockOnly(form, table, 'SHARE')]
  const lock = concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE'
  const parts = descendantsOf(world, table).filter((part) => !isKind(world, part, 'partitioned table'))
  const refusesTransaction = true
  const rebuilt = parts.map((part) => ({
    ...lockOnly(form, part, lock),
    work: indexWork(part, world),
    refusesTransaction,
    names: { table: part, index: part, definition: `REINDEX TABLE CONCURRENTLY ${part}` },
  }))
  const indexes =
    index === null
      ? parts.flatMap((part) => lockIndexes(form, part, 'ACCESS EXCLUSIVE', world))
      : lockIndexParts(form, qualified(index), table, 'ACCESS EXCLUSIVE', world)
  const own = { ...lockOnly(form, table, concurrent ? 'ACCESS SHARE' : 'SHARE'), refusesTransaction }
  const whole = index === null || concurrent ? [] : [lockIndex(form, index, table, 'ACCESS EXCLUSIVE')]
  return [own, ...whole, ...indexes.map((draft) => inTurn(draft, concurrent)), ...rebuilt]
}

// The concurrent form takes the old index away at its end, when no query uses it any more.
function inTurn(draft: Draft, concurrent: boolean): Draft {
  return concurrent ? { ...draft, blocksNobody: true } : draft
}

function reindexAll(schema: string | undefined, concurrent: boolean, { world }: Context): Draft[] {
  const form = concurrent ? 'reindex concurrently' : 'reindex'
  const all = world.facts?.relations?.()
  const refusesTransaction = true
  if (all === undefined)
    return [{ ...unknown(form, 'it reindexes every table of a schema or database'), refusesTransaction }]
  const tables = [...all].filter(
    ({ name, kind }) =>
      ['table', 'materialized view'].includes(kind) &&
      (schema === undefined || name.startsWith(`${quoteName(schema)}.`)) &&
      !isNewRelation(world, name),
  )
  return tables.flatMap(({ name }) => {
    const table = shortName(name)
    const rebuilt: Draft = {
      ...lockOnly(form, table, concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE'),
      work: indexWork(table, world),
      refusesTransaction,
      names: { table, index: table, definition: `REINDEX TABLE CONCURRENTLY ${table}` },
    }
    const indexes = lockIndexes(form, table, 'ACCESS EXCLUSIVE', world)
    return [...indexes.map((draft) => inTurn(draft, concurrent)), rebuilt]
  })
}

/** CLUSTER: writes the table anew in the order of an index. */
export const cluster: Form<'ClusterStmt'> = (node, { world }) => {
  if (node.relation === undefined) return clusterAll(world)
  const table = relationName(node.relation)
  return [{ ...lockOnly('cluster', table, 'ACCESS EXCLUSIVE'), work: 'rewrite' }]
}

/** Every table that remembers by which index it is clustered. */
function clusterAll(world: World): Draft[] {
  const refusesTransaction = true
  const all = world.facts?.relations?.()
  if (all === undefined)
    return [{ ...unknown('cluster', 'it writes every clustered table anew'), refusesTransaction }]
  const clustered = [...all]
    .map(({ name }) => shortName(name))
    .filter((table) => indexesOf(world, table).some(({ isClustered }) => isClustered === true))
    .filter((table) => !isNewRelation(world, table) && !isKind(world, table, 'partitioned table'))
  return [
    { form: 'cluster', refusesTransaction },
    ...clustered.map((table): Draft => ({
      ...lockOnly('cluster', table, 'ACCESS EXCLUSIVE'),
      work: 'rewrite',
      refusesTransaction,
    })),
  ]
}
