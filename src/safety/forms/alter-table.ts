import type { AlterTableType } from 'libpg-query'
import type { LockMode } from '../effect.ts'
import { isNewRelation } from '../known.ts'
import { allOf } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { addColumn } from './add-column.ts'
import {
  addIdentity,
  changeDefault,
  changeType,
  dropColumn,
  dropIdentity,
  dropNotNull,
  setNotNull,
  validateConstraint,
} from './alter-column.ts'
import type { AlterForm } from './alter-form.ts'
import { addConstraint, dropConstraint } from './constraints.ts'
import { unknown, type Form } from './form.ts'

/** A subcommand that only changes the catalogs and that no query of the running release notices. */
function short(form: string, lock: LockMode): AlterForm {
  return ({ table, name }) => [
    { form, relation: table, lock, names: { table, column: name, constraint: name } },
  ]
}

/** What each subcommand of ALTER TABLE does. A new one is one entry; what is not here is refused as unknown. */
const alterTableForms: Partial<Record<AlterTableType, AlterForm>> = {
  AT_AddColumn: addColumn,
  AT_DropColumn: dropColumn,
  AT_SetNotNull: setNotNull,
  AT_DropNotNull: dropNotNull,
  AT_ColumnDefault: changeDefault,
  AT_AlterColumnType: changeType,
  AT_AddIdentity: addIdentity,
  AT_DropIdentity: dropIdentity,
  AT_AddConstraint: addConstraint,
  AT_DropConstraint: dropConstraint,
  AT_ValidateConstraint: validateConstraint,
  AT_SetStatistics: short('set statistics', 'SHARE UPDATE EXCLUSIVE'),
  AT_SetOptions: short('set column options', 'SHARE UPDATE EXCLUSIVE'),
  AT_ResetOptions: short('reset column options', 'SHARE UPDATE EXCLUSIVE'),
  AT_SetStorage: short('set storage', 'ACCESS EXCLUSIVE'),
  AT_SetCompression: short('set compression', 'ACCESS EXCLUSIVE'),
  AT_SetRelOptions: short('set table options', 'SHARE UPDATE EXCLUSIVE'),
  AT_ResetRelOptions: short('reset table options', 'SHARE UPDATE EXCLUSIVE'),
  AT_ClusterOn: short('cluster on', 'SHARE UPDATE EXCLUSIVE'),
  AT_DropCluster: short('set without cluster', 'SHARE UPDATE EXCLUSIVE'),
  AT_ReplicaIdentity: short('replica identity', 'ACCESS EXCLUSIVE'),
}

/** ALTER TABLE: the effects of its subcommands, each on its own. */
export const alterTable: Form<'AlterTableStmt'> = (node, context) => {
  const table = relationName(node.relation)
  if (node.objtype !== 'OBJECT_TABLE') {
    const kind = String(node.objtype).replace('OBJECT_', '').replaceAll('_', ' ')
    return [unknown('alter other relation', `ALTER ${kind} is not judged`, table)]
  }
  return allOf(node.cmds, 'AlterTableCmd').flatMap((command) => {
    const form = command.subtype === undefined ? undefined : alterTableForms[command.subtype]
    if (form !== undefined) return form({ command, table, name: quoteName(command.name ?? ''), context })
    if (isNewRelation(context.world, table)) return [{ form: 'alter new table', relation: table }]
    const reason = `this subcommand of ALTER TABLE (${String(command.subtype).replace('AT_', '')}) is not judged`
    return [unknown('alter table', reason, table)]
  })
}
