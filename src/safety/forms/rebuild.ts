import { qualified } from '../../postgres/facts.ts'
import {
  descendantsOf,
  factsName,
  findIndex,
  indexesOf,
  isKind,
  isNewRelation,
  shortName,
  type World,
} from '../known.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { lockIndex, lockIndexes, lockIndexParts, lockOnly } from './locks.ts'
import { isOn } from './options.ts'

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
