import type { AlterTableCmd, AlterTableType } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import type { LockMode } from '../effect.ts'
import { findIndex, shortName, type World } from '../known.ts'
import { as } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import type { AlterForm } from './alter-form.ts'
import type { Draft } from './form.ts'
import { lockIndex } from './locks.ts'
import { optionsLock } from './storage.ts'

/** The table of an index; the index itself when the facts do not know it. */
function tableOf(world: World, index: string): string {
  return shortName(findIndex(world, index)?.table ?? index)
}

/** A subcommand that only changes the catalogs. */
function short(form: string, lock: (command: AlterTableCmd) => LockMode): AlterForm {
  return ({ command, table: index, context: { world } }) => [
    lockIndex(form, index, tableOf(world, index), lock(command)),
  ]
}

const attachIndex: AlterForm = ({ command, table: parent, context: { world } }) => {
  const index = relationName(as(command.def, 'PartitionCmd')?.name)
  const isNew = (name: string) => world.known.indexes.has(qualified(name))
  return [
    lockIndex('attach index', parent, tableOf(world, parent), 'SHARE UPDATE EXCLUSIVE'),
    lockIndex('attach index', index, tableOf(world, index), 'ACCESS EXCLUSIVE'),
  ].filter(({ relation = '' }) => !isNew(relation))
}

// The index is copied while nobody can plan a query on its table.
const moveIndex: AlterForm = ({ table: index, name, context: { world } }) => {
  const table = tableOf(world, index)
  if (findIndex(world, index)?.tablespace === name)
    return [lockIndex('move index', index, table, 'ACCESS EXCLUSIVE')]
  const copy: Draft = { form: 'move index', relation: table, work: 'index build', names: { table, index } }
  return [lockIndex('move index', index, table, 'ACCESS EXCLUSIVE'), copy]
}

/** What each subcommand of ALTER INDEX does. */
export const alterIndexForms: Partial<Record<AlterTableType, AlterForm>> = {
  AT_AttachPartition: attachIndex,
  AT_SetTableSpace: moveIndex,
  AT_SetStatistics: short('alter index', () => 'SHARE UPDATE EXCLUSIVE'),
  AT_SetRelOptions: short('alter index', optionsLock),
  AT_ResetRelOptions: short('alter index', optionsLock),
}
