import { blocksWriters, type LockMode } from '../effect.ts'
import { descendantsOf, indexesOf, isKind, shortName, type World } from '../known.ts'
import type { IndexFacts } from '../../postgres/facts.ts'
import type { Draft } from './form.ts'

/** A lock on another relation that a statement takes on its way. */
export function lockOnly(form: string, relation: string, lock: LockMode): Draft {
  return { form, relation, lock, names: { table: relation } }
}

/** A foreign key briefly stops the writers of the referenced table, too. */
export function lockParent(form: string, parent: string, table: string): Draft {
  return { form, relation: parent, lock: 'SHARE ROW EXCLUSIVE', names: { table: parent, referenced: table } }
}

/** A lock on an index: queries on its table need the index to be planned. */
export function lockIndex(form: string, index: string, table: string, lock: LockMode): Draft {
  return { form, relation: shortName(index), indexOf: table, lock, names: { table, index: shortName(index) } }
}

/** The same lock on the indexes of a table: all of them, or those that `which` picks. */
export function lockIndexes(
  form: string,
  table: string,
  lock: LockMode,
  world: World,
  which: (index: IndexFacts) => boolean = () => true,
): Draft[] {
  return indexesOf(world, table)
    .filter(which)
    .map(({ name = '' }) => lockIndex(form, name, table, lock))
}

/** The same, for the indexes of its partitions and children as well. */
export function lockIndexesOfWhole(
  form: string,
  table: string,
  lock: LockMode,
  world: World,
  which?: (index: IndexFacts) => boolean,
): Draft[] {
  return [table, ...descendantsOf(world, table)].flatMap((one) => lockIndexes(form, one, lock, world, which))
}

/** The same lock on the indexes that belong to an index of a partitioned table, and on those that belong to them. */
export function lockIndexParts(
  form: string,
  index: string,
  table: string,
  lock: LockMode,
  world: World,
): Draft[] {
  return descendantsOf(world, table).flatMap((child) =>
    indexesOf(world, child)
      .filter(({ parent }) => parent === index)
      .flatMap(({ name = '' }) => [
        lockIndex(form, name, child, lock),
        ...lockIndexParts(form, name, child, lock, world),
      ]),
  )
}

/** The locks on the partitions and children of a table that go with those on the table itself. */
export function lockDescendants(draft: Draft, world: World): Draft[] {
  const { relation, lock, form } = draft
  if (relation === undefined || lock === undefined) return []
  return descendantsOf(world, relation).map((child) => lockOnly(form, child, lock))
}

/** The same for partitions alone: what tables that only inherit do not share. */
export function lockPartitions(draft: Draft, world: World): Draft[] {
  const isParent = draft.relation !== undefined && isKind(world, draft.relation, 'partitioned table')
  return isParent ? lockDescendants(draft, world) : []
}

/** The lock on a relation at the other end of a foreign key that goes, and on its partitions, which have parts of the key. */
export function lockKeyEnd(form: string, relation: string, world: World): Draft[] {
  const draft = lockOnly(form, relation, 'ACCESS EXCLUSIVE')
  return [draft, ...lockPartitions(draft, world)]
}

/** The same where the key goes with its column or its table: it is the key's triggers that lock the table that it points at. */
export function lockTriggered(form: string, relation: string, world: World): Draft[] {
  const all = lockKeyEnd(form, relation, world)
  const isOld = (world.facts?.version ?? firstWithTriggers) < firstWithTriggers
  return isOld && all.length > 1 ? all.slice(1) : all
}

/** The first version in which a partitioned table has the triggers of foreign keys itself, and not its partitions alone. */
const firstWithTriggers = 15

/** A table that is written again takes its indexes along. */
export function lockRewritten(drafts: readonly Draft[], world: World): Draft[] {
  return drafts.flatMap(({ relation, work, lock, form, indexOf }) => {
    const whole = relation !== undefined && indexOf === undefined && work === 'rewrite'
    if (!whole || !blocksWriters(lock ?? null)) return []
    // The indexes of a partitioned table hold nothing themselves.
    return [relation, ...descendantsOf(world, relation)]
      .filter((table) => !isKind(world, table, 'partitioned table'))
      .flatMap((table) => lockIndexes(form, table, 'ACCESS EXCLUSIVE', world))
  })
}
