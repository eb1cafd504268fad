import { qualified } from '../../postgres/facts.ts'
import { descendantsOf, isKind, isNewRelation, referencingKeys, shortName, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import type { Draft, Form } from './form.ts'
import { lockIndexes, lockOnly } from './locks.ts'
import { refusedTruncate } from './refused-writes.ts'
import { lockOwnedSequences } from './sequences.ts'

/** TRUNCATE: empties the table, its partitions and, with CASCADE, every table that refers to it. */
export const truncate: Form<'TruncateStmt'> = (node, { world }) => {
  const relations = allOf(node.relations, 'RangeVar')
  const named = relations.map(relationName)
  const only = new Set(relations.filter(({ inh }) => inh !== true).map(relationName))
  const cascade = node.behavior === 'DROP_CASCADE'
  const all = cascade ? withReferencing(named, world) : named
  return all.flatMap((table) => {
    const others =
      cascade && world.facts?.referencing === undefined ? ' and of every table that refers to it' : ''
    const draft: Draft = {
      form: 'truncate',
      relation: table,
      lock: 'ACCESS EXCLUSIVE',
      reversible: 'no',
      names: { table },
      ...(isNewRelation(world, table) ? {} : { loses: `all rows of ${table}${others}` }),
      ...(cascade ? {} : stillReferenced(table, named, world)),
      ...refusedTruncate(table, world),
    }
    const parts = only.has(table) ? [] : descendantsOf(world, table)
    // The indexes of a partitioned table hold nothing themselves.
    const whole = [table, ...parts].filter((one) => !isKind(world, one, 'partitioned table'))
    return [
      draft,
      ...parts.map((part) => lockOnly('truncate', part, 'ACCESS EXCLUSIVE')),
      ...whole.flatMap((one) => lockIndexes('truncate', one, 'ACCESS EXCLUSIVE', world)),
      ...(node.restart_seqs === true ? lockOwnedSequences('truncate', table, world) : []),
    ]
  })
}

function withReferencing(tables: readonly string[], world: World): string[] {
  const all = new Map(tables.map((table) => [qualified(table), table]))
  const open = [...tables]
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    for (const key of referencingKeys(world, table)) {
      if (all.has(key.table)) continue
      all.set(key.table, shortName(key.table))
      open.push(shortName(key.table))
    }
  }
  return [...all.values()]
}

function stillReferenced(table: string, truncated: readonly string[], world: World): { fails?: string } {
  const names = new Set(truncated.map(qualified))
  const key = referencingKeys(world, table).find((one) => !names.has(one.table))
  return key === undefined ? {} : { fails: `a foreign key of ${shortName(key.table)} points at ${table}` }
}
