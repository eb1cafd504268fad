import type { CreateStmt, PartitionBoundSpec } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import {
  constraintsOf,
  descendantsOf,
  factsName,
  findColumn,
  isNewRelation,
  partitionKeyOf,
  referencingKeys,
  shortName,
  type World,
} from '../known.ts'
import { allOf, as, within } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { unknown, type Context, type Draft } from './form.ts'
import { allIndexesOf, hasLike } from './like-indexes.ts'
import { lockDescendants, lockIndexes, lockOnly } from './locks.ts'
import { excludesBound } from './excluded-bounds.ts'
import { provesBound, readBound } from './partition-bounds.ts'
import { attachKeys, detachKeys, referencedBy } from './partition-keys.ts'
import { takenBy } from './partition-search.ts'
import { whyNoChild } from './shared-columns.ts'

/** CREATE TABLE ... PARTITION OF: all of the partitioned table waits, while the default partition is searched for rows of the new one. */
export function createPartition(node: CreateStmt, { world }: Context): Draft[] {
  const form = 'create partition'
  const table = relationName(node.relation)
  const parent = relationName(allOf(node.inhRelations, 'RangeVar')[0])
  const created: Draft = {
    form,
    relation: table,
    names: { table, referenced: parent },
    reversible: 'loses new data',
    creates: [{ kind: 'table', name: table }],
    learn: (known) => known.relations.add(qualified(table)),
  }
  if (isNewRelation(world, parent)) return [created]
  const fails = whyNoPartition(node, parent, world)
  if (fails !== undefined) return [{ ...created, fails }]
  if (world.facts?.descendants === undefined) {
    const reason = `it may scan the default partition of ${parent} while all of it is locked`
    return [created, unknown(form, reason, parent)]
  }
  return [
    created,
    lockOnly(form, parent, 'ACCESS EXCLUSIVE'),
    ...lockIndexes(form, parent, 'SHARE UPDATE EXCLUSIVE', world),
    ...referencedBy(parent, world).map((other) => lockOnly(form, other, 'SHARE ROW EXCLUSIVE')),
    ...searchDefault(node.partbound, parent, world),
  ]
}

/** Why Postgres makes no such partition. */
function whyNoPartition(node: CreateStmt, parent: string, world: World): string | undefined {
  const taken = takenBy(node.partbound, parent, world)
  if (taken !== undefined) return `the partition ${taken} takes some of its rows already`
  const ofTable = constraintsOf(world, parent).some(({ kind }) => kind === 'primary key')
  const own = within(node.tableElts, 'Constraint').some(({ contype }) => contype === 'CONSTR_PRIMARY')
  return ofTable && own ? `it would have two primary keys: ${parent} has one` : undefined
}

function searchDefault(spec: PartitionBoundSpec | undefined, parent: string, world: World): Draft[] {
  const existing = defaultPartition(parent, world)
  if (existing === undefined || spec?.is_default === true) return []
  const bound = readBound(spec, partitionKeyOf(world, parent))
  const excluded = bound !== undefined && excludesBound(constraintsOf(world, existing), bound)
  const draft = lockOnly('search default partition', existing, 'ACCESS EXCLUSIVE')
  return [{ ...draft, work: excluded ? 'nothing' : 'scan', names: { table: existing, referenced: parent } }]
}

function defaultPartition(parent: string, world: World): string | undefined {
  return descendantsOf(world, parent).find((child) => {
    const facts = world.facts?.relation?.(child)
    return facts?.bound === 'DEFAULT' && facts.parents.includes(qualified(factsName(world, parent)))
  })
}

/** ATTACH PARTITION: the new partition is searched for rows outside its bound, unless a CHECK proves that there is none. */
export const attachPartition: AlterForm = (input) => {
  const { table, context } = input
  const { world } = context
  const command = as(input.command.def, 'PartitionCmd')
  const child = relationName(command?.name)
  const form = 'attach partition'
  const work = workOfAttach(command?.bound, child, input)
  const taken = takenBy(command?.bound, table, world)
  const fails =
    taken === undefined ? whyNoChild(child, table, true, world) : `${taken} takes some of its rows`
  const attached = lockOnly(form, child, 'ACCESS EXCLUSIVE')
  return [
    { ...lockOnly(form, table, 'SHARE UPDATE EXCLUSIVE'), ...(fails === undefined ? {} : { fails }) },
    { ...attached, work, names: { table: child, referenced: table } },
    ...lockDescendants(attached, world),
    ...lockIndexes(form, table, 'SHARE UPDATE EXCLUSIVE', world),
    ...attachKeys(form, table, child, world),
    ...searchDefault(command?.bound, table, world),
  ]
}

function workOfAttach(
  spec: PartitionBoundSpec | undefined,
  child: string,
  { table, context }: AlterCommand,
): Draft['work'] {
  const { world } = context
  const bound = readBound(spec, partitionKeyOf(world, table))
  const notNull = bound !== undefined && findColumn(world, child, bound.column)?.notNull === true
  const proven = bound !== undefined && provesBound(constraintsOf(world, child), bound, notNull)
  if (!proven) return 'scan'
  return hasIndexesOf(table, child, world) ? 'nothing' : 'index build'
}

/** Whether each index of the partitioned table has its like on the new partition. */
function hasIndexesOf(table: string, child: string, world: World): boolean {
  return allIndexesOf(table, world).every((index) => hasLike(index, child, world))
}

const detachLocksPartition = 14

/** DETACH PARTITION: short, but all of the partitioned table waits for it, unless CONCURRENTLY. */
export const detachPartition: AlterForm = ({ command, table, context: { world } }) => {
  const detached = as(command.def, 'PartitionCmd')
  const child = relationName(detached?.name)
  const standard = defaultPartition(table, world)
  const learn: Draft['learn'] = (known) => known.loose.add(factsName(world, child))
  if (detached?.concurrent === true) {
    const form = 'detach partition concurrently'
    const fails = { fails: `${table} has a default partition, and DETACH CONCURRENTLY is refused then` }
    // At its end it takes the partition for itself, when no query reaches it through the table any more.
    return [
      lockOnly(form, table, 'SHARE UPDATE EXCLUSIVE'),
      { ...lockOnly(form, child, 'ACCESS EXCLUSIVE'), blocksNobody: true, learn },
      ...detachKeys(form, child, world),
    ].map((draft) => ({ ...draft, refusesTransaction: true, ...(standard === undefined ? {} : fails) }))
  }
  const form = 'detach partition'
  const old = (world.facts?.version ?? detachLocksPartition) < detachLocksPartition
  const isReferenced = referencingKeys(world, child).length > 0
  const parents = world.facts?.relation?.(factsName(world, child))?.parents
  const stranger = parents !== undefined && !parents.includes(qualified(factsName(world, table)))
  const fails = { fails: `${child} is no partition of ${table}` }
  const others =
    standard === undefined || standard === child ? [] : [lockOnly(form, standard, 'ACCESS EXCLUSIVE')]
  return [
    { ...lockOnly(form, table, 'ACCESS EXCLUSIVE'), ...(stranger && !world.known.doubtful ? fails : {}) },
    {
      ...lockOnly(form, child, old && !isReferenced ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'),
      learn,
    },
    ...lockIndexes(form, child, 'ACCESS EXCLUSIVE', world, ({ parent }) => Boolean(parent)),
    ...others,
    ...detachKeys(form, child, world),
  ]
}

export const finishDetach: AlterForm = ({ command, table }) => {
  const child = relationName(as(command.def, 'PartitionCmd')?.name)
  const form = 'finish detach'
  return [lockOnly(form, table, 'SHARE UPDATE EXCLUSIVE'), lockOnly(form, child, 'ACCESS EXCLUSIVE')]
}

/** The locks that dropping a partition takes on the table that it is a part of. */
export function lockPartitioned(form: string, table: string, world: World): Draft[] {
  const facts = world.facts?.relation?.(factsName(world, table))
  if (facts?.isPartition !== true || world.known.loose.has(factsName(world, table))) return []
  return facts.parents.map(shortName).flatMap((parent) => {
    const standard = defaultPartition(parent, world)
    const others = standard === undefined || qualified(standard) === facts.name ? [] : [standard]
    return [parent, ...others].map((one) => lockOnly(form, one, 'ACCESS EXCLUSIVE'))
  })
}
