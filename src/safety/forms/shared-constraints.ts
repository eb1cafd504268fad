import type { ConstraintFacts } from '../../postgres/facts.ts'
import {
  constraintsOf,
  descendantsOf,
  factsName,
  findConstraint,
  isKind,
  isNewRelation,
  shortName,
  type World,
} from '../known.ts'

/** Whether the children of a table have the constraint as well. */
export function isPassedOn({ kind, definition }: ConstraintFacts): boolean {
  return (kind === 'check' || kind === 'not null') && !/\bno inherit\b/i.test(definition)
}

/** Keys of a partition have names of their own. */
function isSame(its: ConstraintFacts, own: ConstraintFacts): boolean {
  return its.kind === own.kind && (own.kind !== 'check' || its.name === own.name)
}

/** Why Postgres refuses to drop or rename a constraint: the table has it from another, or its children would keep it. */
export function whyShared(
  change: 'drop' | 'rename',
  name: string,
  { table, whole, world }: { readonly table: string; readonly whole: boolean; readonly world: World },
): string | undefined {
  const constraint = findConstraint(world, table, name)
  if (!constraint || world.known.doubtful || isNewRelation(world, table)) return undefined
  const parents = world.facts?.relation?.(factsName(world, table))?.parents ?? []
  const parent = parents
    .map(shortName)
    .find((one) => constraintsOf(world, one).some((its) => isSame(its, constraint)))
  const isLoose = world.known.loose.has(factsName(world, table))
  if (constraint.inherited === true && !isLoose && parent !== undefined)
    return `${table} has the constraint ${name} from ${parent}`
  const [child] = whole || !isPassedOn(constraint) ? [] : descendantsOf(world, table)
  const stays = change === 'rename' || isKind(world, table, 'partitioned table')
  return child !== undefined && stays ? `${child} would need the same, and ONLY leaves it out` : undefined
}
