import { qualified, type IndexFacts } from '../../postgres/facts.ts'
import {
  findConstraint,
  indexesOf,
  isNewRelation,
  partKey,
  referencingKeys,
  shortName,
  type World,
} from '../known.ts'
import type { AlterForm } from './alter-form.ts'
import type { Learn } from './constraint-parts.ts'
import { lockIndexes, lockIndexParts, lockOnly } from './locks.ts'
import { arbiterIsGone } from './upserts.ts'

/** DROP CONSTRAINT: dropping a unique one takes the arbiter of ON CONFLICT away. */
export const dropConstraint: AlterForm = ({ command, table, name, context: { world } }) => {
  const constraint = findConstraint(world, table, name)
  const shared = { relation: table, lock: 'ACCESS EXCLUSIVE', names: { table, constraint: name } } as const
  const isNew =
    isNewRelation(world, table) || world.known.constraints.get(qualified(table))?.has(name) === true
  const learn: Learn = (known) => {
    known.constraints.get(qualified(table))?.delete(name)
    known.dropped.add(partKey(table, name))
  }
  const gone = constraint === null && command.missing_ok === true
  if (isNew || gone) return [{ ...shared, form: 'drop constraint', learn }]
  if (constraint === null && world.facts?.constraints !== undefined && !world.known.doubtful)
    return [{ ...shared, form: 'drop constraint', fails: `${table} has no constraint ${name}` }]
  if (constraint === undefined || constraint === null) {
    const reason = `what kind of constraint ${name} is, only the database can tell; INSERT ... ON CONFLICT may need it`
    return [{ ...shared, form: 'drop constraint', unknown: reason }]
  }
  if (constraint.kind === 'foreign key') {
    const other = constraint.references ? shortName(constraint.references) : table
    const parent = other === table ? [] : [lockOnly('drop constraint', other, 'ACCESS EXCLUSIVE')]
    return [{ ...shared, form: 'drop constraint', learn }, ...parent]
  }
  const arbiter =
    constraint.kind === 'unique' || constraint.kind === 'primary key' || constraint.kind === 'exclude'
  if (!arbiter) return [{ ...shared, form: 'drop constraint', learn }]
  const cascade = command.behavior === 'DROP_CASCADE'
  const keys = referencingKeys(world, table).filter(
    ({ referencedColumns }) =>
      [...(referencedColumns ?? [])].sort().join() === [...constraint.columns].sort().join(),
  )
  const index = indexNamed(world, table, name)
  return [
    {
      ...shared,
      form: 'drop unique constraint',
      learn,
      ...arbiterIsGone(world, table, constraint.columns, 'unique constraint'),
      ...(keys.length > 0 && !cascade
        ? { fails: `a foreign key of ${shortName(keys[0]?.table ?? '')} needs it` }
        : {}),
    },
    ...lockIndexes('drop constraint', table, 'ACCESS EXCLUSIVE', world, (one) => one === index),
    ...lockIndexParts('drop constraint', index?.name ?? '', table, 'ACCESS EXCLUSIVE', world),
    ...(cascade
      ? keys.map((key) => lockOnly('drop constraint', shortName(key.table), 'ACCESS EXCLUSIVE'))
      : []),
  ]
}

// The index of a constraint has its name.
function indexNamed(world: World, table: string, constraint: string): IndexFacts | undefined {
  return indexesOf(world, table).find(
    ({ name = '', ofConstraint }) => ofConstraint === true && name.endsWith(`.${constraint}`),
  )
}
