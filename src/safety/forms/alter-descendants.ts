import type { AlterTableCmd, AlterTableType, ConstrType } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { factsName, findColumn, findConstraint, isKind, type World } from '../known.ts'
import { as } from '../nodes.ts'
import { quoteName } from '../sql-text.ts'
import type { Draft } from './form.ts'
import { isPassedOn } from './shared-constraints.ts'

/** Subcommands that do the same to the partitions of the table, unless it says ONLY, and that tables which only inherit take no part in. */
const ofPartitions = new Set<AlterTableType | undefined>([
  'AT_AddIdentity',
  'AT_SetIdentity',
  'AT_DropIdentity',
  'AT_AlterConstraint',
  'AT_EnableTrig',
  'AT_DisableTrig',
  'AT_EnableTrigAll',
  'AT_DisableTrigAll',
  'AT_EnableTrigUser',
  'AT_DisableTrigUser',
])

/** Those that do the same to both. */
const ofDescendants = new Set<AlterTableType | undefined>([
  'AT_AddColumn',
  'AT_DropColumn',
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_ColumnDefault',
  'AT_AlterColumnType',
  'AT_DropExpression',
  'AT_SetExpression',
  'AT_AddConstraint',
  'AT_DropConstraint',
  'AT_ValidateConstraint',
  'AT_SetStatistics',
  'AT_SetStorage',
])

/** The index of a key is built on each partition as CREATE INDEX does it, unless a primary key changes the columns first. */
export function forParts(draft: Draft, world: World): Draft {
  const { form, names, relation = '' } = draft
  const optional = names?.columns?.some((column) => findColumn(world, relation, column)?.notNull !== true)
  const changes = form === 'add primary key' && optional === true
  return keys.has(form) && !changes && !locksDescendantsFirst(world) ? { ...draft, lock: 'SHARE' } : draft
}

/** Since version 18 ADD CONSTRAINT locks partitions and children before it looks whether the constraint is theirs too. */
function locksDescendantsFirst({ facts }: World): boolean {
  return (facts?.version ?? 0) >= 18
}

const keys = new Set(['add unique', 'add primary key', 'add exclusion constraint'])

/** Whether a subcommand locks the partitions and children of the table as well. */
export function reaches(command: AlterTableCmd, table: string, whole: boolean, world: World): boolean {
  // The children get the column for their own, which is written down there.
  if (command.subtype === 'AT_DropColumn') return true
  if (command.subtype === 'AT_DropConstraint' && !whole) return isInherited(command, table, world)
  if (!whole) return false
  const isPart = ofPartitions.has(command.subtype) || ofDescendants.has(command.subtype)
  if (isPart && isKind(world, table, 'partitioned table')) return true
  return ofDescendants.has(command.subtype) && isInherited(command, table, world)
}

/** Whether tables that inherit share what the subcommand is about: columns and CHECKs, but no keys and no triggers. */
function isInherited(command: AlterTableCmd, table: string, world: World): boolean {
  const added = as(command.def, 'Constraint')
  if (command.subtype === 'AT_AddConstraint') {
    const isShared = added?.is_no_inherit !== true && shared.has(added?.contype ?? 'CONSTR_CHECK')
    return isShared || locksDescendantsFirst(world)
  }
  if (command.subtype !== 'AT_DropConstraint' && command.subtype !== 'AT_ValidateConstraint') return true
  const constraint = findConstraint(world, table, quoteName(command.name ?? ''))
  return !constraint || isPassedOn(constraint)
}

/** Whether a relation is a partition or a child of a table itself, not of another one below it. */
export function isChild(relation: string | undefined, table: string, world: World): boolean {
  const parents = world.facts?.relation?.(factsName(world, relation ?? ''))?.parents ?? []
  return parents.includes(qualified(factsName(world, table)))
}

const shared = new Set<ConstrType>(['CONSTR_CHECK', 'CONSTR_NOTNULL'])
