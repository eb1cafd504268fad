import { qualified } from '../../postgres/facts.ts'
import {
  descendantsOf,
  factsName,
  isKind,
  isNewRelation,
  referencingKeys,
  shortName,
  type World,
} from '../known.ts'
import { allOf } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import type { Draft, Form } from './form.ts'
import { lockIndexes, lockOnly } from './locks.ts'
import { refusedTruncate } from './refused-writes.ts'
import { lockOwnedSequences } from './sequences.ts'

/** TRUNCATE: empties the table, those that inherit from it unless ONLY is said, and, with CASCADE, every table that refers to one of them. */
export const truncate: Form<'TruncateStmt'> = (node, { world }) => {
  const relations = allOf(node.relations, 'RangeVar')
  const cascade = node.behavior === 'DROP_CASCADE'
  const families = relations.map(({ inh, ...relation }) => {
    const table = relationName(relation)
    return { table, parts: inh === true ? descendantsOf(world, table) : [] }
  })
  const emptied = families.flatMap(({ table, parts }) => [table, ...parts])
  // What inherits from a table that only refers to one of these keeps its rows.
  const referring = cascade ? referringTo(emptied, world) : []
  const others =
    cascade && world.facts?.referencing === undefined ? ' and of every table that refers to it' : ''
  const all = [...families, ...referring.map((table) => ({ table, parts: [] }))]
  return all.flatMap(({ table, parts }) => {
    const heirs = parts.some((one) => !isPartition(one, world)) ? ' and of what inherits from it' : ''
    const draft: Draft = {
      form: 'truncate',
      relation: table,
      lock: 'ACCESS EXCLUSIVE',
      reversible: 'no',
      names: { table },
      ...(isNewRelation(world, table) ? {} : { loses: `all rows of ${table}${heirs}${others}` }),
      ...(cascade ? {} : stillReferenced([table, ...parts], emptied, world)),
      ...refusedTruncate(table, world),
    }
    // The indexes of a partitioned table hold nothing themselves.
    const whole = [table, ...parts].filter((one) => !isKind(world, one, 'partitioned table'))
    return [
      draft,
      ...parts.map((part) => lockOnly('truncate', part, 'ACCESS EXCLUSIVE')),
      ...whole.flatMap((one) => lockIndexes('truncate', one, 'ACCESS EXCLUSIVE', world)),
      ...(node.restart_seqs === true
        ? [table, ...parts].flatMap((one) => lockOwnedSequences('truncate', one, world))
        : []),
    ]
  })
}

function isPartition(table: string, world: World): boolean {
  return world.facts?.relation?.(factsName(world, table))?.isPartition === true
}

/** The other tables that refer to these, or to one of those. */
function referringTo(tables: readonly string[], world: World): string[] {
  const found = new Map<string, string>()
  const known = new Set(tables.map(qualified))
  const open = [...tables]
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    const referring = referencingKeys(world, table).map((key) => shortName(key.table))
    // The key of a partitioned table is one of each partition, whichever of its rows the partitions refer to.
    for (const other of referring.flatMap((one) => [one, ...partitionsBelow(one, world)])) {
      const name = qualified(other)
      if (known.has(name) || found.has(name)) continue
      found.set(name, other)
      open.push(other)
    }
  }
  return [...found.values()]
}

function partitionsBelow(table: string, world: World): readonly string[] {
  return isKind(world, table, 'partitioned table') ? descendantsOf(world, table) : []
}

function stillReferenced(
  tables: readonly string[],
  truncated: readonly string[],
  world: World,
): { fails?: string } {
  const names = new Set(truncated.map(qualified))
  for (const table of tables) {
    const key = referencingKeys(world, table).find((one) => !names.has(one.table))
    if (key !== undefined) return { fails: `a foreign key of ${shortName(key.table)} points at ${table}` }
  }
  return {}
}
