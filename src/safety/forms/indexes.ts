import type { DropStmt, IndexStmt } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { findIndex } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { inventName, listName, quoteName, relationName } from '../sql-text.ts'
import type { Context, Draft, Form } from './form.ts'

/** CREATE INDEX: blocks writers while it builds, unless CONCURRENTLY, which cannot run in a transaction. */
export const createIndex: Form<'IndexStmt'> = (node, context) => {
  const table = relationName(node.relation)
  const columns = allOf(node.indexParams, 'IndexElem').map(({ name }) =>
    name === undefined ? null : quoteName(name),
  )
  const index = indexName(node, table, columns)
  const concurrent = node.concurrent === true
  const onlyParent = node.relation?.inh !== true && context.world.facts?.kind?.(table) === 'partitioned table'
  // With IF NOT EXISTS the lock is taken all the same, but nothing is built; whatever the old index is like.
  const exists = node.if_not_exists === true && Boolean(findIndex(context.world, index))
  return [
    {
      form: concurrent ? 'create index concurrently' : 'create index',
      relation: table,
      lock: concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE',
      work: onlyParent || exists ? 'nothing' : 'index build',
      names: { table, index, definition: context.statement.sql },
      refusesTransaction: concurrent,
      ...(node.unique === true ? { tightens: `rows of ${table} with the same values in ${index}` } : {}),
      ...partitioned(table, concurrent, context),
      creates: [{ kind: 'index', name: index }],
      learn: (known) => known.indexes.set(qualified(index), { table, unique: node.unique === true, columns }),
    },
  ]
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

function partitioned(table: string, concurrent: boolean, { world }: Context): Pick<Draft, 'fails'> {
  if (!concurrent || world.facts?.kind?.(table) !== 'partitioned table') return {}
  return { fails: `${table} is partitioned, and Postgres builds no index of such a table concurrently` }
}

/** DROP INDEX: short, but ON CONFLICT needs the unique ones. */
export function dropIndexes(node: DropStmt, context: Context): Draft[] {
  return allOf(node.objects, 'List').map((list) => dropIndex(listName(list.items), node, context))
}

function dropIndex(index: string, node: DropStmt, { world }: Context): Draft {
  const concurrent = node.concurrent === true
  const facts = findIndex(world, index)
  const isNew = world.known.indexes.has(qualified(index))
  const table = facts?.table ?? ''
  const shared: Draft = {
    form: concurrent ? 'drop index concurrently' : 'drop index',
    ...(table === '' ? {} : { relation: table }),
    lock: concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE',
    names: { table, index },
    refusesTransaction: concurrent,
    learn: (known) => known.indexes.delete(qualified(index)),
  }
  if (isNew || (facts === null && node.missing_ok === true)) return shared
  const drops = [{ kind: 'index', name: index }] as const
  if (facts === undefined || facts === null) {
    return {
      ...shared,
      drops,
      unknown: `whether ${index} is unique, only the database can tell; ON CONFLICT may need it`,
    }
  }
  if (!facts.unique) return { ...shared, drops }
  const columns = facts.columns.map((column) => column ?? 'an expression').join(', ')
  const why = `INSERT ... ON CONFLICT (${columns}) no longer finds a unique index on ${table}`
  return { ...shared, drops, breaks: [{ what: 'on conflict', why }] }
}

/** REINDEX: of the concurrent form alone Postgres keeps the traffic going. */
export const reindex: Form<'ReindexStmt'> = (node) => {
  const table = relationName(node.relation)
  const concurrent = allOf(node.params, 'DefElem').some(({ defname }) => defname === 'concurrently')
  const named =
    as(node.relation === undefined ? undefined : { RangeVar: node.relation }, 'RangeVar') !== undefined
  if (!named) return [{ form: 'reindex', unknown: 'it reindexes every table of a schema or database' }]
  return [
    {
      form: concurrent ? 'reindex concurrently' : 'reindex',
      relation: table,
      lock: concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE',
      work: 'index build',
      names: { table, index: table, definition: node.kind === 'REINDEX_OBJECT_INDEX' ? 'index' : 'table' },
      refusesTransaction: concurrent,
    },
  ]
}
