import type { ConstraintFacts } from '../../postgres/facts.ts'
import { forgetConstraint } from '../dropped-parts.ts'
import {
  factsName,
  findConstraint,
  indexesOf,
  isNewRelation,
  referencingKeys,
  shortName,
  type World,
} from '../known.ts'
import { as } from '../nodes.ts'
import type { AlterForm } from './alter-form.ts'
import { isIndexOf } from './constraint-names.ts'
import type { Learn } from './constraint-parts.ts'
import { lockIndexes, lockIndexParts, lockKeyEnd } from './locks.ts'
import type { Draft } from './form.ts'
import { isConstraintAbsent } from './presence.ts'
import { losesIdentity } from './publications.ts'
import { whyShared } from './shared-constraints.ts'
import { arbiterIsGone } from './upserts.ts'

/** DROP CONSTRAINT: dropping a unique one takes the arbiter of ON CONFLICT away. */
export const dropConstraint: AlterForm = ({ command, table, name, context: { statement, world } }) => {
  const constraint = findConstraint(world, table, name)
  const shared = { relation: table, lock: 'ACCESS EXCLUSIVE', names: { table, constraint: name } } as const
  const isNew = isNewRelation(world, table) || constraint?.isNew === true
  const learn: Learn = () => forgetConstraint(world, table, name)
  const gone = constraint === null && command.missing_ok === true
  const isKey = constraint?.kind === 'foreign key'
  const whole = as(statement.node, 'AlterTableStmt')?.relation?.inh === true
  const kept = whyShared('drop', name, { table, whole, world })
  if (kept !== undefined) return [{ ...shared, form: 'drop constraint', fails: kept }]
  if (isConstraintAbsent(world, table, name) && command.missing_ok !== true)
    return [{ ...shared, form: 'drop constraint', fails: `${table} has no constraint ${name}` }]
  if ((isNew && !isKey) || gone) return [{ ...shared, form: 'drop constraint', learn }]
  if (constraint === undefined || constraint === null) {
    const reason = `what kind of constraint ${name} is, only the database can tell; INSERT ... ON CONFLICT may need it`
    return [{ ...shared, form: 'drop constraint', unknown: reason }]
  }
  if (isKey) {
    const other = constraint.references ? shortName(constraint.references) : table
    const parent = other === table ? [] : lockKeyEnd('drop constraint', other, world)
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
  const index = indexesOf(world, table).find((one) => isIndexOf(name, one))
  return [
    {
      ...shared,
      form: 'drop unique constraint',
      learn,
      ...arbiterIsGone(world, table, constraint.columns, 'unique constraint'),
      ...withoutKey(constraint, table, world),
      ...(keys.length > 0 && !cascade
        ? { fails: `a foreign key of ${shortName(keys[0]?.table ?? '')} needs it` }
        : {}),
    },
    ...lockIndexes('drop constraint', table, 'ACCESS EXCLUSIVE', world, ({ name }) => name === index?.name),
    ...lockIndexParts('drop constraint', index?.name ?? '', table, 'ACCESS EXCLUSIVE', world),
    ...(cascade ? keys.flatMap((key) => lockKeyEnd('drop constraint', shortName(key.table), world)) : []),
  ]
}

/** The primary key is also what tells the subscribers of a published table which row is meant. */
function withoutKey({ kind, columns }: ConstraintFacts, table: string, world: World): Pick<Draft, 'breaks'> {
  const identity = world.facts?.relation?.(factsName(world, table))?.replicaIdentity
  const lost = kind === 'primary key' && identity === 'primary key' ? losesIdentity(table, world) : []
  const { breaks = [] } = arbiterIsGone(world, table, columns, 'unique constraint')
  return lost.length > 0 ? { breaks: [...breaks, ...lost] } : {}
}
